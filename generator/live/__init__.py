"""What runs, asked of Karmada: nothing that renders imports it."""
