"""The stages joined: find, read, validate, check, build, emit, plan, write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, TypeVar

from generator.changes.base import INVALID_PLATFORM, Base
from generator.changes.base_rules import check_change
from generator.checks.adjustments import adjusted, check_adjustments
from generator.checks.fleet_rules import check_fleet
from generator.checks.job_rules import check_job
from generator.checks.platform_rules import check_platform
from generator.diagnostics import Diagnostic, has_errors, in_order
from generator.fleet import Fleet, Submission
from generator.manifests.build import build
from generator.manifests.objects import Manifest
from generator.outcome import Outcome, summarise
from generator.output.apply import apply_plan, exclusive
from generator.output.conformance import Choice, conformance_checker
from generator.output.drift import drift
from generator.output.kustomizations import drift_for_flux, plan_for_flux
from generator.output.tree import RENDERED, Plan, cannot_write, make_plan
from generator.output.yaml_emitter import manifest_text
from generator.params.job import Job
from generator.params.validation import job_from
from generator.platform.model import FILE, Platform
from generator.platform.validation import load_platform, platform_from
from generator.source.files import JOBS, NO_JOBS, PARAMS, find_jobs
from generator.source.git_tree import GitTree, read_tree
from generator.source.json_document import decode
from generator.source.locate import locate_at, locate_in_json
from generator.source.reading import read_text

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told what is being done, to how many jobs, of how many; where it is None nobody is."""

_Item = TypeVar("_Item")


@dataclass(slots=True)
class Loaded:
    """A repository that was read: its valid jobs with the platform, and what is wrong."""

    fleet: Fleet
    diagnostics: list[Diagnostic] = field(default_factory=list)


def load(root: Path, *, allow_no_jobs: bool = False, progress: Progress | None = None) -> Loaded:
    """Find, read, validate and check everything below ``root``."""
    platform, platform_text, platform_problems = load_platform(root)
    found = find_jobs(root)
    diagnostics = [d for d in found.diagnostics if not (allow_no_jobs and d.rule == NO_JOBS.id)]
    texts: dict[str, str] = {FILE: platform_text}
    submissions: list[Submission] = []
    for file in _watched(found.files, "reading", len(found.files), progress):
        diagnostics += _load_job(root, file, platform or Platform(), texts, submissions)
    fleet = Fleet(tuple(submissions), platform or Platform())
    # Without the platform, what it decides cannot be judged: its own errors come first.
    if platform is not None:
        diagnostics += check_platform(platform)
        diagnostics += check_adjustments(platform)
        diagnostics += check_fleet(fleet)
    weighed = adjusted(diagnostics, submissions, fleet.platform)
    return Loaded(fleet, in_order([*platform_problems, *_located(weighed, texts)]))


def _watched(
    items: Iterable[_Item], doing: str, total: int, progress: Progress | None
) -> Iterator[_Item]:
    """The items, while ``progress`` is told how many are done; of jobs there are ``total``."""
    for done, item in enumerate(items):
        if progress is not None:
            progress(doing, min(done, total), total)
        yield item


def _broken(diagnostics: Iterable[Diagnostic]) -> set[str]:
    """The files and directories with errors of their own, not of jobs against each other."""
    errors = (d for d in diagnostics if d.is_error and not d.rule.startswith("fleet/"))
    return {found.file for found in errors if found.file}


def _load_job(
    root: Path,
    file: str,
    platform: Platform,
    texts: dict[str, str],
    submissions: list[Submission],
) -> list[Diagnostic]:
    """Read one job into ``submissions``, its text into ``texts``; gives what is wrong with it."""
    text, unreadable = read_text(root, file)
    if text is None:
        return [unreadable] if unreadable else []
    texts[file] = text
    job, problems = _judged(text, platform)
    if job is not None:
        submissions.append(Submission(file, job))
    return [problem.in_file(file) for problem in problems]


def problems_of_new(root: Path, file: str, text: str) -> list[Diagnostic]:
    """What would be wrong with the job in ``text`` if it stood in ``file`` beside the others."""
    others = load(root, allow_no_jobs=True).fleet
    job, problems = _judged(text, others.platform)
    found = [problem.in_file(file) for problem in problems]
    if job is not None and not has_errors(problems):
        fleet = Fleet((*others.submissions, Submission(file, job)), others.platform)
        found += (d for d in check_fleet(fleet) if d.file == file)
    return in_order(_located(found, {file: text}))


