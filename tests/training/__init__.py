"""Trains a model with each script of sample/training/: on a Ray of its own, from an S3 server."""
