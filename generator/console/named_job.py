"""The job that is meant on the command line, of Git or of Karmada alone."""

from __future__ import annotations

import re
from pathlib import Path

import typer

from generator.check.findings import checked
from generator.console.jobs import job_meant
from generator.console.options import Color
from generator.karmada.client.control_plane import ControlPlane
from generator.karmada.client.kinds import RAYJOBS
from generator.karmada.job_state import key_of, read_state
from generator.repository.fleet import ObjectName
from generator.source.files import PARAMS

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


def named_job(root: Path, plane: ControlPlane, job: str, color: Color) -> ObjectName:
    """Namespace and name; ``job`` is what ``rayjobs show`` takes, or a RayJob of Karmada.

    A name is looked for on Karmada first: jobs/ may hold thousands. Exits 1 where a file holds no
    valid job, and 2 where it is not clear which job is meant. LiveError.
    """
    is_file = Path(job).is_file() or Path(job, PARAMS).is_file()
    found = [] if is_file else sorted(_on_karmada(plane, job))
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join("/".join(name) for name in found)
        raise typer.BadParameter(f"several jobs are called that; say which: {names}")
    return job_meant(root, checked(root), job, color).name


def _on_karmada(plane: ControlPlane, job: str) -> set[ObjectName]:
    namespace, _, name = job.rpartition("/")
    if not _NAME.fullmatch(name) or not _NAME.fullmatch(namespace or name):
        return set()
    if namespace:
        return {(namespace, name)} if read_state(plane, namespace, name) else set()
    items = plane.items(RAYJOBS, fieldSelector=f"metadata.name={name}")
    return {key_of(one["metadata"]) for one in items if one["metadata"]["name"] == name}
