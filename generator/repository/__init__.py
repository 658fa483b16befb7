"""A repository that was read: its platform, its templates and its jobs as they count."""
