"""Comparison of the rules of networks with the libraries, by way of the training scripts."""
