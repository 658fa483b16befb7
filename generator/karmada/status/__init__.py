"""What Karmada does with the jobs of Git, what is wrong, and what to do about it."""
