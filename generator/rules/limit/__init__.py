"""The rules ``limit/…``: what one job may ask for."""
