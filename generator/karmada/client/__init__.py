"""The API servers of Karmada and its members: requests, limits, and the shapes of answers."""
