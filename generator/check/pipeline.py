"""What the commands do with a repository: validate, render, preview, check, sync."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from generator.check.outcome import (
    Checked,
    JobSummary,
    Outcome,
    adjusted,
    check_adjustments,
    checked,
    is_broken,
    placed,
    summarise,
)
from generator.diagnostics import Diagnostic, Located, has_errors, in_order, located
from generator.model.platform.algorithms import TEMPLATES
from generator.model.platform.model import FILE, Platform
from generator.render.apply import apply_plan, exclusive
from generator.render.build import build
from generator.render.conformance import Choice, ConformanceChecker, conformance_checker
from generator.render.drift import drift
from generator.render.flux import drift_for_flux, plan_for_flux
from generator.render.objects import Manifest
from generator.render.tree import RENDERED, Plan, make_plan
from generator.render.tree_rules import cannot_write
from generator.render.yaml_emitter import manifest_text
from generator.repository.fleet import Fleet
from generator.repository.loading import Progress, load, watched
from generator.rules.base.base import check_change
from generator.rules.base.change import INVALID_PLATFORM, Base, is_in
from generator.rules.fleet.shared_objects import check_fleet
from generator.rules.job.job import check_job
from generator.rules.platform.platform import check_platform
from generator.source.files import JOBS, WorkTree, is_job
from generator.source.git_tree import read_tree
from generator.source.text import Parsed


def load_base(root: Path, ref: str) -> Parsed[Base]:
    """Return what the Git ref ``ref`` holds, or None and why there is nothing to compare with.

    Jobs that are not valid there are left out: they never ran.
    """
    tree, problems = read_tree(root, ref, (JOBS, FILE, RENDERED, TEMPLATES), _is_of_base)
    if tree is None:
        return Parsed(None, problems)
    repository = load(tree, check_job)
    platform = repository.platform.value
    if platform is None or _is_invalid(platform):
        words = f'platform.yaml is not valid at "{ref}": nothing was rendered there'
        return Parsed(None, (INVALID_PLATFORM.found(words, hint="nothing is compared with it"),))
    fleet = repository.fleet_of(job for job in repository.jobs if not is_broken(job, platform))
    below = f"{RENDERED}/"
    rendered = {p.removeprefix(below): t for p, t in tree.texts.items() if p.startswith(below)}
    return Parsed(Base(ref, fleet, rendered))


def _is_of_base(path: str) -> bool:
    """Whether a file says what ran: a job, a template, platform.yaml, or a job's manifest."""
    top, *inner = path.split("/")
    if top == RENDERED:
        return len(inner) == 2 and path.endswith(".yaml")
    return path == FILE or top == TEMPLATES or is_job(path)


def _is_invalid(platform: Platform) -> bool:
    return has_errors((*check_platform(platform), *check_adjustments(platform)))


@dataclass(frozen=True, slots=True)
class Options:
    """What a run may do, and whom it tells how far it is.

    With ``allow_empty`` the last job may go, with ``keep_foreign`` what rayjobs did not write is a
    warning, and stays.
    """

    allow_empty: bool = False
    keep_foreign: bool = False
    progress: Progress | None = None


_DEFAULTS = Options()


def validate(root: Path, within: list[str], options: Options = _DEFAULTS) -> Outcome:
    """Return what is wrong with the jobs in files that lie in ``within``, all if it is empty.

    Everything is read all the same: rules across jobs need the others.
    """
    found, places = checked(root, progress=options.progress), frozenset(within)
    jobs = [job for job in _summaries(found) if _is_within(job.file, places)]
    shown = found.deciding(lambda job: _is_within(job, places))
    said = [d for d in found.diagnostics if _is_within(d.file, places) or d.file in shown]
    return Outcome(said, jobs)


def render(root: Path, options: Options = _DEFAULTS) -> Outcome:
    """Write what the jobs render to; nothing is written when there is any error."""
    return _written(root, options, _plan)


def sync_flux(root: Path, options: Options = _DEFAULTS) -> Outcome:
    """Write one Kustomization a namespace; as :func:`render` otherwise."""
    return _written(root, options, _plan_for_flux)


def preview(root: Path, options: Options = _DEFAULTS) -> Outcome:
    """Return what :func:`render` would do, without doing it."""
    return _planned(root, _checked(root, options), options, _plan)


