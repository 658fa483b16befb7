"""The stages joined: find, read, validate, check, build, emit, plan, write."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias, TypeVar

from generator.base_loading import load_base
from generator.changes.base import is_in
from generator.changes.base_rules import check_change
from generator.checks.adjustments import DECIDED_BY_PLATFORM, adjusted, check_adjustments
from generator.checks.fleet_rules import check_fleet
from generator.checks.platform_rules import check_platform
from generator.checks.template_rules import check_templates
from generator.diagnostics import Diagnostic, has_errors, in_order
from generator.fleet import Fleet, Submission
from generator.judging import Places, broken_files, judged
from generator.manifests.build import build
from generator.manifests.objects import Manifest
from generator.outcome import Outcome, summarise
from generator.output.apply import apply_plan, exclusive
from generator.output.conformance import Choice, conformance_checker
from generator.output.drift import drift
from generator.output.kustomizations import drift_for_flux, plan_for_flux
from generator.output.tree import Plan, make_plan
from generator.output.tree_rules import cannot_write
from generator.output.yaml_emitter import manifest_text
from generator.platform.model import FILE, Platform
from generator.platform.validation import load_platform
from generator.source.files import NO_JOBS, find_jobs
from generator.source.reading import read_text
from generator.templates.template import Templates, load_templates

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told what is being done, to how many jobs, of how many; where it is None nobody is."""

_Item = TypeVar("_Item")


@dataclass(slots=True)
class Loaded:
    """A repository that was read: its valid jobs with the platform, and what is wrong.

    ``broken`` are the files and directories with errors of their own, also where those stand in
    a template.
    """

    fleet: Fleet
    diagnostics: list[Diagnostic] = field(default_factory=list)
    templates: Templates = field(default_factory=Templates)
    places: Places = field(default_factory=Places)
    broken: set[str] = field(default_factory=set)


def load(root: Path, *, allow_no_jobs: bool = False, progress: Progress | None = None) -> Loaded:
    """Find, read, validate and check everything below ``root``."""
    platform, platform_text, platform_problems = load_platform(root)
    found = find_jobs(root)
    diagnostics = [d for d in found.diagnostics if not (allow_no_jobs and d.rule == NO_JOBS.id)]
    templates = load_templates(root, platform)
    places = Places({FILE: platform_text, **templates.texts})
    submissions: list[Submission] = []
    for file in _watched(found.files, "reading", len(found.files), progress):
        known = platform or Platform(), templates
        diagnostics += _load_job(root, file, known, places, submissions)
    fleet = Fleet(tuple(submissions), platform or Platform())
    # Without the platform, what it decides cannot be judged: its own errors come first.
    if platform is not None:
        diagnostics += check_platform(platform)
        diagnostics += check_adjustments(platform)
        diagnostics += check_templates(templates.usable.values(), platform)
        diagnostics += check_fleet(fleet)
    weighed = adjusted([*diagnostics, *templates.problems], submissions, fleet.platform)
    if platform is None:
        weighed = [found for found in weighed if found.rule not in DECIDED_BY_PLATFORM]
    broken = broken_files([*platform_problems, *weighed]).union(places.unjudged)
    located = in_order([*platform_problems, *places.located(weighed)])
    return Loaded(fleet, located, templates, places.without_texts(), broken)


def _watched(
    items: Iterable[_Item], doing: str, total: int, progress: Progress | None
) -> Iterator[_Item]:
    """The items, while ``progress`` is told how many are done; of jobs there are ``total``."""
    for done, item in enumerate(items):
        if progress is not None:
            progress(doing, min(done, total), total)
        yield item


def _load_job(
    root: Path,
    file: str,
    known: tuple[Platform, Templates],
    places: Places,
    submissions: list[Submission],
) -> list[Diagnostic]:
    """Read one job into ``submissions`` and ``places``; gives what is wrong with it."""
    text, unreadable = read_text(root, file)
    if text is None:
        return [unreadable] if unreadable else []
    one = judged(text, *known)
    places.add(file, text, one)
    if one.job is not None:
        submissions.append(Submission(file, one.job, one.merged))
    return [problem.in_file(file) for problem in one.problems]


def problems_of_new(root: Path, texts: Mapping[str, str]) -> dict[str, list[Diagnostic]]:
    """What would be wrong with each job of ``texts``, by its file, beside those that are there.

    What is wrong in another file, a template's, is by the name of that.
    """
    loaded = load(root, allow_no_jobs=True)
    if loaded.templates.names is None:
        # Whether a job is valid is for platform.yaml to say.
        wrong = [d for d in loaded.diagnostics if d.file == FILE]
        return dict.fromkeys(texts, wrong)
    others, places = loaded.fleet, Places()
    found: dict[str, list[Diagnostic]] = {}
    new: list[Submission] = []
    for file, text in texts.items():
        one = judged(text, others.platform, loaded.templates)
        places.add(file, text, one)
        found[file] = [problem.in_file(file) for problem in one.problems]
        if one.job is not None:
            new.append(Submission(file, one.job, one.merged))
    fleet = Fleet((*others.submissions, *new), others.platform)
    for problem in check_fleet(fleet) if new else ():
        if problem.file in found:
            found[problem.file].append(problem)
    every = [problem for problems in found.values() for problem in problems]
    located: dict[str, list[Diagnostic]] = {file: [] for file in texts}
    for problem in in_order(places.located(adjusted(every, new, others.platform))):
        located.setdefault(problem.file or "", []).append(problem)
    return located


