"""All jobs of a repository together, with the platform they run on and what they share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from generator.algorithms import BUILT_IN
from generator.diagnostics import Location
from generator.fields.labels import PLATFORM_VARIABLES
from generator.model.job.job import Job
from generator.model.platform.model import Platform
from generator.model.platform.storage import DeclaredClaim, ExistingClaim, ExternalKeys, SecretKeys
from generator.model.template import JobFile, Merged
from generator.repository.resolved_job import Defaults, ResolvedJob

S3_KEYS = "the Secret with the S3 keys"
PULLING = "the Secret that images are pulled with"


@dataclass(frozen=True, slots=True)
class Made:
    """The settings of a Secret that an ExternalSecret makes in each member."""

    keys: SecretKeys
    external: ExternalKeys


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """A Secret that is brought into the members, once for all jobs of its namespace.

    ``made`` is None of one that is propagated from the control plane. ``clusters`` are sorted.
    """

    namespace: str
    name: str
    purpose: str
    clusters: list[str]
    made: Made | None


def shared_secrets(jobs: Iterable[ResolvedJob]) -> dict[tuple[str, str], SharedSecret]:
    """Return what is rendered for the jobs' Secrets, by namespace and name, sorted.

    Secrets that the members have already are left out.
    """
    clusters: dict[tuple[str, str], set[str]] = defaultdict(set)
    about: dict[tuple[str, str], tuple[str, Made | None]] = {}
    for one in jobs:
        for name, purpose, made in _brought(one):
            key = one.job.namespace, name
            clusters[key].update(one.job.target_clusters)
            about.setdefault(key, (purpose, made))
    return {
        key: SharedSecret(*key, about[key][0], sorted(clusters[key]), about[key][1])
        for key in sorted(clusters)
    }


def _brought(one: ResolvedJob) -> Iterator[tuple[str, str, Made | None]]:
    keys = one.credentials
    if keys.source != "members":
        external = keys.external if keys.source == "external" else None
        yield keys.secret_name, S3_KEYS, Made(keys, external) if external else None
    for pulling in one.platform.pods.image_pull_secrets:
        if pulling.source == "control-plane":
            yield pulling.name, PULLING, None


ObjectName: TypeAlias = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True, slots=True, eq=False)
class Submission:
    """A job, the file that describes it, relative to the root, and what its template gave it."""

    file: str
    job: Job
    merged: Merged | None = None

    @property
    def name(self) -> ObjectName:
        """Namespace and name of its RayJob."""
        return self.job.namespace, self.job.job_name

    def at(self, pointer: str, *, on_key: bool = False) -> Location:
        """Return where a value of the job stands: in its file, or in that of its template."""
        return JobFile(self.file, self.merged).at(pointer, on_key=on_key)

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
    def _defaults(self) -> Defaults:
        return Defaults(self.platform)

    @cached_property
    def _resolved(self) -> dict[Submission, ResolvedJob]:
        return {one: self._with_defaults(one) for one in self.submissions}

    def resolved(self, submission: Submission) -> ResolvedJob:
        """Return the job as it counts here; what is worked out of the fleet's own jobs is kept."""
        return self._resolved.get(submission) or self._with_defaults(submission)

    def _with_defaults(self, one: Submission) -> ResolvedJob:
        return ResolvedJob(one.job, self._defaults, one.file, one.tenant, one.merged)

    @cached_property
    def claims(self) -> dict[ObjectName, SharedClaim]:
        """Every claim that a job names or the platform declares, by namespace and name."""
        users: dict[ObjectName, list[Submission]] = defaultdict(list)
        for submission in self.submissions:
            if name := self.resolved(submission).claim_name:
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
    def secrets(self) -> dict[ObjectName, SharedSecret]:
        """Every Secret that is brought into the members, by namespace and name, sorted."""
        return shared_secrets(map(self.resolved, self.submissions))

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


def variables_of(job: Job) -> frozenset[str]:
    """Every variable that the platform may set for a job; of a container none is an algorithm's."""
    algorithm = BUILT_IN.get(job.algorithm.algorithm_name)
    if job.algorithm.source == "container" or algorithm is None:
        return PLATFORM_VARIABLES
    return PLATFORM_VARIABLES | algorithm.variables
