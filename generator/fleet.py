"""All jobs of a repository together, with the platform they run on and what they share."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from generator.params.algorithms import BUILT_IN
from generator.params.job import Job
from generator.params.variables import PLATFORM_VARIABLES
from generator.platform.credentials import SecretKeys
from generator.platform.model import Platform
from generator.platform.storage import DeclaredClaim, ExistingClaim
from generator.shared_secrets import SecretChoice, SharedSecret
from generator.templates.merging import Merged

Mode: TypeAlias = Literal["divided", "all", "one-of", "ordered"]
"""How a job is placed; ``divided`` is what a job gets when nobody chooses."""

ObjectName: TypeAlias = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A job, the file that describes it, relative to the root, and what its template gave it."""

    file: str
    job: Job
    merged: Merged | None = field(default=None, compare=False)

    @property
    def name(self) -> ObjectName:
        """Namespace and name of its RayJob."""
        return self.job.namespace, self.job.job_name

    @property
    def tenant(self) -> str | None:
        """See :func:`tenant_of`."""
        return tenant_of(self.file)


def tenant_of(file: str) -> str | None:
    """The directory directly below jobs/ that a job's own directory is in, at any depth.

    None of ``jobs/<job>/params.json``: that directory is the job's own.
    """
    _, *directories, _ = file.split("/")
    return directories[0] if len(directories) > 1 else None


@dataclass(frozen=True, slots=True)
class SharedClaim:
    """A claim, the jobs that write to it, and what platform.yaml says of it, if anything."""

    namespace: str
    name: str
    submissions: tuple[Submission, ...]
    declared: DeclaredClaim | None
    existing: ExistingClaim | None = None

    @property
    def size_gb(self) -> int | None:
        """GiB asked for: as declared, else the largest a job asks; None when nobody says.

        None as well where the claim exists already: it has the size that it has.
        """
        if self.existing:
            return None
        if self.declared:
            return self.declared.size_gb
        sizes = [s.job.resources.volume_size_gb for s in self.submissions]
        return max((size for size in sizes if size is not None), default=None)

    @property
    def clusters(self) -> list[str]:
        """Member clusters that hold it, sorted: as platform.yaml says, else those of its jobs."""
        if named := self.declared or self.existing:
            return sorted(named.clusters)
        return sorted({c for s in self.submissions for c in s.job.target_clusters})

    @property
    def storage_classes(self) -> list[str]:
        """The storage classes its jobs name, sorted, each once."""
        named = {s.job.resources.storage_class_name for s in self.submissions}
        return sorted(name for name in named if name is not None)

    @property
    def is_rendered(self) -> bool:
        """Whether a manifest is written: without a size the claim has to exist already."""
        return self.size_gb is not None


