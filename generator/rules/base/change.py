"""What a Git ref holds, what became of its jobs, and what a change does to runs and Secrets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from generator.diagnostics import Diagnostic, pointer_of
from generator.model.platform.model import PLATFORM_FILE, Platform
from generator.repository.fleet import Fleet, ObjectName, Submission
from generator.rules.base import warning

INVALID_PLATFORM = warning(
    "base/invalid-platform", "platform.yaml is not valid in what is compared with."
)


SUSPENSION = warning("base/suspension", "A change suspends a job, or starts it again.")
STILL_SUSPENDED = warning(
    "base/still-suspended", "A job that was suspended stays so, though its file says nothing of it."
)
SECRET_SOURCE = warning("base/secret-source", "A Secret that exists gets another source.")

_AT = "/scheduling/suspended"
_HINTS = {
    "control-plane": "give it another name, or delete the Secret on the control plane first",
    "external": "give it another name, or delete the ExternalSecret in the members first",
}


@dataclass(frozen=True, slots=True)
class Base:
    """A ref's valid jobs with its platform, and the texts of its rendered jobs.

    A job that is not valid at the ref never ran and is not in ``fleet``. ``rendered`` has paths
    below rendered/, policies and claims left out.
    """

    ref: str
    fleet: Fleet
    rendered: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pair:
    """A job that is there before and after, in whatever folders."""

    before: Submission
    after: Submission


@dataclass(frozen=True, slots=True)
class Change:
    """Two fleets, the jobs that both have, and the jobs that only the first has.

    ``now`` has the jobs of the second by name.
    """

    before: Fleet
    after: Fleet
    now: Mapping[ObjectName, Submission]
    pairs: tuple[Pair, ...]
    deleted: tuple[Submission, ...]


def change_between(before: Fleet, after: Fleet, broken: Collection[str]) -> Change:
    """What became of the jobs of ``before``.

    A job of a ``broken`` file or directory is taken as it was: its own errors come first, and it
    is neither deleted nor are its claims smaller.
    """
    found = [s for s in after.submissions if s.file not in broken]
    names = {submission.name for submission in found}
    unjudged = [s for s in before.submissions if s.name not in names and is_in(s.file, broken)]
    fleet = Fleet((*found, *unjudged), after.platform)
    now = _by_name(fleet.submissions, prefer={s.file for s in before.submissions})
    was = _by_name(before.submissions, prefer={s.file for s in fleet.submissions})
    return Change(
        before,
        fleet,
        now,
        tuple(Pair(old, now[name]) for name, old in was.items() if name in now),
        tuple(old for name, old in was.items() if name not in now),
    )


def is_in(file: str, places: Collection[str]) -> bool:
    """Whether ``file`` or a directory that it is in is one of ``places``."""
    parts = file.split("/")
    return any("/".join(parts[:end]) in places for end in range(1, len(parts) + 1))


def name_of(key: ObjectName) -> str:
    """``namespace/name``."""
    return "/".join(key)


def check_suspension(change: Change) -> Iterator[Diagnostic]:
    """A finding for each job whose ``suspended`` changes something, or was meant to.

    A finished job is neither stopped nor started by it (KubeRay 1.6.0, rayjob_controller.go).
    """
    for pair in change.pairs:
        yield from _suspension(pair)


def check_secrets(change: Change) -> Iterator[Diagnostic]:
    """A finding for each Secret that something brought into members, and something else will."""
    used = {name for _, name in change.before.secrets}
    before, after = _sources(change.before.platform), _sources(change.after.platform)
    for name in sorted(used & after.keys()):
        was, (now, pointer) = before[name][0], after[name]
        if was != now:
            yield SECRET_SOURCE.found(
                f'the source of the Secret "{name}" was "{was}": what brought it into the members '
                "keeps it as it was",
                hint=_HINTS[was],
                at=PLATFORM_FILE.at(pointer),
            )


def _by_name(submissions: Iterable[Submission], prefer: set[str]) -> dict[ObjectName, Submission]:
    """Each name's first submission, or the first in a file to ``prefer``."""
    chosen: dict[ObjectName, Submission] = {}
    for submission in submissions:
        other = chosen.setdefault(submission.name, submission)
        if other.file not in prefer and submission.file in prefer:
            chosen[submission.name] = submission
    return chosen


def _suspension(pair: Pair) -> Iterator[Diagnostic]:
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


def _sources(platform: Platform) -> dict[str, tuple[str, str]]:
    """The source of each Secret by its name, and where that is said."""
    credentials, sources = platform.credentials, dict[str, tuple[str, str]]()
    sources[credentials.secret_name] = credentials.source, "/credentials/source"
    for index, profile in enumerate(credentials.profiles):
        at = pointer_of("credentials", "profiles", index, "source")
        sources.setdefault(profile.secret_name, (profile.source, at))
    for index, secret in enumerate(platform.pods.image_pull_secrets):
        at = pointer_of("pods", "imagePullSecrets", index, "source")
        sources.setdefault(secret.name, (secret.source, at))
    return sources
