"""JAX: its hyperparameters, the variables its training script reads, and its rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from generator.algorithms.base import Algorithm, Training, environment, variables_of
from generator.algorithms.network import Network, rules
from generator.diagnostics import Diagnostic
from generator.fields.settings import setting


class Jax(Network):
    """Hyperparameters of JAX."""

    precision: Literal["fp32", "bf16"] = setting(
        "fp32",
        title="Precision",
        description="What layers compute in; weights stay fp32. fp16 would need a scaled loss.",
        examples=["fp32", "bf16"],
    )


def check(run: Training[Jax]) -> Iterator[Diagnostic]:
    """Everything that is wrong with a training run."""
    yield from rules.check(run)
    # optax takes it and does not use it.
    yield from rules.idle_nesterov(run)


ALGORITHM = Algorithm(
    name="jax",
    title="JAX",
    hyperparameters=Jax,
    environment=environment,
    variables=variables_of(Jax),
    check=check,
    # The first with a JaxTrainer.
    oldest_ray=(2, 49),
)
