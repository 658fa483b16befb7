"""The jobs of a repository, each with the RayJob that rendered/ holds for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from generator.fleet import Fleet, ObjectName, Submission
from generator.live.control_plane import Object
from generator.manifests.build import job_manifest
from generator.output.tree import RENDERED
from generator.output.yaml_emitter import manifest_text
from generator.pipeline import Loaded
from generator.platform.model import FILE
from generator.source.reading import read_bytes
from generator.source.yaml_document import decode_yaml

_DOCUMENT = re.compile(r"^---$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class GitJob:
    """A job of Git. ``rendered`` is its RayJob in rendered/; None where there is none.

    ``file`` and ``tenant`` are None of one that only rendered/ has, such as one whose params.json
    is broken by now.
    """

    namespace: str
    name: str
    file: str | None = None
    tenant: str | None = None
    rendered: Object | None = None


def git_jobs(root: Path, loaded: Loaded, chosen: Iterable[Submission]) -> Iterator[GitJob]:
    """The jobs of ``chosen``, of the repository at ``root``."""
    for submission in chosen:
        # What has errors cannot be rendered; what was rendered before it had them is still there.
        is_sound = not loaded.broken & {FILE, submission.file}
        fleet = loaded.fleet if is_sound else None
        rendered = _ray_job(root, submission.name, fleet, submission)
        yield GitJob(*submission.name, submission.file, submission.tenant, rendered)


def rendered_only(root: Path, name: ObjectName) -> GitJob | None:
    """The RayJob ``name`` of rendered/, where no job of jobs/ has it; None where it has neither."""
    if any("/" in part for part in name):  # what Karmada says leads out of rendered/
        return None
    rendered = _ray_job(root, name)
    return None if rendered is None else GitJob(*name, rendered=rendered)


def _ray_job(
    root: Path,
    name: ObjectName,
    fleet: Fleet | None = None,
    submission: Submission | None = None,
) -> Object | None:
    data, _ = read_bytes(root, f"{RENDERED}/{'/'.join(name)}.yaml")
    if data is None:
        return None
    if fleet is not None and submission is not None:
        manifest = job_manifest(submission, fleet)
        # Building and writing it takes a hundredth of the time that reading YAML takes.
        if manifest_text(manifest).encode() == data:
            return dict(manifest.objects[0])
    return _first_ray_job(data.decode("utf-8", "replace"))


def _first_ray_job(text: str) -> Object | None:
    for document in map(decode_yaml, _DOCUMENT.split(text)):
        value = document.value
        if isinstance(value, dict) and value.get("kind") == "RayJob" and not document.problems:
            return value
    return None
