"""Templates: reading their files, merging them with jobs, and telling what came from where."""
