"""Compares what XGBoost accepts with what the project's rules say."""
