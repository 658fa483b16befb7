"""Karmada and its members, as commands read them."""
