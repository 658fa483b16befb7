"""The engines of the end-to-end tests, each a Go module that pins a version and its commands."""
