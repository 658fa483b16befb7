//go:build tools

// Package tools names the commands that this module builds: none, only manifests are taken.
package tools
