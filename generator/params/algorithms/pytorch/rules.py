"""What torch refuses, beside the rules of every network (measured with torch 2.7.1)."""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics import Diagnostic, error
from generator.params.algorithms.base import Training
from generator.params.algorithms.network import rules
from generator.params.algorithms.pytorch.hyperparameters import PyTorch

NESTEROV = error("pytorch/nesterov", "Nesterov's momentum needs a momentum.")


def check(run: Training[PyTorch]) -> Iterator[Diagnostic]:
    """Everything that is wrong with a training run; pointers are to the hyperparameters."""
    yield from rules.check(run)
    chosen = run.chosen
    if chosen.optimizer == "sgd" and chosen.nesterov and chosen.momentum == 0:
        yield NESTEROV.found(
            "torch refuses nesterov while momentum is 0",
            hint="set momentum, 0.9 for instance, or leave nesterov out",
            pointer="/nesterov",
        )
    yield from rules.slow_precision(run, chosen.precision)
