"""Reading: finding files, and JSON and YAML documents with line and column."""
