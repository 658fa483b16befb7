"""Render training jobs written as ``params.json`` into RayJobs for a Karmada control plane."""

__version__ = "0.1.0"
