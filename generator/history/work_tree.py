"""The jobs of the work tree, each judged by itself: what is listed needs no rules across jobs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from generator.checks.adjustments import adjusted
from generator.diagnostics import Diagnostic, has_errors
from generator.fleet import Fleet, Submission
from generator.judging import judged
from generator.pipeline import Progress
from generator.platform.model import Platform
from generator.platform.validation import load_platform
from generator.source.files import JOBS, NO_JOBS, find_jobs
from generator.source.reading import read_text
from generator.templates.template import Templates, load_templates


@dataclass(slots=True)
class WorkTree:
    """The jobs that could be read, and the files of those that are broken.

    A job of ``fleet`` is broken too where it breaks a rule by itself. ``blocked`` says what keeps
    all jobs from being read: platform.yaml, or jobs/ itself.
    """

    fleet: Fleet
    templates: Templates
    broken: set[str] = field(default_factory=set)
    blocked: list[Diagnostic] = field(default_factory=list)


def read_work_tree(root: Path, *, allow_no_jobs: bool, progress: Progress | None) -> WorkTree:
    """The jobs below ``root/jobs``; ``allow_no_jobs`` where there may be no such directory."""
    platform, _, problems = load_platform(root)
    found = find_jobs(root)
    blocked = [] if platform is not None else problems
    blocked += (
        one
        for one in found.diagnostics
        if one.is_error and one.file == JOBS and not (allow_no_jobs and one.rule == NO_JOBS.id)
    )
    tree = WorkTree(Fleet((), platform or Platform()), load_templates(root, platform))
    tree.blocked = blocked
    if not blocked:
        tree.fleet = Fleet(tuple(_jobs(root, found.files, tree, progress)), tree.fleet.platform)
    return tree


def _jobs(
    root: Path, files: list[str], tree: WorkTree, progress: Progress | None
) -> Iterator[Submission]:
    """The jobs that can be read; the files of broken ones are added to those of the tree."""
    platform = tree.fleet.platform
    for done, file in enumerate(files):
        if progress is not None:
            progress("reading", done, len(files))
        text, _ = read_text(root, file)
        one = judged(text, platform, tree.templates) if text is not None else None
        if one is None or one.job is None:
            tree.broken.add(file)
            continue
        submission = Submission(file, one.job, one.merged)
        if _is_broken(submission, one.problems, platform):
            tree.broken.add(file)
        yield submission


def _is_broken(one: Submission, problems: list[Diagnostic], platform: Platform) -> bool:
    """Whether there is an error once platform.yaml and the job have weighed the rules."""
    if not platform.rules and not one.job.rayjobs:
        return has_errors(problems)
    found = [problem.in_file(one.file) for problem in problems]
    return has_errors(adjusted(found, [one], platform))
