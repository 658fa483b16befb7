"""The models as people read them."""
