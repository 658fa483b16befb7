"""Rendering: the manifests, the YAML emitter, the rendered tree, and what checks it."""
