"""The rules ``tenant/…``: whether a job stays within the bounds of its tenant."""
