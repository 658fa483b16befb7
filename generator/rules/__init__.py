"""What the rules are, all together."""
