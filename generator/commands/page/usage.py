"""Which GPUs and CPU cores copies of jobs take, by cluster and by tenant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from generator.commands.page.data import UseRow
from generator.karmada.status.job_status import JobStatus
from generator.model.platform.model import Platform
from generator.repository.fleet import Fleet
from generator.repository.usage import Usage, of_one_copy, together

ONE_OF_SEVERAL = "one of several clusters"
NO_TENANT = "no tenant"
_IDLE = ("Suspended", "Suspending")


@dataclass(frozen=True, slots=True)
class Copy:
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
    for copy in copies:
        found.setdefault(copy.cluster, {}).setdefault(copy.tenant, []).append(copy.usage)
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
