"""What a change of ``scheduling.suspended`` does to copies that exist."""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics import Diagnostic, warning
from generator.rules.base.change import Change, Pair

SUSPENSION = warning(
    "base/suspension", "A change suspends a job, or starts it again.", adjustable=False
)
STILL_SUSPENDED = warning(
    "base/still-suspended",
    "A job that was suspended stays so, though its file says nothing of it.",
    adjustable=False,
)

_AT = "/scheduling/suspended"


def check_suspension(change: Change) -> Iterator[Diagnostic]:
    """A finding for each job whose ``suspended`` changes something, or was meant to.

    A finished job is neither stopped nor started by it (KubeRay 1.6.0, rayjob_controller.go).
    """
    for pair in change.pairs:
        yield from _changed(pair)


def _changed(pair: Pair) -> Iterator[Diagnostic]:
    before = pair.before.job.scheduling.suspended
    after = pair.after.job.scheduling.suspended
    name = pair.after.job.job_name
    if after and not before:
        yield SUSPENSION.found(
            f"{name}: a training that runs stops; resumed, it starts from its beginning",
            hint="let it finish, or suspend it on purpose",
            at=pair.after.at(_AT),
        )
    elif before and after is False:
        yield SUSPENSION.found(
            f"{name}: its training starts, from its beginning",
            hint="leave it suspended, or start it on purpose",
            at=pair.after.at(_AT),
        )
    elif before and after is None:
        yield STILL_SUSPENDED.found(
            f"{name} stays suspended: where nothing is said, each member keeps what it has",
            hint='write "suspended": false to start it',
            at=pair.after.at("/jobName"),
        )
