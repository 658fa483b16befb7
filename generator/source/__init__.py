"""Reading files, Git, JSON and YAML with line and column, and writing files whole or not at all."""
