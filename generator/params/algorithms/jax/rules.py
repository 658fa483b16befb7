"""The rules of every network, and what optax takes and does not use."""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics import Diagnostic
from generator.params.algorithms.base import Training
from generator.params.algorithms.jax.hyperparameters import Jax
from generator.params.algorithms.network import rules


def check(run: Training[Jax]) -> Iterator[Diagnostic]:
    """Everything that is wrong with a training run; pointers are to the hyperparameters."""
    yield from rules.check(run)
    yield from rules.idle_nesterov(run)
    yield from rules.slow_precision(run, run.chosen.precision)
