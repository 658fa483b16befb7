"""Compares what LightGBM accepts and uses with what the project's rules say."""
