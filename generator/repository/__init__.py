"""What a repository holds: its jobs as they count, with what they share."""
