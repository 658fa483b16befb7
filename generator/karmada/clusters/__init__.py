"""The member clusters, and where they are not what jobs need or platform.yaml says."""
