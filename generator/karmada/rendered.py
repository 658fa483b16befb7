"""What rendered/ holds, as a sync engine reads it, and the jobs of a repository with their part."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from generator.check.outcome import Checked
from generator.diagnostics import has_errors
from generator.karmada.client.control_plane import Object
from generator.karmada.client.shapes import Policy, flaw
from generator.model.platform.model import FILE
from generator.render.build import build, job_manifest
from generator.render.objects import Manifest
from generator.render.tree import RENDERED
from generator.render.yaml_emitter import manifest_text
from generator.repository.fleet import Fleet, ObjectName, Submission
from generator.repository.resolved_job import ResolvedJob
from generator.source.text import read_bytes
from generator.source.yaml_document import decode_yaml_documents

ObjectKey: TypeAlias = tuple[str, str, str]
"""Kind, namespace and name; what is in no namespace has "" for it."""


@dataclass(frozen=True, slots=True)
class RenderedObject:
    """An object and its file, relative to the root."""

    file: str
    value: Object

    @property
    def kind(self) -> tuple[str, str]:
        """apiVersion and kind."""
        return self.value["apiVersion"], self.value["kind"]

    @property
    def key(self) -> ObjectKey:
        """By which it is found on Karmada."""
        return key_of_object(self.value["kind"], self.value)

    @property
    def words(self) -> str:
        """``RayJob default/train-1``."""
        return in_words(self.key)


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


def key_of_object(kind: str, value: Object) -> ObjectKey:
    """Return the key of an object; lists leave the kind out of their objects."""
    metadata = value["metadata"]
    return kind, metadata.get("namespace", ""), metadata["name"]


def in_words(key: ObjectKey) -> str:
    """Return ``RayJob default/train-1``."""
    kind, namespace, name = key
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


def rendered_objects(root: Path, loaded: Checked) -> Iterator[RenderedObject]:
    """Yield every object of rendered/, by file; what is no Kubernetes object is left out."""
    built = {manifest.path: manifest for manifest in _manifests(loaded)}
    for path in _files(root):
        file = f"{RENDERED}/{path}"
        data, _ = read_bytes(root, file)
        if data is not None:
            for value in filter(_is_object, _objects(data, built.get(path))):
                yield RenderedObject(file, value)


def git_jobs(
    root: Path, fleet: Fleet, broken: Collection[str], chosen: Iterable[Submission]
) -> Iterator[GitJob]:
    """Yield the jobs of ``chosen``, of the repository at ``root``.

    ``broken`` are files with errors.
    """
    for submission in chosen:
        # What has errors cannot be rendered; what was rendered before it had them is still there.
        is_sound = FILE not in broken and submission.file not in broken
        resolved = fleet.resolved(submission) if is_sound else None
        objects = _job_objects(root, submission.name, resolved)
        shared = tuple(_shared(resolved, fleet)) if resolved else ()
        yield GitJob(*submission.name, submission.file, submission.tenant, *objects, shared)


def rendered_only(root: Path, name: ObjectName) -> GitJob | None:
    """Return the RayJob ``name`` of rendered/ that no job of jobs/ has; None where it has none."""
    if any("/" in part for part in name):  # what Karmada says leads out of rendered/
        return None
    rendered, policy = _job_objects(root, name)
    return None if rendered is None else GitJob(*name, rendered=rendered, policy=policy)


def _manifests(loaded: Checked) -> Iterator[Manifest]:
    """Yield what can be rendered: of a broken repository the jobs without errors."""
    if not has_errors(loaded.diagnostics):
        yield from build(loaded.fleet)
        return
    for submission in loaded.fleet.submissions:
        if not loaded.broken & {FILE, submission.file}:
            yield job_manifest(loaded.fleet.resolved(submission))


def _files(root: Path) -> list[str]:
    top = root / RENDERED
    return sorted(
        os.path.relpath(os.path.join(directory, name), top).replace(os.sep, "/")
        for directory, _, names in os.walk(top)
        for name in names
        if name.endswith((".yaml", ".yml"))
    )


def _shared(one: ResolvedJob, fleet: Fleet) -> Iterator[ObjectKey]:
    namespace = one.job.namespace
    claim = fleet.claims.get((namespace, one.claim_name or ""))
    if claim is not None and claim.is_rendered:
        yield "PersistentVolumeClaim", claim.namespace, claim.name
    pulling = (secret.name for secret in fleet.platform.pods.image_pull_secrets)
    for name in dict.fromkeys((one.credentials.secret_name, *pulling)):
        secret = fleet.secrets.get((namespace, name))
        if secret is not None:
            yield "ExternalSecret" if secret.made else "Secret", namespace, name


def _job_objects(
    root: Path, name: ObjectName, resolved: ResolvedJob | None = None
) -> tuple[Object | None, Object | None]:
    """Return the first RayJob, and the first PropagationPolicy that can be understood."""
    data, _ = read_bytes(root, f"{RENDERED}/{'/'.join(name)}.yaml")
    if data is None:
        return None, None
    found: dict[str, Object] = {}
    for one in _objects(data, job_manifest(resolved) if resolved else None):
        kind = one.get("kind")
        if kind == "RayJob" or (kind == "PropagationPolicy" and not flaw(Policy, one)):
            found.setdefault(kind, one)
    return found.get("RayJob"), found.get("PropagationPolicy")


def _objects(data: bytes, built: Manifest | None) -> Iterator[Object]:
    """Yield the objects of a file of rendered/, of which ``built`` is what render writes now."""
    # Building and writing a file takes a hundredth of the time that reading its YAML takes.
    if built is not None and manifest_text(built).encode() == data:
        yield from map(dict, built.objects)
        return
    for document in decode_yaml_documents(data.decode("utf-8", "replace")):
        if isinstance(document.value, dict) and not document.problems:
            yield document.value


def _is_object(value: Object) -> bool:
    metadata = value.get("metadata")
    is_named = isinstance(metadata, dict) and isinstance(metadata.get("name"), str)
    return is_named and all(isinstance(value.get(key), str) for key in ("apiVersion", "kind"))
