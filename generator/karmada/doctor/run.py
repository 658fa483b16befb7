"""All checks in one pass: one that fails hides none of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.check.findings import Checked
from generator.karmada.client.control_plane import ControlPlane
from generator.karmada.client.failures import LiveError, NotUnderstoodError, RefusedError
from generator.karmada.doctor import (
    access,
    drift,
    holders,
    kinds,
    kuberay,
    members,
    namespaces,
    queues,
    repository,
    secrets,
    sync_engine,
)
from generator.karmada.doctor.context import Context, unread
from generator.karmada.doctor.finding import Finding

OFFLINE: Mapping[str, Callable[[Path, Checked], Iterator[Finding]]] = {
    "repository/jobs": repository.jobs,
    "repository/rendered": repository.rendered,
    "repository/sync": repository.sync_files,
    "repository/namespaces": repository.namespaces,
    "repository/code-owners": repository.code_owners,
}
"""The checks of the repository alone, by name."""

ONLINE: Mapping[str, Callable[[Context], Iterator[Finding]]] = {
    "karmada/version": access.version,
    "karmada/permissions": access.permissions,
    "karmada/kinds": kinds.on_karmada,
    "karmada/interpreter": access.interpreter,
    "karmada/namespaces": namespaces.on_karmada,
    "karmada/secrets": secrets.on_karmada,
    "karmada/sync-engine": sync_engine.sync_engine,
    "karmada/drift": drift.drift,
    "karmada/holders": holders.holders,
    "karmada/not-in-git": drift.not_in_git,
    "karmada/finished": drift.finished,
    "members/ready": members.ready,
    "members/proxy": members.proxy,
    "members/kinds": kinds.in_members,
    "members/operator": kuberay.operator,
    "members/namespaces": namespaces.in_members,
    "members/secrets": secrets.in_members,
    "members/storage": members.storage,
    "members/gpus": members.gpus,
    "members/priority-classes": queues.priority_classes,
    "members/queues": queues.queues,
}
"""The checks of Karmada and its members, in the order in which they are told."""

_REACHABLE = "karmada/reachable"


@dataclass(frozen=True, slots=True)
class Result:
    """A finding with the name of its check; ``is_unreadable`` where Karmada gave no answer to it.

    An answer that is none of Kubernetes' counts as none.
    """

    check: str
    finding: Finding
    is_unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What all checks found, in their order."""

    results: tuple[Result, ...]

    @property
    def has_problems(self) -> bool:
        """Whether anything keeps jobs from running."""
        return any(one.finding.outcome == "problem" for one in self.results)

    @property
    def is_unreadable(self) -> bool:
        """Whether Karmada gave no answer to a check."""
        return any(one.is_unreadable for one in self.results)


def run(root: Path, loaded: Checked, connect: Callable[[], ControlPlane] | None) -> Report:
    """Run the checks of the repository and, with ``connect``, those of Karmada and its members."""
    results = [Result(name, one) for name, check in OFFLINE.items() for one in check(root, loaded)]
    if connect:
        results += _online(root, loaded, connect)
    return Report(tuple(results))


def _online(root: Path, loaded: Checked, connect: Callable[[], ControlPlane]) -> Iterator[Result]:
    try:
        plane = connect()
        plane.version()
        context = Context(root, loaded, plane)
        for name, check in ONLINE.items():
            try:
                for finding in check(context):
                    yield Result(name, finding)
            except RefusedError as refused:
                yield Result(name, unread(refused))
            except NotUnderstoodError as nonsense:
                yield _no_answer(name, nonsense)
    except LiveError as failed:  # what is refused was said by its check: nobody answers any more
        yield _no_answer(_REACHABLE, failed)


def _no_answer(check: str, failed: LiveError) -> Result:
    return Result(check, Finding.problem(str(failed), failed.advice.hint), is_unreadable=True)
