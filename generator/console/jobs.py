"""What a command is about: which jobs of the repository, and which control plane."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from generator.check.outcome import Checked, checked
from generator.console.reporting import Color, Output
from generator.console.streams import write
from generator.diagnostics.wording import did_you_mean, nearest, visible
from generator.history.commits import Commit
from generator.history.listing import Jobs, ListedJob, jobs_with_history
from generator.karmada.client.answers import LiveError
from generator.karmada.client.control_plane import ControlPlane, connect
from generator.karmada.client.resources import RAYJOBS
from generator.karmada.job_state import key_of, read_state
from generator.repository.fleet import ObjectName, Submission
from generator.source.files import PARAMS, params_at

TenantOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="Only jobs of this directory of jobs/; repeatable, as are the next three.",
    ),
]
NamespaceOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--namespace", "-n", metavar="NAME", help="Only of this one."),
]
AlgorithmOption: TypeAlias = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Only with this one.")
]
ClusterOption: TypeAlias = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Only jobs that may run on it.")
]
SHALLOW = (
    "this is a shallow clone: what is older than its oldest commits is not known; "
    "`git fetch --unshallow` gets them"
)
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
UNREADABLE = 3
"""Exit code where Karmada cannot be read."""
KubeconfigOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--kubeconfig", metavar="FILE", help="Kubeconfig of Karmada's API server, else KUBECONFIG."
    ),
]
ContextOption: TypeAlias = Annotated[
    str | None, typer.Option("--context", help="Context of the kubeconfig, else its current one.")
]


def chosen(
    jobs: Iterable[ListedJob],
    tenant: Collection[str] | None,
    namespace: Collection[str] | None,
    algorithm: Collection[str] | None,
    cluster: Collection[str] | None,
) -> list[ListedJob]:
    """The jobs that have one of the values of each; one that is empty leaves all."""
    return [
        job
        for job in jobs
        if _is_one(job.tenant, tenant)
        and _is_one(job.namespace, namespace)
        and _is_one(job.algorithm, algorithm)
        and (not cluster or set(cluster) & set(job.clusters or ()))
    ]


def _is_one(value: str | None, wanted: Collection[str] | None) -> bool:
    return not wanted or value in wanted


def short_id(commit: Commit) -> str:
    """Return the characters of a commit's id that are shown."""
    return commit.id[:8]


def day_and_commit(commit: Commit | None) -> str:
    """Return the author's day and the commit: two words, so that columns can be counted."""
    return f"{commit.author_date[:10] or '-'} {short_id(commit)}" if commit else "- -"


def read_jobs(root: Path, color: Color, *, templates: bool = False) -> Jobs:
    """Return the repository's jobs; exit 1 with what keeps them from being listed."""
    jobs = jobs_with_history(root, templates=templates)
    if jobs.blocked:
        Output(quiet=True, color=color).refuse(jobs.blocked)
    return jobs


def job_meant(root: Path, loaded: Checked, job: str, color: Color) -> Submission:
    """Return the job that is meant; exit 1 where its file holds none, and 2 where there is none."""
    file = _file(root, job)
    submissions = loaded.fleet.submissions
    found = [
        s
        for s in submissions
        if s.file == file or (not file and job in (s.job.job_name, "/".join(s.name)))
    ]
    if len(found) == 1:
        return found[0]
    if found:
        files = ", ".join(one.file for one in found)
        message = f"several jobs are called that; give NAMESPACE/NAME, or a file: {files}"
        raise typer.BadParameter(message)
    if file is not None and file in loaded.broken:
        shown = loaded.deciding(lambda one: one == file) | {file}
        Output(quiet=True, color=color).refuse([d for d in loaded.diagnostics if d.file in shown])
    hint = did_you_mean(*nearest(job, [s.job.job_name for s in submissions]))
    words = f"there is no valid job {visible(job)}"
    raise typer.BadParameter(f"{words}; {hint or '`rayjobs list` has them'}")


def _file(root: Path, job: str) -> str | None:
    """Return the params.json that is meant, relative to the root; None where ``job`` is no path."""
    path = params_at(job)
    return None if path is None else os.path.relpath(path, root).replace(os.sep, "/")


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


def say(words: str) -> None:
    """Say on standard error what is waited for, or cannot be looked at."""
    write(f"{visible(words)}\n", sys.stderr)


@contextlib.contextmanager
def karmada(kubeconfig: str | None, context: str | None) -> Iterator[ControlPlane]:
    """The control plane; exits 3, and says why, where it or a member cannot be read."""
    try:
        yield connect(kubeconfig, context, say)
    except LiveError as problem:
        write(f"error: {visible(str(problem))}\n  hint: {problem.advice.hint}\n", sys.stderr)
        raise typer.Exit(UNREADABLE) from None
