"""Trainings of many parameter sets with a library's own release, watched from outside."""
