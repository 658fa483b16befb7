"""What Git says of jobs: when each was added, changed, moved and removed, and how."""
