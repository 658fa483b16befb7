"""Hostile input for every command: what it is made of, and what has to hold of whatever is done."""
