"""Rules about how pods may mount the claims that jobs write to.

A job has at least two pods that mount its claim: the head and a worker.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from generator.diagnostics import Diagnostic, Scope, error, pointer_of, warning
from generator.diagnostics.names import listed
from generator.diagnostics.wording import plural
from generator.model.job.job import Job
from generator.model.platform.model import PLATFORM_FILE
from generator.model.platform.storage import AccessMode
from generator.repository.fleet import Fleet, ObjectName, SharedClaim

CLAIM_MODE = error(
    "fleet/claim-mode",
    "A claim's access mode keeps pods from mounting it or writing to it.",
    adjustable=True,
    scope=Scope.FLEET,
)
CLAIM_NODE = warning(
    "fleet/claim-node", "All pods that mount a claim have to be on one node.", scope=Scope.FLEET
)

_HINT = "choose ReadWriteMany, with a storage class that offers it, such as one of NFS or CephFS"


def check_access_modes(fleet: Fleet) -> Iterator[Diagnostic]:
    """A finding at each access mode in platform.yaml that does not suit the jobs of its claims.

    Nothing is said of claims that no job has, nor of those that exist already: platform.yaml does
    not say their mode.
    """
    with_mode: dict[tuple[str, AccessMode], list[SharedClaim]] = defaultdict(list)
    for shared in fleet.claims.values():
        if shared.is_rendered and shared.submissions:
            mode = fleet.platform.storage.mode_of(shared.declared)
            with_mode[_chosen_at(shared, fleet), mode].append(shared)
    for (pointer, mode), claims in with_mode.items():
        if mode == "ReadWriteOnce":
            for words in _one_node(claims, fleet):
                yield CLAIM_NODE.found(words, hint=_HINT, at=PLATFORM_FILE.at(pointer))
        elif mode != "ReadWriteMany":
            yield CLAIM_MODE.found(_never(mode, claims), hint=_HINT, at=PLATFORM_FILE.at(pointer))


def _chosen_at(shared: SharedClaim, fleet: Fleet) -> str:
    if shared.declared and shared.declared.access_mode:
        index = fleet.declared_at[shared.namespace, shared.name]
        return pointer_of("storage", "claims", index, "accessMode")
    return pointer_of("storage", "accessMode")


def _never(mode: AccessMode, claims: Sequence[SharedClaim]) -> str:
    names = [s.job.job_name for shared in claims for s in shared.submissions]
    if mode == "ReadOnlyMany":
        return f"no pod can write to a claim that is {mode}: {_jobs(names)} cannot save a model"
    return (
        f"only one pod can mount a claim that is {mode}, and a job has a head and workers: all "
        f"pods of {_jobs(names)} but one wait for ever"
    )


def _one_node(claims: Sequence[SharedClaim], fleet: Fleet) -> Iterator[str]:
    """What is said of the claim that most pods mount in a cluster, and how many others there are.

    A job counts in each cluster that it may run on; nothing is said of jobs that run nowhere.
    """
    there: dict[tuple[ObjectName, str], list[Job]] = defaultdict(list)
    for shared in claims:
        for submission in shared.submissions:
            for cluster in fleet.resolved(submission).placement.candidates:
                there[(shared.namespace, shared.name), cluster].append(submission.job)
    if not there:
        return
    pods = {where: sum(1 + job.resources.instance_count for job in there[where]) for where in there}
    (claim, cluster), most = max(pods.items(), key=lambda item: item[1])
    jobs = _jobs([job.job_name for job in there[claim, cluster]])
    others = len({other for other, _ in there}) - 1
    more = plural(others, "more claim", is_grouped=True)
    also = f"; so it is with {more}" if others else ""
    yield (
        f'the claim "{claim[1]}" is ReadWriteOnce: on {cluster} all {most:,} pods of {jobs} have '
        f"to be on one node{also}"
    )


def _jobs(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names):,} jobs ({listed(names)})"