def _judged(text: str, platform: Platform) -> tuple[Job | None, list[Diagnostic]]:
    """The job in ``text``, and what is wrong with it; only errors of reading have a line."""
    document, problems = decode(text)
    if problems:
        return None, problems
    job, problems = job_from(document)
    if job is not None:
        problems = list(check_job(job, platform, text))
    return job, problems


def load_base(root: Path, ref: str) -> tuple[Base | None, list[Diagnostic]]:
    """What the Git ref ``ref`` holds, or None and why there is nothing to compare with.

    Jobs that are not valid there are left out: they never ran.
    """
    tree, problems = read_tree(root, ref, (JOBS, FILE, RENDERED), _is_of_base)
    if tree is None:
        return None, problems
    platform = _platform_in(tree)
    if platform is None:
        words = f'platform.yaml is not valid at "{ref}": nothing was rendered there'
        return None, [INVALID_PLATFORM.found(words, hint="nothing is compared with it")]
    submissions: list[Submission] = []
    for file in sorted(path for path in tree.texts if path.startswith(f"{JOBS}/")):
        job, found = _judged(tree.texts[file], platform)
        problems += (problem.in_file(file) for problem in found)
        if job is not None:
            submissions.append(Submission(file, job))
    invalid = _broken(adjusted(problems, submissions, platform))
    valid = tuple(s for s in submissions if s.file not in invalid)
    below = f"{RENDERED}/"
    rendered = {p.removeprefix(below): t for p, t in tree.texts.items() if p.startswith(below)}
    return Base(ref, Fleet(valid, platform), rendered), []


def _is_of_base(path: str) -> bool:
    """Whether a file says what ran: a job, platform.yaml, or a job's manifest."""
    top, *inner = path.split("/")
    if top == RENDERED:
        return len(inner) == 2 and path.endswith(".yaml")
    return path == FILE or (top == JOBS and inner[-1:] == [PARAMS])


def _platform_in(tree: GitTree) -> Platform | None:
    if FILE not in tree.texts:
        return None if FILE in tree.unusable else Platform()
    platform, _ = platform_from(tree.texts[FILE])
    if platform is None or has_errors((*check_platform(platform), *check_adjustments(platform))):
        return None
    return platform


def _changes(root: Path, loaded: Loaded, ref: str, *, allow_edits: bool) -> list[Diagnostic]:
    """What the change from ``ref`` to what was loaded does to jobs that exist."""
    base, problems = load_base(root, ref)
    broken = _broken(loaded.diagnostics)
    if base is None or FILE in broken:
        return problems
    found = list(check_change(base, loaded.fleet, broken, allow_edits=allow_edits))
    # Read again: only these few files are needed, and only for their lines.
    files = {d.file for d in found if d.file and d.pointer is not None}
    return _located(found, {file: read_text(root, file)[0] or "" for file in files})


def _located(diagnostics: Iterable[Diagnostic], texts: dict[str, str]) -> list[Diagnostic]:
    by_file: dict[str | None, list[Diagnostic]] = defaultdict(list)
    for diagnostic in diagnostics:
        by_file[diagnostic.file].append(diagnostic)
    located: list[Diagnostic] = []
    for file, same in by_file.items():
        text = texts.get(file or "", "")
        if not text:
            located += same
        elif file == FILE:
            located += _located_in_platform(same, text)
        else:
            located += locate_in_json(same, text)
    return located


def _located_in_platform(diagnostics: list[Diagnostic], text: str) -> list[Diagnostic]:
    from generator.source.yaml_document import decode_yaml

    return locate_at(diagnostics, text, decode_yaml(text).positions)


def validate(root: Path, within: list[str], *, progress: Progress | None = None) -> Outcome:
    """What is wrong with the jobs, said only of the files that lie in ``within`` (all if empty).

    Everything is read all the same: rules across jobs need the others.
    """
    loaded = load(root, progress=progress)
    fleet = loaded.fleet
    jobs = [summarise(s, fleet) for s in fleet.submissions if _is_within(s.file, within)]
    return Outcome([d for d in loaded.diagnostics if _is_within(d.file, within)], jobs)


