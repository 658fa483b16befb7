"""Hyperparameters of a network that change nothing, given at another value than the default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from generator.algorithms.base import Training, unused_fields
from generator.algorithms.network.hyperparameters import Network
from generator.diagnostics import Diagnostic, warning
from generator.diagnostics.wording import either

UNUSED = warning("network/unused", "A hyperparameter that has no effect here.")

N = TypeVar("N", bound=Network)

OPTIMIZERS = {
    "momentum": ("sgd", "rmsprop"),
    "nesterov": ("sgd",),
    "beta1": ("adam", "adamw"),
    "beta2": ("adam", "adamw"),
    "rho": ("rmsprop",),
    "epsilon": ("rmsprop", "adagrad", "adam", "adamw"),
}
"""The optimizers that read a hyperparameter."""
SCHEDULERS = {
    "scheduler_step_epochs": ("step",),
    "scheduler_gamma": ("step", "exponential"),
    "min_learning_rate": ("cosine",),
}
"""The schedules that read one."""
LOSSES = {"huber_delta": ("huber",), "label_smoothing": ("cross_entropy",)}
"""The losses that read one."""


def check_unused(run: Training[N]) -> Iterator[Diagnostic]:
    """A warning for each hyperparameter that is given, is not the default, and has no effect."""
    yield from unused_fields(UNUSED, run, _unused(run.chosen))


def _unused(chosen: Network) -> Iterator[tuple[str, str]]:
    """Fields without effect and why, in words that follow the field's name."""
    for readers, kind, value in (
        (OPTIMIZERS, "optimizer", chosen.optimizer),
        (SCHEDULERS, "schedule", chosen.scheduler),
        (LOSSES, "loss", chosen.loss),
    ):
        for field, names in readers.items():
            if value not in names:
                yield field, f"is used by the {kind} {either(names)} only"
    if not chosen.hidden_units:
        yield "activation", "has no effect without hidden layers"
        yield "dropout", "has no effect without hidden layers"
    if chosen.early_stopping_patience is None:
        yield "early_stopping_min_delta", "has no effect while early_stopping_patience is null"
    yield from _checkpoints(chosen)


def _checkpoints(chosen: Network) -> Iterator[tuple[str, str]]:
    frequency, epochs = chosen.checkpoint_frequency, chosen.epochs
    if frequency >= epochs:
        yield "checkpoint_frequency", f"writes nothing before the last of {epochs} epochs"
    written = -(-epochs // frequency) if frequency else 1
    if chosen.checkpoint_num_to_keep is not None and chosen.checkpoint_num_to_keep >= written:
        count = "one checkpoint is" if written == 1 else f"{written} checkpoints are"
        yield "checkpoint_num_to_keep", f"removes nothing: {count} written"
