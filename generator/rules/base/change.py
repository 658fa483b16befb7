"""What a Git ref holds, and names of many jobs in a few words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from generator.diagnostics import warning
from generator.repository.fleet import Fleet, ObjectName, Submission

INVALID_PLATFORM = warning(
    "base/invalid-platform",
    "platform.yaml is not valid in what is compared with.",
    adjustable=False,
)


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


def _by_name(submissions: Iterable[Submission], prefer: set[str]) -> dict[ObjectName, Submission]:
    """Each name's first submission, or the first in a file to ``prefer``."""
    chosen: dict[ObjectName, Submission] = {}
    for submission in submissions:
        other = chosen.setdefault(submission.name, submission)
        if other.file not in prefer and submission.file in prefer:
            chosen[submission.name] = submission
    return chosen


def is_in(file: str, places: Collection[str]) -> bool:
    """Whether ``file`` or a directory that it is in is one of ``places``."""
    parts = file.split("/")
    return any("/".join(parts[:end]) in places for end in range(1, len(parts) + 1))


def name_of(key: ObjectName) -> str:
    """``namespace/name``."""
    return "/".join(key)
