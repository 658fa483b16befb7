"""The rules ``platform/…``: what platform.yaml says, taken by itself."""