def _changes(root: Path, loaded: Loaded, ref: str, *, allow_edits: bool) -> list[Diagnostic]:
    """What the change from ``ref`` to what was loaded does to jobs that exist."""
    base, problems = load_base(root, ref)
    if base is None or FILE in loaded.broken:
        return problems
    found = list(check_change(base, loaded.fleet, loaded.broken, allow_edits=allow_edits))
    # Read again: only these few files are needed, and only for their lines.
    files = {d.file for d in found if d.file and d.pointer is not None}
    texts = {file: read_text(root, file)[0] or "" for file in files}
    return replace(loaded.places, texts={**loaded.templates.texts, **texts}).located(found)


def validate(root: Path, within: list[str], *, progress: Progress | None = None) -> Outcome:
    """What is wrong with the jobs, said only of the files that lie in ``within`` (all if empty).

    Everything is read all the same: rules across jobs need the others.
    """
    loaded = load(root, progress=progress)
    fleet, places = loaded.fleet, frozenset(within)
    jobs = [summarise(fleet.resolved(s)) for s in fleet.submissions if _is_within(s.file, places)]
    shown = loaded.places.used_by(lambda job: _is_within(job, places))
    found = [d for d in loaded.diagnostics if _is_within(d.file, places) or d.file in shown]
    return Outcome(found, jobs)


def _is_within(file: str | None, within: Collection[str]) -> bool:
    return not within or file is None or "." in within or is_in(file, within)


def render(
    root: Path,
    *,
    allow_empty: bool = False,
    keep_foreign: bool = False,
    progress: Progress | None = None,
) -> Outcome:
    """Write what the jobs render to; nothing is written when there is any error.

    With ``keep_foreign`` what rayjobs did not write is a warning, and stays.
    """
    flags = {"allow_empty": allow_empty, "keep_foreign": keep_foreign}
    return _written(root, _planned, flags, progress=progress)


def sync_flux(
    root: Path,
    *,
    allow_empty: bool = False,
    keep_foreign: bool = False,
    progress: Progress | None = None,
) -> Outcome:
    """Write one Kustomization a namespace; as :func:`render` otherwise."""
    flags = {"allow_empty": allow_empty, "keep_foreign": keep_foreign}
    return _written(root, _planned_for_flux, flags, progress=progress)


def _written(
    root: Path,
    planned: Callable[..., Outcome],
    flags: Mapping[str, bool],
    *,
    progress: Progress | None,
) -> Outcome:
    try:
        with exclusive(root):
            loaded = load(root, allow_no_jobs=flags["allow_empty"], progress=progress)
            outcome = planned(root, loaded, **flags, progress=progress)
            if not outcome.failed and outcome.plan is not None:
                outcome.diagnostics += apply_plan(root, outcome.plan)
                outcome.applied = not outcome.failed
            return outcome
    except OSError as problem:
        return Outcome([cannot_write(str(problem.filename or root), problem)])


def preview(
    root: Path,
    *,
    allow_empty: bool = False,
    keep_foreign: bool = False,
    progress: Progress | None = None,
) -> Outcome:
    """What :func:`render` would do, without doing it."""
    loaded = load(root, allow_no_jobs=allow_empty, progress=progress)
    return _planned(
        root, loaded, allow_empty=allow_empty, keep_foreign=keep_foreign, progress=progress
    )


def check(
    root: Path,
    *,
    conformance: Choice = "auto",
    kubeconform: str | None = None,
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
        checker = conformance_checker(conformance, root, kubeconform)
        found += [*drift(outcome.plan), *(checker.check(manifests) if checker else ())]
        found += drift_for_flux(root, loaded.fleet, allow_empty=allow_empty)
    outcome.diagnostics = in_order([*outcome.diagnostics, *found])
    return outcome


def _planned(
    root: Path,
    loaded: Loaded,
    *,
    allow_empty: bool,
    keep_foreign: bool = False,
    keep: list[Manifest] | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """The outcome with its plan, which is None when the jobs have errors.

    The manifests are added to ``keep`` where it is given: without it only their texts stay.
    """
    jobs = [summarise(loaded.fleet.resolved(s)) for s in loaded.fleet.submissions]
    if has_errors(loaded.diagnostics):
        return Outcome(loaded.diagnostics, jobs)
    wanted = {}
    for manifest in _watched(build(loaded.fleet), "rendering", len(jobs), progress):
        wanted[manifest.path] = manifest_text(manifest).encode()
        if keep is not None:
            keep.append(manifest)
    plan: Plan = make_plan(root, wanted, allow_empty=allow_empty, keep_foreign=keep_foreign)
    return Outcome(in_order([*loaded.diagnostics, *plan.diagnostics]), jobs, plan)


def _planned_for_flux(
    root: Path,
    loaded: Loaded,
    *,
    allow_empty: bool,
    keep_foreign: bool,
    progress: Progress | None,
) -> Outcome:
    """As :func:`_planned`, for the Kustomizations: too few for ``progress`` to be told."""
    jobs = [summarise(loaded.fleet.resolved(s)) for s in loaded.fleet.submissions]
    if has_errors(loaded.diagnostics):
        return Outcome(loaded.diagnostics, jobs)
    flags = {"allow_empty": allow_empty, "keep_foreign": keep_foreign}
    plan = plan_for_flux(root, loaded.fleet, **flags)
    return Outcome(in_order([*loaded.diagnostics, *plan.diagnostics]), jobs, plan)
