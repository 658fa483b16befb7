"""The scenarios: what was asked of the engines, and what was observed."""
