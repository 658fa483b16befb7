"""``rayjobs init``: the files of a new repository."""
