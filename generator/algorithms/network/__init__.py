"""What the algorithms that train a neural network have in common: no algorithm by itself."""