@dataclass(frozen=True)
class Fleet:
    """Every valid job, in the order of their files, and the platform."""

    submissions: tuple[Submission, ...]
    platform: Platform

    @cached_property
    def claims(self) -> dict[ObjectName, SharedClaim]:
        """Every claim that a job names or the platform declares, by namespace and name."""
        users: dict[ObjectName, list[Submission]] = defaultdict(list)
        for submission in self.submissions:
            if name := self.claim_name(submission.job):
                users[submission.job.namespace, name].append(submission)
        declared = {(c.namespace, c.name): c for c in self.platform.storage.claims}
        existing = {(c.namespace, c.name): c for c in self.platform.storage.existing_claims}
        return {
            key: SharedClaim(*key, tuple(users.get(key, ())), declared.get(key), existing.get(key))
            for key in sorted({*users, *declared, *existing})
        }

    @cached_property
    def declared_at(self) -> dict[ObjectName, int]:
        """Where in platform.yaml's list each declared claim stands first."""
        found: dict[ObjectName, int] = {}
        for index, claim in enumerate(self.platform.storage.claims):
            found.setdefault((claim.namespace, claim.name), index)
        return found

    @cached_property
    def _secret_choice(self) -> SecretChoice:
        return SecretChoice(self.platform)

    @cached_property
    def secrets(self) -> dict[ObjectName, SharedSecret]:
        """Every Secret that is brought into the members, by namespace and name, sorted."""
        return self._secret_choice.shared(s.job for s in self.submissions)

    @property
    def kept_namespaces(self) -> list[str]:
        """Namespaces that have a manifest of their own, sorted."""
        return sorted(set(self.platform.namespaces) - {"default"})

    @property
    def quota_namespaces(self) -> list[str]:
        """Namespaces whose quota is rendered, sorted: clusters have shares of it."""
        return sorted(
            namespace
            for namespace, quota in self.platform.quotas.items()
            if any(share.bounds_anything for share in quota.clusters.values())
        )

    @property
    def namespaces(self) -> list[str]:
        """Namespaces that anything is rendered for, sorted."""
        claimed = {claim.namespace for claim in self.claims.values() if claim.is_rendered}
        of_jobs = {submission.job.namespace for submission in self.submissions}
        return sorted({*of_jobs, *claimed, *self.kept_namespaces, *self.quota_namespaces})

    def claim_name(self, job: Job) -> str | None:
        """The claim that the job's results are written to; None for a job without any."""
        if not job.has_claim:
            return None
        return job.pvc_name or self.platform.storage.claim_name

    def credentials(self, job: Job) -> SecretKeys:
        """The Secret with the keys of the job's object storage."""
        return self._secret_choice.credentials(job)

    def mode(self, job: Job) -> Mode:
        """How the job is placed: its own choice, else the platform's."""
        return job.scheduling.mode or self.platform.scheduling.mode or "divided"

    def candidates(self, job: Job) -> list[str]:
        """The target clusters that may have the labels which the job asks for, in its order.

        One of which platform.yaml does not say the labels may have them.
        """
        described, wanted = self.platform.clusters, job.scheduling.cluster_labels
        if not wanted:
            return job.target_clusters
        return [
            cluster
            for cluster in job.target_clusters
            if cluster not in described or described[cluster].may_have(wanted)
        ]

    def copies(self, job: Job) -> int:
        """On how many clusters the job runs: a RayJob is never split, so each runs all of it.

        ``Divided`` alone copies it to every candidate (seen on Karmada 1.18.2).
        """
        candidates = len(self.candidates(job))
        return min(candidates, 1) if self.runs_once(job) else candidates

    @property
    def estimates(self) -> bool:
        """Whether Karmada looks for room before it places a job that runs once."""
        return self.platform.scheduling.estimation == "components"

    def runs_once(self, job: Job) -> bool:
        """Whether the job's mode takes one of its clusters, however many there are."""
        return self.mode(job) in ("one-of", "ordered")

    def is_estimated(self, job: Job) -> bool:
        """Whether Karmada looks for room for this job."""
        return self.estimates and self.runs_once(job)

    def with_room(self, job: Job) -> list[str]:
        """The candidates without those on which Karmada never finds room, where it looks for it.

        It looks for the GPUs of the RayJob before any OverridePolicy. Where the target clusters
        count them by different names, that is ``ray.gpuResourceName`` (seen on Karmada 1.18.2).
        """
        candidates, counted_as = self.candidates(job), self.platform.gpu_resource_of
        has_gpus = job.resources.instance_resources.gpu_count > 0
        if not (has_gpus and self.is_estimated(job)):
            return candidates
        if len(set(map(counted_as, job.target_clusters))) == 1:
            return candidates
        asked = self.platform.ray.gpu_resource_name
        return [cluster for cluster in candidates if counted_as(cluster) == asked]

    def preference(self, job: Job) -> list[str]:
        """The candidates of a job that runs once, in the order in which Karmada takes them.

        For a RayJob it estimates nothing, so that all clusters tie, and the first by name is
        taken (Karmada 1.18, pkg/scheduler/core/util.go and spreadconstraint/util.go).
        """
        candidates = self.candidates(job)
        return candidates if self.mode(job) == "ordered" else sorted(candidates)

    def expected(self, job: Job) -> list[str]:
        """Where copies of a job run as long as no cluster is tainted or away.

        Empty where it runs once and Karmada knows more: what is free, or the labels of the first.
        """
        candidates = self.candidates(job)
        if self.copies(job) == len(candidates):
            return candidates
        first = self.preference(job)[0]
        return [first] if self.knows(job, first) and not self.estimates else []

    def knows(self, job: Job, candidate: str) -> bool:
        """Whether the candidate is known to have the labels that the job asks for."""
        described = self.platform.clusters.get(candidate)
        said = described is not None and described.labels is not None
        return said or not job.scheduling.cluster_labels

    def moves(self, job: Job) -> bool:
        """Whether the job may start on another cluster once Karmada does not reach its own.

        One that runs on each candidate has nowhere to go.
        """
        own, platform = job.scheduling.on_cluster_failure, self.platform.scheduling
        chosen = own or platform.on_cluster_failure
        return chosen == "move" and self.copies(job) < len(self.candidates(job))

    def queue(self, job: Job) -> str | None:
        """The queue that the job waits in: its own, else the platform's; None without queueing."""
        scheduling = self.platform.scheduling
        return (job.scheduling.queue or scheduling.queue) if scheduling.queueing else None

    def gpus(self, job: Job) -> int:
        """GPUs that all copies take together."""
        resources = job.resources
        per_copy = resources.instance_resources.gpu_count * resources.instance_count
        return per_copy * self.copies(job)

    def workers(self, job: Job) -> int:
        """Ray workers of all copies together."""
        return job.resources.instance_count * self.copies(job)


def variables_of(job: Job) -> frozenset[str]:
    """Every variable that the platform may set for a job; of a container none is an algorithm's."""
    algorithm = BUILT_IN.get(job.algorithm.algorithm_name)
    if job.algorithm.source == "container" or algorithm is None:
        return PLATFORM_VARIABLES
    return PLATFORM_VARIABLES | algorithm.variables
