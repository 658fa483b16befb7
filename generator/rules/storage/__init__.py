"""The rules ``storage/…``: object storage, claims and where results go."""
