"""Secrets that jobs of a namespace share: who needs which, and on which clusters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from generator.model.platform.credentials import ExternalKeys, SecretKeys
from generator.repository.resolved_job import ResolvedJob

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
