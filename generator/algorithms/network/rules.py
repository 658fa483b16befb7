"""What a network's hyperparameters do that nobody wants, by fields that have to fit each other.

An error is what the training scripts of sample/training/ or their library refuse, a warning what
is accepted and does nothing or surprises. What a library does was measured with torch 2.7.1,
optax 0.2.8 and keras 3.15.1: their schedules gave the same learning rates, epoch by epoch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from generator.algorithms.base import Training, refusal, unused_fields
from generator.algorithms.network import Network
from generator.diagnostics import Diagnostic, warning
from generator.diagnostics.wording import either

UNUSED = warning("network/unused", "A hyperparameter that has no effect here.")
WARMUP = refusal("network/warmup", "The warm-up is as long as the training.")
EARLY_STOPPING = refusal("network/early-stopping", "Early stopping needs validation data.")
RESTART = warning("network/restart", "A restart has no checkpoint to go on from.")
NO_STEP = warning("network/no-step", "The learning rate never makes its step.")
RISING = warning("network/rising-learning-rate", "The learning rate rises to its lowest value.")
SLOW = warning("network/slow-precision", "Without a GPU, half precision is slower than fp32.")
ADAMW = warning("network/adamw", "adamw without weight decay is adam.")

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


def check(run: Training[N]) -> Iterator[Diagnostic]:
    """Everything that is wrong with a training run."""
    yield from unused_fields(UNUSED, run, _unused(run.chosen))
    yield from _warmup(run)
    yield from _early_stopping(run)
    yield from _restart(run)
    yield from _no_step(run)
    yield from _rising(run)
    yield from _adamw(run)
    yield from _slow_precision(run)


def check_idle_nesterov(run: Training[N]) -> Iterator[Diagnostic]:
    """The same for optax and keras: they take nesterov without a momentum, and do not use it."""
    yield from check(run)
    if run.chosen.optimizer == "sgd" and run.chosen.nesterov and run.chosen.momentum == 0:
        yield UNUSED.found(
            "nesterov has no effect while momentum is 0",
            hint="set momentum, 0.9 for instance, or leave it out",
            at=run.at("/nesterov"),
        )


def _warmup(run: Training[N]) -> Iterator[Diagnostic]:
    chosen = run.chosen
    if chosen.warmup_epochs >= chosen.epochs:
        yield WARMUP.found(
            f"{chosen.warmup_epochs} epochs of warm-up leave none of {chosen.epochs} for the "
            "schedule",
            hint="warm up for fewer epochs than are trained",
            at=run.at("/warmup_epochs"),
        )


def _early_stopping(run: Training[N]) -> Iterator[Diagnostic]:
    if run.chosen.early_stopping_patience is not None and not run.validation:
        yield EARLY_STOPPING.found(
            "early stopping looks at the loss on the validation data, and there is none",
            hint='add a second channel, "validation", or leave it out',
            at=run.at("/early_stopping_patience"),
        )


def _restart(run: Training[N]) -> Iterator[Diagnostic]:
    chosen = run.chosen
    if chosen.max_failures and not 0 < chosen.checkpoint_frequency < chosen.epochs:
        yield RESTART.found(
            "no checkpoint is written before training ends: a restart begins anew",
            hint="set checkpoint_frequency",
            at=run.at("/max_failures"),
        )


def _no_step(run: Training[N]) -> Iterator[Diagnostic]:
    chosen = run.chosen
    left = chosen.epochs - chosen.warmup_epochs
    if chosen.scheduler == "step" and chosen.scheduler_step_epochs >= left > 0:
        yield NO_STEP.found(
            f"the first step would come after {chosen.scheduler_step_epochs} epochs, and "
            f"the schedule has {left}",
            hint=f"write less than {left}, or use the scheduler constant",
            at=run.at("/scheduler_step_epochs"),
        )


def _rising(run: Training[N]) -> Iterator[Diagnostic]:
    chosen = run.chosen
    if chosen.scheduler == "cosine" and chosen.min_learning_rate > chosen.learning_rate:
        yield RISING.found(
            f"cosine goes from {chosen.learning_rate:g} up to {chosen.min_learning_rate:g}",
            hint="write less than learning_rate",
            at=run.at("/min_learning_rate"),
        )


def _adamw(run: Training[N]) -> Iterator[Diagnostic]:
    chosen = run.chosen
    if chosen.optimizer == "adamw" and chosen.weight_decay == 0:
        yield ADAMW.found(
            "adamw differs from adam by its weight decay, which is 0",
            hint="set weight_decay, 0.01 for instance, or write adam",
            at=run.at("/optimizer"),
        )


def _slow_precision(run: Training[N]) -> Iterator[Diagnostic]:
    """Half precision on processors, most of which compute it by way of single precision."""
    precision = run.chosen.precision
    if precision != "fp32" and run.gpus == 0:
        yield SLOW.found(
            f"the job asks for no GPU, and processors take longer for {precision} than for fp32",
            hint="leave it out, or give the workers a gpuCount",
            at=run.at("/precision"),
        )


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
