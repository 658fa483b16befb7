"""The rules of templates, each taken by itself."""
