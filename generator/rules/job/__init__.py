"""The rules ``job/…``: what a job says, taken by itself."""
