"""The rules ``fleet/…``: jobs beside each other, and what they share."""
