"""What stands between a repository and its first job: one function a check, in one pass."""
