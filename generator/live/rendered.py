"""The jobs of a repository, each with what rendered/ holds for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from generator.fleet import Fleet, ObjectName, Submission
from generator.live.control_plane import Object
from generator.live.rendered_objects import ObjectKey
from generator.live.shapes import Policy, flaw
from generator.manifests.build import job_manifest
from generator.output.tree import RENDERED
from generator.output.yaml_emitter import manifest_text
from generator.params.job import Job
from generator.pipeline import Loaded
from generator.platform.model import FILE
from generator.source.reading import read_bytes
from generator.source.yaml_document import decode_yaml

_DOCUMENT = re.compile(r"^---$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class GitJob:
    """A job of Git. ``rendered`` is its RayJob in rendered/; None where there is none.

    ``file`` and ``tenant`` are None of one that only rendered/ has, such as one whose params.json
    is broken by now. Of such a one it is not known what it shares.
    """

    namespace: str
    name: str
    file: str | None = None
    tenant: str | None = None
    rendered: Object | None = None
    policy: Object | None = None
    """The PropagationPolicy of the RayJob in rendered/."""
    shared: tuple[ObjectKey, ...] = ()
    """The claim and the Secrets that it needs and for which rendered/ has policies."""


def git_jobs(root: Path, loaded: Loaded, chosen: Iterable[Submission]) -> Iterator[GitJob]:
    """The jobs of ``chosen``, of the repository at ``root``."""
    for submission in chosen:
        # What has errors cannot be rendered; what was rendered before it had them is still there.
        is_sound = not loaded.broken & {FILE, submission.file}
        fleet = loaded.fleet if is_sound else None
        objects = _objects(root, submission.name, fleet, submission)
        shared = tuple(_shared(submission.job, fleet)) if fleet else ()
        yield GitJob(*submission.name, submission.file, submission.tenant, *objects, shared)


def rendered_only(root: Path, name: ObjectName) -> GitJob | None:
    """The RayJob ``name`` of rendered/, where no job of jobs/ has it; None where it has neither."""
    if any("/" in part for part in name):  # what Karmada says leads out of rendered/
        return None
    rendered, policy = _objects(root, name)
    return None if rendered is None else GitJob(*name, rendered=rendered, policy=policy)


def _shared(job: Job, fleet: Fleet) -> Iterator[ObjectKey]:
    claim = fleet.claims.get((job.namespace, fleet.claim_name(job) or ""))
    if claim is not None and claim.is_rendered:
        yield "PersistentVolumeClaim", claim.namespace, claim.name
    pulling = (one.name for one in fleet.platform.pods.image_pull_secrets)
    for name in dict.fromkeys((fleet.credentials(job).secret_name, *pulling)):
        secret = fleet.secrets.get((job.namespace, name))
        if secret is not None:
            yield "ExternalSecret" if secret.keys else "Secret", job.namespace, name


def _objects(
    root: Path,
    name: ObjectName,
    fleet: Fleet | None = None,
    submission: Submission | None = None,
) -> tuple[Object | None, Object | None]:
    """The RayJob and the PropagationPolicy of a job's file in rendered/."""
    data, _ = read_bytes(root, f"{RENDERED}/{'/'.join(name)}.yaml")
    if data is None:
        return None, None
    if fleet is not None and submission is not None:
        manifest = job_manifest(submission, fleet)
        # Building and writing it takes a hundredth of the time that reading YAML takes.
        if manifest_text(manifest).encode() == data:
            return _chosen(map(dict, manifest.objects))
    return _chosen(_read(data.decode("utf-8", "replace")))


def _chosen(objects: Iterable[Object]) -> tuple[Object | None, Object | None]:
    """The first RayJob, and the first PropagationPolicy that can be understood."""
    found: dict[str, Object] = {}
    for one in objects:
        kind = one.get("kind")
        if kind == "RayJob" or (kind == "PropagationPolicy" and not flaw(Policy, one)):
            found.setdefault(kind, one)
    return found.get("RayJob"), found.get("PropagationPolicy")


def _read(text: str) -> Iterator[Object]:
    for document in map(decode_yaml, _DOCUMENT.split(text)):
        if isinstance(document.value, dict) and not document.problems:
            yield document.value
