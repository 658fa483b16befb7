"""The logs and Events of the copies of a job, as they are now or as they come."""
