"""PyTorch: its hyperparameters, the variables its training script reads, and its rules."""

from __future__ import annotations

from generator.params.algorithms.base import Algorithm
from generator.params.algorithms.network.environment import environment, names
from generator.params.algorithms.pytorch.hyperparameters import PyTorch
from generator.params.algorithms.pytorch.rules import check

ALGORITHM = Algorithm(
    name="pytorch",
    title="PyTorch",
    hyperparameters=PyTorch,
    environment=environment,
    variables=names(PyTorch),
    check=check,
)
