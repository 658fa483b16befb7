"""What the page shows. Texts may be anything that jobs, commits and clusters say."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple, TypeAlias

from generator.diagnostics.wording import visible
from generator.karmada.status.job_status import JobStatus
from generator.model.platform.model import Platform
from generator.repository.fleet import Fleet
from generator.repository.usage import Usage, of_one_copy, together

ONE_OF_SEVERAL = "one of several clusters"
NO_TENANT = "no tenant"
_IDLE = ("Suspended", "Suspending")
_SUM = '<tr class="sum">'

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


class Copy(NamedTuple):
    """What one copy takes, where, and whose it is."""

    cluster: str
    tenant: str
    usage: Usage


def copies_in_git(fleet: Fleet) -> Iterator[Copy]:
    """A copy of each job on each cluster that it is placed on; the others on no named one."""
    for submission in fleet.submissions:
        one = fleet.resolved(submission)
        clusters = one.placement.expected or [ONE_OF_SEVERAL] * one.placement.copies
        for cluster in clusters:
            yield Copy(cluster, submission.tenant or NO_TENANT, of_one_copy(one))


def copies_on_karmada(fleet: Fleet, statuses: Iterable[JobStatus]) -> Iterator[Copy]:
    """The copies that run or wait for their pods, of jobs that are in Git."""
    submissions = {one.name: one for one in fleet.submissions}
    for status in statuses:
        submission = submissions.get((status.namespace, status.name))
        for run in status.runs if submission else ():
            if submission and not run.has_ended and run.deployment not in _IDLE:
                tenant = submission.tenant or NO_TENANT
                yield Copy(run.cluster, tenant, of_one_copy(fleet.resolved(submission)))


def by_cluster(copies: Iterable[Copy], platform: Platform) -> Iterator[UseRow]:
    """A row of all copies of each cluster, each followed by those of its tenants."""
    found: dict[str, dict[str, list[Usage]]] = {name: {} for name in platform.clusters}
    for cluster, owner, usage in copies:
        found.setdefault(cluster, {}).setdefault(owner, []).append(usage)
    for name in sorted(found, key=lambda one: (one == ONE_OF_SEVERAL, one)):
        tenants = found[name]
        described = platform.clusters.get(name)
        every = [usage for usages in tenants.values() for usage in usages]
        yield _row(name, None, every, described.gpus if described else None)
        for tenant in sorted(tenants):
            yield _row(name, tenant, tenants[tenant])


def by_tenant(copies: Iterable[Copy], platform: Platform) -> Iterator[UseRow]:
    """A row of each tenant."""
    found: dict[str, list[Usage]] = defaultdict(list, {name: [] for name in platform.tenants})
    for copy in copies:
        found[copy.tenant].append(copy.usage)
    for name in sorted(found, key=lambda one: (one == NO_TENANT, one)):
        tenant = platform.tenants.get(name)
        yield _row(name, None, found[name], tenant.quota.gpus if tenant else None)


def _row(name: str, tenant: str | None, usages: list[Usage], bound: int | None = None) -> UseRow:
    taken = together(usages)
    return UseRow(name, tenant, len(usages), taken.cpu_cores, taken.gpus, bound)


class Column(NamedTuple):
    """A column of a table, set by what it holds: ``short`` and ``number`` do not wrap."""

    title: str
    kind: Literal["text", "short", "name", "list", "person", "what", "number", "state"] = "text"


class Cell(NamedTuple):
    """A text that is sorted by something else."""

    text: str
    key: str | int


class State(NamedTuple):
    """A state in words, with the kind that it is marked by."""

    text: str
    kind: Kind


CellValue: TypeAlias = str | int | Cell | State | None


def escaped(text: str) -> str:
    """A text as HTML, in elements and in attributes; hidden characters are shown."""
    return html.escape(visible(text))


def words_of(value: CellValue) -> str:
    """What a cell shows."""
    if value is None:
        return ""
    if isinstance(value, int):
        return f"{value:,}"
    return value if isinstance(value, str) else value.text


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[CellValue]],
    label: str,
    *,
    name: str = "",
    caption: str = "",
    sums: Iterable[int] = (),
) -> str:
    """A table in a place of its own that scrolls; ``sums`` are the rows that sum up others.

    ``label`` says what it is to who does not see it. One with a ``name``, its id, is hidden until
    the script has filled it. One without a caption is as wide as the page.
    """
    identity = f' id="{escaped(name)}"' if name else ""
    hidden = " hidden" if name else ""
    width = "" if caption else ' class="wide"'
    above = f"<caption>{escaped(caption)}</caption>\n" if caption else ""
    bold = frozenset(sums)
    titles = "".join(f'<th scope="col"{_class(one)}>{escaped(one.title)}</th>' for one in columns)
    lines = "\n".join(
        f"{_SUM if at in bold else '<tr>'}{_cells(columns, row)}</tr>"
        for at, row in enumerate(rows)
    )
    return (
        f'<div class="scroll" role="region" aria-label="{escaped(label)}" tabindex="0"{hidden}>\n'
        f"<table{identity}{width}>\n{above}<thead><tr>{titles}</tr></thead>\n<tbody>\n{lines}\n</tbody>\n</table>\n</div>"
    )


def _class(column: Column) -> str:
    return "" if column.kind in ("text", "state") else f' class="{column.kind}"'


def _cells(columns: Sequence[Column], row: Sequence[CellValue]) -> str:
    first, *others = zip(columns, row, strict=True)
    cells = "".join(f"<td{_class(column)}>{_inside(value)}</td>" for column, value in others)
    return f'<th scope="row"{_class(first[0])}>{_inside(first[1])}</th>{cells}'


def _inside(value: CellValue) -> str:
    text = escaped(words_of(value))
    return f'<span class="state {value.kind}">{text}</span>' if isinstance(value, State) else text


def moment(time: datetime | None) -> Cell | None:
    """A time to the minute, in UTC."""
    if time is None:
        return None
    utc = time.astimezone(UTC)
    return Cell(utc.strftime("%Y-%m-%d %H:%M"), utc.strftime("%Y-%m-%dT%H:%M:%SZ"))
