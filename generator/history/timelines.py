"""What became of each job, commit by commit, in whatever folders it was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal, TypeAlias

from generator.history.commits import Commit, FileChange, Past
from generator.history.field_diff import JobKey, key_in, keys_of_versions, read_documents
from generator.source.files import is_job

Kind: TypeAlias = Literal["added", "earliest", "changed", "moved", "copied", "removed"]
"""``earliest``: the job is there in the oldest commit that a shallow clone has. ``copied``: one
more file holds it, which is an error until the other one goes."""


@dataclass(frozen=True, slots=True)
class JobChange:
    """What a commit did to a job: ``before`` and ``after`` are blobs of its file.

    ``file`` is the one that it has then, or had last; ``moved_from`` the one it had before.
    """

    commit: Commit
    kind: Kind
    file: str
    before: str | None = None
    after: str | None = None
    moved_from: str | None = None


@dataclass(slots=True)
class Timeline:
    """A job's changes, oldest first, and the files that hold it at HEAD."""

    key: JobKey
    changes: list[JobChange] = field(default_factory=list)
    files: frozenset[str] = frozenset()

    @property
    def added(self) -> Commit | None:
        """The commit that added the job, the last time where it was removed in between.

        None where that is older than what a shallow clone has.
        """
        starts = [one for one in self.changes if one.kind in ("added", "earliest")]
        return starts[-1].commit if starts and starts[-1].kind == "added" else None

    @property
    def changed(self) -> Commit | None:
        """The commit that changed it last, its removal left out; None as of :attr:`added`."""
        edits = [one for one in self.changes if one.kind != "removed"]
        return edits[-1].commit if edits and edits[-1].kind != "earliest" else None

    @property
    def removed(self) -> JobChange | None:
        """The change that removed the job; None where HEAD has it."""
        last = self.changes[-1]
        return last if last.kind == "removed" else None


def timelines(past: Past, namespaces: Mapping[str, str]) -> dict[JobKey, Timeline]:
    """Every job that HEAD has or that any of its commits had.

    ``namespaces`` are those that templates give, by the template's name. GitError where a version
    of a params.json is missing. A file that never said which job it is of has none.
    """
    changes = [one for one in past.changes if is_job(one.file)]
    keys = _keys(past, changes, namespaces)
    found: dict[JobKey, Timeline] = {}
    for commit, together in groupby(reversed(changes), key=lambda one: one.commit):
        _tell(commit, list(together), keys, past.boundary, found)
    return found


def _keys(
    past: Past, changes: list[FileChange], namespaces: Mapping[str, str]
) -> dict[str, dict[str, JobKey]]:
    """By file and by blob, which job each version is of."""
    documents = read_documents(past.git, blobs_of(changes))
    known = {blob: key_in(document.value, namespaces) for blob, document in documents}
    of_file: dict[str, list[FileChange]] = defaultdict(list)
    for change in changes:
        of_file[change.file].append(change)
    return {file: keys_of_versions(own, known) for file, own in of_file.items()}


@dataclass(slots=True)
class _Step:
    """What one commit did to the files of one job."""

    left: dict[str, str] = field(default_factory=dict)
    joined: dict[str, str] = field(default_factory=dict)


def _tell(
    commit: Commit,
    changes: Iterable[FileChange],
    keys: Mapping[str, Mapping[str, JobKey]],
    boundary: frozenset[str],
    found: dict[JobKey, Timeline],
) -> None:
    """Add what a commit did to the timelines of its jobs."""
    steps: dict[JobKey, _Step] = defaultdict(_Step)
    for change in sorted(changes, key=lambda one: one.file):
        of_file = keys[change.file]
        if change.before is not None and change.before in of_file:
            steps[of_file[change.before]].left[change.file] = change.before
        if change.after is not None and change.after in of_file:
            steps[of_file[change.after]].joined[change.file] = change.after
    for key, step in steps.items():
        line = found.setdefault(key, Timeline(key))
        now = (line.files - step.left.keys()) | step.joined.keys()
        told = _change(commit, step, line.files, now)
        if told.kind == "added" and commit.id in boundary:
            told = JobChange(commit, "earliest", told.file, after=told.after)
        line.files = now
        line.changes.append(told)


def _change(commit: Commit, step: _Step, was: frozenset[str], now: frozenset[str]) -> JobChange:
    """What a commit did to a job that was in the files ``was`` and is in those of ``now``."""
    # Of what changed only: a job may be in thousands of files.
    gone = sorted(file for file in step.left if file in was and file not in now)
    new = sorted(file for file in step.joined if file not in was)
    file = min(new or step.joined or now or step.left)
    before = step.left.get(file) or next(iter(step.left.values()), None)
    after = step.joined.get(file)
    if not was and now:
        return JobChange(commit, "added", file, after=after)
    if not now:
        return JobChange(commit, "removed", file, before=before)
    if gone:
        return JobChange(commit, "moved", file, before, after, gone[0])
    if new:
        return JobChange(commit, "copied", file, before, after)
    return JobChange(commit, "changed", file, before, after)


def blobs_of(changes: Iterable[FileChange | JobChange]) -> Iterator[str]:
    """The versions of a file before and after each of its changes."""
    return (blob for one in changes for blob in (one.before, one.after) if blob)


def order_of(past: Past) -> dict[str, int]:
    """By commit its place among those that changed something, oldest first."""
    commits = dict.fromkeys(one.commit.id for one in reversed(past.changes))
    return {commit: place for place, commit in enumerate(commits)}