def check(
    root: Path,
    *,
    conformance: Choice = "auto",
    kubeconform: str | None = None,
    base: str | None = None,
    allow_edits: bool = False,
    options: Options = _DEFAULTS,
) -> Outcome:
    """Validate, then find what in rendered/ is not what would be rendered, then conformance.

    With ``base``, a Git ref, also what becomes of jobs that exist there; ``allow_edits`` lets
    them be edited under their names.
    """
    repository = _checked(root, options)
    checker = conformance_checker(conformance, root, kubeconform)
    outcome = _planned(root, repository, options, partial(_plan, checker=checker))
    found = _changes(root, repository, base, allow_edits=allow_edits) if base is not None else []
    if outcome.plan is not None:
        found += map(located, drift(outcome.plan))
        flux = drift_for_flux(root, repository.fleet, allow_empty=options.allow_empty)
        found += map(located, flux)
    outcome.diagnostics = in_order([*outcome.diagnostics, *found])
    return outcome


def _checked(root: Path, options: Options) -> Checked:
    return checked(root, allow_no_jobs=options.allow_empty, progress=options.progress)


def _summaries(repository: Checked) -> Iterator[JobSummary]:
    fleet = repository.fleet
    return (summarise(fleet.resolved(submission)) for submission in fleet.submissions)


def _is_within(file: str | None, within: Collection[str]) -> bool:
    return not within or file is None or "." in within or is_in(file, within)


_Planner: TypeAlias = Callable[[Path, Fleet, Options], tuple[Plan, list[Diagnostic]]]
"""Gives the plan, and what else is found on the way."""


def _written(root: Path, options: Options, planner: _Planner) -> Outcome:
    try:
        with exclusive(root):
            outcome = _planned(root, _checked(root, options), options, planner)
            if not outcome.failed and outcome.plan is not None:
                outcome.diagnostics += map(located, apply_plan(root, outcome.plan))
                outcome.applied = not outcome.failed
            return outcome
    except OSError as problem:
        return Outcome([located(cannot_write(str(problem.filename or root), problem))])


def _planned(root: Path, repository: Checked, options: Options, planner: _Planner) -> Outcome:
    """Return the outcome with its plan, which is None when the jobs have errors."""
    jobs = list(_summaries(repository))
    if has_errors(repository.diagnostics):
        return Outcome(repository.diagnostics, jobs)
    plan, found = planner(root, repository.fleet, options)
    every = [*repository.diagnostics, *map(located, (*found, *plan.diagnostics))]
    return Outcome(in_order(every), jobs, plan)


def _plan(
    root: Path, fleet: Fleet, options: Options, checker: ConformanceChecker | None = None
) -> tuple[Plan, list[Diagnostic]]:
    """The plan for rendered/; a ``checker`` looks at each manifest as it is built."""
    texts: dict[str, bytes] = {}

    built = watched(build(fleet), "rendering", len(fleet.submissions), options.progress)

    def kept_as_text() -> Iterator[Manifest]:
        # Of thousands the objects are not kept.
        for manifest in built:
            texts[manifest.path] = manifest_text(manifest).encode()
            yield manifest

    manifests = kept_as_text()
    found = list(checker.check(manifests)) if checker else []
    for _ in manifests:  # those that nobody looked at
        pass
    empty, foreign = options.allow_empty, options.keep_foreign
    return make_plan(root, texts, allow_empty=empty, keep_foreign=foreign), found


def _plan_for_flux(root: Path, fleet: Fleet, options: Options) -> tuple[Plan, list[Diagnostic]]:
    """The plan for the Kustomizations: too few to tell how far it is."""
    empty, foreign = options.allow_empty, options.keep_foreign
    return plan_for_flux(root, fleet, allow_empty=empty, keep_foreign=foreign), []


def _changes(root: Path, now: Checked, ref: str, *, allow_edits: bool) -> list[Located]:
    """What the change from ``ref`` to what there is now does to jobs that exist."""
    base, problems = load_base(root, ref)
    if base is None or FILE in now.broken:
        return [*map(located, problems)]
    found = check_change(base, now.fleet, now.broken, allow_edits=allow_edits)
    return placed(found, now.repository.jobs, now.repository.files)


def problems_of_new(root: Path, texts: Mapping[str, str]) -> dict[str, list[Located]]:
    """Return what would be wrong with each job of ``texts``, by file, beside those there.

    What is wrong in another file, a template's, is by the name of that.
    """
    repository = load(WorkTree(root), check_job, overlay=texts)
    if repository.platform.value is None:
        # Whether a job is valid is for platform.yaml to say.
        wrong = placed(repository.platform.problems, (), repository.files)
        return dict.fromkeys(texts, in_order(wrong))
    jobs = repository.jobs[len(repository.jobs) - len(texts) :]
    new = repository.fleet_of(jobs).submissions
    found = [problem for job in jobs for problem in job.problems]
    if new:
        found += (one for one in check_fleet(repository.fleet) if one.judged_file in texts)
    weighed = adjusted(found, new, repository.platform.value)
    by_file: dict[str, list[Located]] = {file: [] for file in texts}
    for problem in in_order(placed(weighed, jobs, repository.files)):
        by_file.setdefault(problem.file or "", []).append(problem)
    return by_file
