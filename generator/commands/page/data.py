"""What the page shows. Texts may be anything that jobs, commits and clusters say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["good", "bad", "wrong", "going", "plain"]
"""How a state is marked: ended well or not, something is wrong, it runs, or none of these."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job. What nobody says is None; ``gpus`` and ``cpu_cores`` are those of all copies."""

    namespace: str | None
    name: str
    state: str
    kind: Kind
    clusters: tuple[str, ...] = ()
    gpus: int | None = None
    cpu_cores: int | None = None
    algorithm: str | None = None
    tenant: str | None = None
    since: datetime | None = None
    seconds: int | None = None
    """From its beginning to its end, or until the page's time."""
    added: datetime | None = None
    by: str | None = None
    """Author of the commit that added it."""

    @property
    def label(self) -> str:
        """Namespace and name."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """Something that is wrong: in a file, or with a job on Karmada."""

    kind: Literal["error", "warning", "on Karmada"]
    place: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class UseRow:
    """What copies take together, and how many GPUs there are; None where nobody says."""

    name: str
    tenant: str | None
    """Whose copies on the cluster ``name``; None of the sum of all."""
    copies: int
    cpu_cores: int
    gpus: int
    bound: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What a commit did to a job."""

    time: datetime | None
    job: str
    what: str
    author: str
    commit: str
    subject: str


@dataclass(frozen=True, slots=True)
class Page:
    """All of it, in the order in which it is shown.

    ``is_live`` is False where Karmada was not asked: nothing is said then of what runs.
    ``problem_count`` and ``change_count`` also count those that are left out.
    """

    as_of: datetime
    commit: str | None
    is_live: bool
    jobs: tuple[JobRow, ...] = ()
    problems: tuple[ProblemRow, ...] = ()
    problem_count: int = 0
    clusters: tuple[UseRow, ...] = ()
    tenants: tuple[UseRow, ...] = ()
    changes: tuple[ChangeRow, ...] = ()
    change_count: int = 0
    notes: tuple[str, ...] = ()
