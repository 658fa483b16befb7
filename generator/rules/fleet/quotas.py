"""Rules about what the jobs of a tenant or a namespace take together.

Git does not know which jobs have finished: each job that is there counts, with all its copies. The
submitters count for a cluster's share: it is rendered, and its ResourceQuota counts every pod.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from generator.diagnostics import Diagnostic, Location, Rule, pointer_of
from generator.diagnostics.wording import plural
from generator.model.platform.clusters import Amounts
from generator.model.platform.model import PLATFORM_FILE
from generator.repository.fleet import Fleet, Submission
from generator.repository.usage import (
    Excess,
    Usage,
    amount,
    beyond,
    in_words,
    of_all_copies,
    of_one_copy,
    together,
    with_submitters,
)
from generator.rules.fleet import error
from generator.rules.job.job import RESERVED_NAME

TENANT_QUOTA = error(
    "fleet/tenant-quota", "A tenant's jobs take more than its quota.", adjustable=True
)
NAMESPACE_QUOTA = error(
    "fleet/namespace-quota", "A namespace's jobs take more than its quota.", adjustable=True
)

SHOWN_JOBS = 20
"""Jobs in the table of who takes what, the largest first."""

_HINT = "delete the folders of jobs that have finished, ask for less, or raise the quota"
_SUBMITTER = "KubeRay's submitter requests half a core and 200 MiB in each copy"


@dataclass(frozen=True, slots=True)
class _User:
    """A job that counts for a quota, in how many copies, and what these take."""

    file: str
    copies: int
    usage: Usage


@dataclass(frozen=True, slots=True)
class _Quota:
    """A bound, the place in platform.yaml that states it, and who counts for it.

    A share has the cluster whose ResourceQuota it is.
    """

    rule: Rule
    whose: str
    pointer: str
    bound: Amounts
    users: list[_User]
    cluster: str | None = None

    @property
    def submitters(self) -> int:
        """How many submitters count."""
        return sum(user.copies for user in self.users) if self.cluster else 0

    def excess(self, submitters: int) -> list[Excess]:
        """What is beyond the bound, with so many submitters."""
        return beyond(together(user.usage for user in self.users), self.bound, submitters)


def check_quotas(fleet: Fleet) -> Iterator[Diagnostic]:
    """A finding for each quota that is exceeded, with the table of who takes what."""
    alone: dict[str, list[_Quota]] = defaultdict(list)
    for quota in (*_of_tenants(fleet), *_of_namespaces(fleet)):
        excess = quota.excess(quota.submitters)
        if not excess:
            continue
        what, hint = "take more than the quota", _HINT
        if not quota.excess(0):
            if len(quota.users) == 1:
                alone[quota.users[0].file].append(quota)
                continue
            what, hint = "leave no room for their submitters", f"{_HINT}: {_SUBMITTER}"
        yield quota.rule.found(
            f"{quota.whose} {what}: {in_words(excess)}",
            hint=hint,
            at=PLATFORM_FILE.at(quota.pointer + pointer_of(excess[0].field)),
            details=_table(quota),
        )
    for file, quotas in alone.items():
        yield _no_room(file, quotas)
    yield from _called_like_the_file(fleet)


def _no_room(file: str, quotas: list[_Quota]) -> Diagnostic:
    """What is said of a job that has shares to itself, and leaves its submitter no room there."""
    lacking = "; ".join(f"{one.cluster}: {in_words(one.excess(one.submitters))}" for one in quotas)
    return NAMESPACE_QUOTA.found(
        f"the job leaves no room for its submitter in its namespace's share of {lacking}",
        hint=f"ask for less, or raise the quota: {_SUBMITTER}",
        at=Location(file, "/resources", on_key=True),
        details=_table(quotas[0]),
    )


def _of_tenants(fleet: Fleet) -> Iterator[_Quota]:
    bounded = {
        name: tenant.quota
        for name, tenant in fleet.platform.tenants.items()
        if tenant.quota.bounds_anything
    }
    if not bounded:
        return
    users: dict[str | None, list[_User]] = defaultdict(list)
    for submission in fleet.submissions:
        users[submission.tenant].append(_with_all_copies(submission, fleet))
    for name, bound in bounded.items():
        whose = f'the jobs of the tenant "{name}"'
        at = pointer_of("tenants", name, "quota")
        yield _Quota(TENANT_QUOTA, whose, at, bound, users[name])


def _of_namespaces(fleet: Fleet) -> Iterator[_Quota]:
    if not fleet.platform.quotas:
        return
    users: dict[str, list[Submission]] = defaultdict(list)
    for submission in fleet.submissions:
        users[submission.job.namespace].append(submission)
    for namespace, quota in fleet.platform.quotas.items():
        there, at = users[namespace], pointer_of("quotas", namespace)
        whose = f'the jobs in the namespace "{namespace}"'
        everywhere = [_with_all_copies(submission, fleet) for submission in there]
        yield _Quota(NAMESPACE_QUOTA, whose, at, quota, everywhere)
        copies_on: dict[str, list[_User]] = {cluster: [] for cluster in quota.clusters}
        for submission in there if copies_on else ():
            for cluster in _runs_on(submission, fleet):
                if cluster in copies_on:
                    usage = of_one_copy(fleet.resolved(submission))
                    copies_on[cluster].append(_User(submission.file, 1, usage))
        for cluster, share in quota.clusters.items():
            place, words = at + pointer_of("clusters", cluster), f"{whose} on {cluster}"
            yield _Quota(NAMESPACE_QUOTA, words, place, share, copies_on[cluster], cluster)


def _with_all_copies(submission: Submission, fleet: Fleet) -> _User:
    resolved = fleet.resolved(submission)
    return _User(submission.file, resolved.placement.copies, of_all_copies(resolved))


def _runs_on(submission: Submission, fleet: Fleet) -> tuple[str, ...]:
    """Where a copy runs for certain: of several clusters to choose from on none."""
    placement = fleet.resolved(submission).placement
    clusters = placement.candidates
    return clusters if placement.copies == len(clusters) else ()


def _table(quota: _Quota) -> tuple[str, ...]:
    """Who takes what, the largest first, then the sum and the quota, in columns."""
    users = sorted(quota.users, key=lambda user: (*_size(user, quota.bound), user.file))
    bound = quota.bound
    rows = [("CPU cores", "GiB", "GPUs", "copies", "job")]
    rows += [_row(user.usage, f"{user.copies:,}", user.file) for user in users[:SHOWN_JOBS]]
    if others := users[SHOWN_JOBS:]:
        rest = together(user.usage for user in others)
        copies = sum(user.copies for user in others)
        more = plural(len(others), "more job", is_grouped=True)
        rows.append(_row(rest, f"{copies:,}", more))
    if quota.submitters:
        rows.append(_row(Usage(), "", "submitters", quota.submitters))
    copies = sum(user.copies for user in users)
    taken = together(user.usage for user in users)
    rows.append(_row(taken, f"{copies:,}", "together", quota.submitters))
    cpu_cores, memory_gib, gpus = (
        "-" if most is None else f"{most:,}"
        for most in (bound.cpu_cores, bound.memory_gib, bound.gpus)
    )
    rows.append((cpu_cores, memory_gib, gpus, "", "quota"))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return tuple("  ".join((*map(str.rjust, row[:4], widths), row[4])) for row in rows)


def _size(user: _User, bound: Amounts) -> tuple[int, ...]:
    """What orders users: first what is scarcest, of that which is bounded."""
    usage = user.usage
    taken = (
        (bound.gpus, usage.gpus),
        (bound.cpu_cores, usage.cpu_cores),
        (bound.memory_gib, usage.memory_gib),
    )
    return tuple(-amount for most, amount in taken if most is not None)


def _row(
    usage: Usage, copies: str, name: str, submitters: int = 0
) -> tuple[str, str, str, str, str]:
    cpu_cores, memory_gib = with_submitters(usage, submitters)
    return amount(cpu_cores), amount(memory_gib), f"{usage.gpus:,}", copies, name


def _called_like_the_file(fleet: Fleet) -> Iterator[Diagnostic]:
    """A namespace whose quota is rendered has a file of that name."""
    rendered = set(fleet.quota_namespaces)
    for submission in fleet.submissions if rendered else ():
        namespace, name = submission.name
        if name == "quota" and namespace in rendered:
            yield RESERVED_NAME.found(
                f'a job in "{namespace}" cannot be called "quota": its file would be the quota\'s',
                hint="choose another name",
                at=submission.at("/jobName"),
            )
