"""All checks in one pass: one that fails hides none of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.live.checkup import (
    access,
    git,
    holding,
    kinds,
    kuberay,
    leaving,
    members,
    namespaces,
    queueing,
    repository,
)
from generator.live.checkup.finding import Finding, problem
from generator.live.checkup.surroundings import Surroundings, not_looked_at
from generator.live.control_plane import ControlPlane
from generator.live.failures import LiveError, NotUnderstoodError, RefusedError
from generator.pipeline import Loaded

OFFLINE: Mapping[str, Callable[[Path, Loaded], Iterator[Finding]]] = {
    "repository/jobs": repository.jobs,
    "repository/rendered": repository.rendered,
    "repository/sync": repository.sync_files,
    "repository/namespaces": repository.namespaces,
    "repository/code-owners": repository.code_owners,
}
"""What looks at the repository alone, by the name of the check."""

ONLINE: Mapping[str, Callable[[Surroundings], Iterator[Finding]]] = {
    "karmada/version": access.version,
    "karmada/permissions": access.permissions,
    "karmada/kinds": kinds.on_karmada,
    "karmada/interpreter": access.interpreter,
    "karmada/namespaces": namespaces.namespaces,
    "karmada/secrets": namespaces.secrets,
    "karmada/sync-engine": git.sync_engine,
    "karmada/drift": git.drift,
    "karmada/holders": holding.holders,
    "karmada/not-in-git": git.not_in_git,
    "karmada/finished": git.finished,
    "members/ready": members.ready,
    "members/proxy": members.proxy,
    "members/kinds": kinds.in_members,
    "members/operator": kuberay.operator,
    "members/namespaces": leaving.namespaces,
    "members/secrets": namespaces.secrets_in_members,
    "members/storage": members.storage,
    "members/gpus": members.gpus,
    "members/priority-classes": queueing.priority_classes,
    "members/queues": queueing.queues,
}
"""What looks at Karmada and its members, in the order in which it is told."""


@dataclass(frozen=True, slots=True)
class Result:
    """A finding with the name of its check."""

    check: str
    finding: Finding


@dataclass(slots=True)
class Examination:
    """What was found; ``is_unreadable`` where Karmada does not answer."""

    results: list[Result]
    is_unreadable: bool = False

    @property
    def has_problems(self) -> bool:
        """Whether anything keeps jobs from running."""
        return any(one.finding.outcome == "problem" for one in self.results)


def of_repository(root: Path, loaded: Loaded) -> Examination:
    """What the repository alone tells."""
    return Examination(
        [Result(name, finding) for name, look in OFFLINE.items() for finding in look(root, loaded)]
    )


def of_everything(root: Path, loaded: Loaded, connect: Callable[[], ControlPlane]) -> Examination:
    """As :func:`of_repository`, and then what Karmada and its members tell, if they answer."""
    found = of_repository(root, loaded)
    try:
        plane = connect()
        plane.version()
    except LiveError as failed:
        found.results.append(Result("karmada/reachable", problem(str(failed), failed.hint)))
        found.is_unreadable = True
        return found
    seen = Surroundings(root, loaded, plane)
    try:
        for name, look in ONLINE.items():
            try:
                found.results += (Result(name, one) for one in look(seen))
            except RefusedError as refused:
                found.results.append(Result(name, not_looked_at(refused)))
            except NotUnderstoodError as nonsense:
                found.results.append(Result(name, problem(str(nonsense), nonsense.hint)))
                found.is_unreadable = True
    except LiveError as failed:  # what is refused was said by its check: nobody answers any more
        found.results.append(Result("karmada/reachable", problem(str(failed), failed.hint)))
        found.is_unreadable = True
    return found
