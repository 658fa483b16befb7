"""The jobs of Karmada as they change."""
