"""The model of platform.yaml: what the platform team decides."""
