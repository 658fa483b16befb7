"""TensorFlow: its hyperparameters, the variables its training script reads, and its rules."""

from __future__ import annotations

from generator.params.algorithms.base import Algorithm
from generator.params.algorithms.network.environment import environment, names
from generator.params.algorithms.tensorflow.hyperparameters import TensorFlow
from generator.params.algorithms.tensorflow.rules import check

ALGORITHM = Algorithm(
    name="tensorflow",
    title="TensorFlow",
    hyperparameters=TensorFlow,
    environment=environment,
    variables=names(TensorFlow),
    check=check,
)
