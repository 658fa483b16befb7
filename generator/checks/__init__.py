"""Rules that need more than one field: of a job, of platform.yaml, and across jobs."""
