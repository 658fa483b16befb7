"""The models of what people write: params.json, templates and platform.yaml."""
