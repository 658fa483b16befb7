"""The jobs of a repository that commands read: all of them with their history, or one."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from generator.check.findings import Checked
from generator.console.options import Color
from generator.console.reporting import Output
from generator.diagnostics.characters import visible
from generator.diagnostics.names import nearest
from generator.diagnostics.wording import did_you_mean
from generator.history.listing import Jobs, jobs_with_history
from generator.history.simplification import Commit
from generator.repository.fleet import Submission
from generator.source.files import params_at

SHALLOW = (
    "this is a shallow clone: what is older than its oldest commits is not known; "
    "`git fetch --unshallow` gets them"
)
_SHORT_ID = 8


def short_id(commit: Commit) -> str:
    """Return the characters of a commit's id that are shown."""
    return commit.id[:_SHORT_ID]


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
        raise typer.BadParameter(
            f"several jobs are called that; give NAMESPACE/NAME, or a file: {files}"
        )
    if file is not None and file in loaded.broken:
        shown = loaded.deciding(lambda one: one == file) | {file}
        Output(quiet=True, color=color).refuse([d for d in loaded.diagnostics if d.file in shown])
    raise typer.BadParameter(_unknown(job, [s.job.job_name for s in submissions]))


def _file(root: Path, job: str) -> str | None:
    """Return the params.json that is meant, relative to the root; None where ``job`` is no path."""
    path = params_at(job)
    if path is None:
        return None
    return os.path.relpath(path, root).replace(os.sep, "/")


def _unknown(job: str, names: list[str]) -> str:
    hint = did_you_mean(*nearest(job, names)) or "`rayjobs list` has them"
    return f"there is no valid job {visible(job)}; {hint}"
