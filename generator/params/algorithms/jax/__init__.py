"""JAX: its hyperparameters, the variables its training script reads, and its rules."""

from __future__ import annotations

from generator.params.algorithms.base import Algorithm
from generator.params.algorithms.jax.hyperparameters import Jax
from generator.params.algorithms.jax.rules import check
from generator.params.algorithms.network.environment import environment, names

ALGORITHM = Algorithm(
    name="jax",
    title="JAX",
    hyperparameters=Jax,
    environment=environment,
    variables=names(Jax),
    check=check,
    # The first with a JaxTrainer.
    oldest_ray=(2, 49),
)
