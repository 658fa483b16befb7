"""JAX: its hyperparameters, the variables its training script reads, and its rules."""

from __future__ import annotations

from generator.algorithms.base import Algorithm, environment, variables_of
from generator.algorithms.network import WithoutFp16, rules


class Jax(WithoutFp16):
    """Hyperparameters of JAX."""


ALGORITHM = Algorithm(
    name="jax",
    title="JAX",
    hyperparameters=Jax,
    environment=environment,
    variables=variables_of(Jax),
    check=rules.check_idle_nesterov,
    # The first with a JaxTrainer.
    oldest_ray=(2, 49),
)