def _is_within(file: str | None, within: list[str]) -> bool:
    if not within or file is None:
        return True
    return any(place in (".", file) or file.startswith(f"{place}/") for place in within)


def render(root: Path, *, allow_empty: bool = False, progress: Progress | None = None) -> Outcome:
    """Write what the jobs render to; nothing is written when there is any error."""
    return _written(root, _planned, allow_empty=allow_empty, progress=progress)


def sync_flux(
    root: Path, *, allow_empty: bool = False, progress: Progress | None = None
) -> Outcome:
    """Write one Kustomization a namespace; nothing is written when there is any error."""
    return _written(root, _planned_for_flux, allow_empty=allow_empty, progress=progress)


def _written(
    root: Path,
    planned: Callable[..., Outcome],
    *,
    allow_empty: bool,
    progress: Progress | None,
) -> Outcome:
    try:
        with exclusive(root):
            loaded = load(root, allow_no_jobs=allow_empty, progress=progress)
            outcome = planned(root, loaded, allow_empty=allow_empty, progress=progress)
            if not outcome.failed and outcome.plan is not None:
                outcome.diagnostics += apply_plan(root, outcome.plan)
                outcome.applied = not outcome.failed
            return outcome
    except OSError as problem:
        return Outcome([cannot_write(str(problem.filename or root), problem)])


def preview(root: Path, *, allow_empty: bool = False, progress: Progress | None = None) -> Outcome:
    """What :func:`render` would do, without doing it."""
    loaded = load(root, allow_no_jobs=allow_empty, progress=progress)
    return _planned(root, loaded, allow_empty=allow_empty, progress=progress)


def check(
    root: Path,
    *,
    conformance: Choice = "auto",
    allow_empty: bool = False,
    base: str | None = None,
    allow_edits: bool = False,
    progress: Progress | None = None,
) -> Outcome:
    """Validate, then find what in rendered/ is not what would be rendered, then conformance.

    With ``base``, a Git ref, also what becomes of jobs that exist there; ``allow_edits`` lets
    them be edited under their names.
    """
    manifests: list[Manifest] = []
    loaded = load(root, allow_no_jobs=allow_empty, progress=progress)
    outcome = _planned(root, loaded, allow_empty=allow_empty, keep=manifests, progress=progress)
    found = _changes(root, loaded, base, allow_edits=allow_edits) if base is not None else []
    if outcome.plan is not None:
        checker = conformance_checker(conformance, root)
        found += [*drift(outcome.plan), *(checker.check(manifests) if checker else ())]
        found += drift_for_flux(root, loaded.fleet, allow_empty=allow_empty)
    outcome.diagnostics = in_order([*outcome.diagnostics, *found])
    return outcome


def _planned(
    root: Path,
    loaded: Loaded,
    *,
    allow_empty: bool,
    keep: list[Manifest] | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """The outcome with its plan, which is None when the jobs have errors.

    The manifests are added to ``keep`` where it is given: without it only their texts stay.
    """
    jobs = [summarise(s, loaded.fleet) for s in loaded.fleet.submissions]
    if has_errors(loaded.diagnostics):
        return Outcome(loaded.diagnostics, jobs)
    wanted = {}
    for manifest in _watched(build(loaded.fleet), "rendering", len(jobs), progress):
        wanted[manifest.path] = manifest_text(manifest).encode()
        if keep is not None:
            keep.append(manifest)
    plan: Plan = make_plan(root, wanted, allow_empty=allow_empty)
    return Outcome(in_order([*loaded.diagnostics, *plan.diagnostics]), jobs, plan)


def _planned_for_flux(
    root: Path, loaded: Loaded, *, allow_empty: bool, progress: Progress | None
) -> Outcome:
    """As :func:`_planned`, for the Kustomizations: too few for ``progress`` to be told."""
    jobs = [summarise(s, loaded.fleet) for s in loaded.fleet.submissions]
    if has_errors(loaded.diagnostics):
        return Outcome(loaded.diagnostics, jobs)
    plan = plan_for_flux(root, loaded.fleet, allow_empty=allow_empty)
    return Outcome(in_order([*loaded.diagnostics, *plan.diagnostics]), jobs, plan)
