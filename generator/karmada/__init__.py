"""What runs, as the Karmada control plane says it. Everything here only reads."""
