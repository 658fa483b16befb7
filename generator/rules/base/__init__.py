"""Comparing: what a change does to the jobs that Git had before it."""
