"""What is wrong with a repository, and what the commands that look for it or write do."""
