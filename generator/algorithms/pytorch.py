"""PyTorch: its hyperparameters, the variables its training script reads, and its rules."""

from __future__ import annotations

from collections.abc import Iterator

from generator.algorithms.base import Algorithm, Training, environment, refusal, variables_of
from generator.algorithms.network import Network, rules
from generator.diagnostics import Diagnostic

NESTEROV = refusal("pytorch/nesterov", "Nesterov's momentum needs a momentum.")


class PyTorch(Network):
    """Hyperparameters of PyTorch."""


def check(run: Training[PyTorch]) -> Iterator[Diagnostic]:
    """Everything that is wrong with a training run.

    What torch refuses, beside the rules of every network, was measured with torch 2.7.1.
    """
    yield from rules.check(run)
    chosen = run.chosen
    if chosen.optimizer == "sgd" and chosen.nesterov and chosen.momentum == 0:
        yield NESTEROV.found(
            "torch refuses nesterov while momentum is 0",
            hint="set momentum, 0.9 for instance, or leave nesterov out",
            at=run.at("/nesterov"),
        )


ALGORITHM = Algorithm(
    name="pytorch",
    title="PyTorch",
    hyperparameters=PyTorch,
    environment=environment,
    variables=variables_of(PyTorch),
    check=check,
)
