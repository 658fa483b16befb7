"""Secrets that jobs of a namespace share: who needs which, and on which clusters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from generator.params.job import Job
from generator.platform.credentials import SecretKeys, canonical_endpoint
from generator.platform.model import Platform

S3_KEYS = "the Secret with the S3 keys"
PULLING = "the Secret that images are pulled with"


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """A Secret that is brought into the members, once for all jobs of its namespace.

    ``keys`` are the settings of one that an ExternalSecret makes there; None for one that is
    propagated from the control plane. ``clusters`` are sorted.
    """

    namespace: str
    name: str
    purpose: str
    clusters: list[str]
    keys: SecretKeys | None


class SecretChoice:
    """Which Secrets platform.yaml gives a job."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @cached_property
    def _by_endpoint(self) -> dict[str, SecretKeys]:
        chosen: dict[str, SecretKeys] = {}
        for profile in self._platform.credentials.profiles:
            for endpoint in profile.endpoints:
                chosen.setdefault(canonical_endpoint(endpoint), profile)
        return chosen

    def credentials(self, job: Job) -> SecretKeys:
        """The Secret with the keys of the job's object storage."""
        default = self._platform.credentials
        if not default.profiles:
            return default
        endpoint = canonical_endpoint(job.input_data_config[0].endpoint)
        return self._by_endpoint.get(endpoint, default)

    def shared(self, jobs: Iterable[Job]) -> dict[tuple[str, str], SharedSecret]:
        """What is rendered for the jobs' Secrets, by namespace and name, sorted.

        Secrets that the members have already are left out.
        """
        clusters: dict[tuple[str, str], set[str]] = defaultdict(set)
        about: dict[tuple[str, str], tuple[str, SecretKeys | None]] = {}
        for job in jobs:
            for name, purpose, keys in self._brought(job):
                clusters[job.namespace, name].update(job.target_clusters)
                about.setdefault((job.namespace, name), (purpose, keys))
        return {
            key: SharedSecret(*key, about[key][0], sorted(clusters[key]), about[key][1])
            for key in sorted(clusters)
        }

    def _brought(self, job: Job) -> Iterable[tuple[str, str, SecretKeys | None]]:
        keys = self.credentials(job)
        if keys.source != "members":
            external = keys if keys.source == "external" else None
            yield keys.secret_name, S3_KEYS, external
        for pulling in self._platform.pods.image_pull_secrets:
            if pulling.source == "control-plane":
                yield pulling.name, PULLING, None
