"""LightGBM: its hyperparameters, the variables its training script reads, and its rules."""

from __future__ import annotations

from generator.params.algorithms.base import Algorithm
from generator.params.algorithms.lightgbm.environment import environment
from generator.params.algorithms.lightgbm.hyperparameters import LightGBM
from generator.params.algorithms.lightgbm.rules import check

ALGORITHM = Algorithm(
    name="lightgbm",
    title="LightGBM",
    hyperparameters=LightGBM,
    environment=environment,
    variables=frozenset(name.upper() for name in LightGBM.model_fields),
    check=check,
)
