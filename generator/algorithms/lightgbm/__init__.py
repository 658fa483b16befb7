"""LightGBM: its hyperparameters, the variables its training script reads, and its rules."""

from __future__ import annotations

from generator.algorithms.base import Algorithm, environment, variables_of
from generator.algorithms.lightgbm.hyperparameters import LightGBM
from generator.algorithms.lightgbm.rules import check

ALGORITHM = Algorithm(
    name="lightgbm",
    title="LightGBM",
    hyperparameters=LightGBM,
    # An empty SEED or METRIC leaves the choice to lightgbm; with an empty DEVICE_TYPE the script
    # takes DEVICE.
    environment=environment,
    variables=variables_of(LightGBM),
    check=check,
)
