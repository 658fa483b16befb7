"""Jobs that have ended everywhere: which they are, and taking their folders out of jobs/."""
