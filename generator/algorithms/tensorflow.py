"""TensorFlow: its hyperparameters, the variables its training script reads, and its rules."""

from __future__ import annotations

from generator.algorithms.base import Algorithm, environment, variables_of
from generator.algorithms.network import WithoutFp16, rules


class TensorFlow(WithoutFp16):
    """Hyperparameters of TensorFlow."""


ALGORITHM = Algorithm(
    name="tensorflow",
    title="TensorFlow",
    hyperparameters=TensorFlow,
    environment=environment,
    variables=variables_of(TensorFlow),
    check=rules.check_idle_nesterov,
)
