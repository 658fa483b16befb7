"""A static page of the jobs: what it shows, and its text."""
