"""Trains a model with each script of sample/training/: on simulated clusters, from an S3 server."""
