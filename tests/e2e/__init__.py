"""End to end: what `rayjobs render` writes, on the real engines, in namespaces of their own."""
