"""Building: pure functions from a fleet to Kubernetes objects."""
