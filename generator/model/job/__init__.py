"""The models of params.json: what an engineer may write, with types, ranges and defaults."""
