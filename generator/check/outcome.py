"""The outcome of a run: what was found, as it is adjusted, and what runs where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from generator.diagnostics import (
    Diagnostic,
    Located,
    Location,
    Rule,
    Scope,
    Severity,
    has_errors,
    in_order,
    pointer_of,
)
from generator.diagnostics.wording import listed, plural
from generator.model.job.job import Ignore
from generator.model.platform.model import PLATFORM_FILE, Platform
from generator.model.template import Merged
from generator.render.tree import Plan
from generator.repository.fleet import Fleet, Submission
from generator.repository.loading import LoadedJob, Progress, Repository, load
from generator.repository.resolved_job import ResolvedJob
from generator.repository.usage import of_all_copies, placement_in_words
from generator.rules import FIXED_RULE, UNKNOWN_RULE, UNUSED_IGNORE
from generator.rules.catalogue import checked_rules
from generator.rules.fleet.shared_objects import check_fleet
from generator.rules.job.job import check_job, check_templates
from generator.rules.platform.platform import check_platform
from generator.source.files import NO_JOBS, Files, WorkTree
from generator.source.locate import locate


def check_adjustments(platform: Platform) -> Iterator[Diagnostic]:
    """What is wrong with ``rules`` in platform.yaml."""
    for rule in platform.rules:
        yield from _why_not(rule, PLATFORM_FILE.at(pointer_of("rules", rule), on_key=True))


def adjusted(
    diagnostics: Iterable[Diagnostic], submissions: Iterable[Submission], platform: Platform
) -> list[Diagnostic]:
    """``diagnostics`` as platform.yaml weighs them, less what their jobs ignore.

    What is wrong with the jobs' own lists is added.
    """
    weighed = list(_weighed(diagnostics, platform.rules))
    ignoring = {s.file: (s, s.job.rayjobs.ignore) for s in submissions if s.job.rayjobs}
    if not ignoring:
        return weighed
    named = {file: {ignore.rule for ignore in listed} for file, (_, listed) in ignoring.items()}
    kept: list[Diagnostic] = []
    used: dict[str, set[str]] = defaultdict(set)
    for found in weighed:
        file = found.judged_file or ""
        if found.rule.adjustable and found.rule.id in named.get(file, ()):
            used[file].add(found.rule.id)
        else:
            kept.append(found)
    for file, (submission, ignored) in ignoring.items():
        kept += _about_ignores(submission, ignored, used[file])
    return kept


def _weighed(
    diagnostics: Iterable[Diagnostic], severities: Mapping[str, str]
) -> Iterator[Diagnostic]:
    for found in diagnostics:
        wanted = severities.get(found.rule.id)
        if wanted is None or not found.rule.adjustable:
            yield found
        elif wanted != "off":
            yield replace(found, severity=Severity(wanted))


def _about_ignores(
    submission: Submission, listed: list[Ignore], used: set[str]
) -> Iterator[Diagnostic]:
    for index, ignore in enumerate(listed):
        at = submission.at(pointer_of("rayjobs", "ignore", index, "rule"))
        wrong = list(_why_not(ignore.rule, at))
        yield from wrong
        if not wrong and ignore.rule not in used:
            yield UNUSED_IGNORE.found(
                f"this job has no finding of {ignore.rule}", hint="remove the entry", at=at
            )


def _why_not(rule_id: str, at: Location) -> Iterator[Diagnostic]:
    rule = checked_rules().get(rule_id)
    if rule is None:
        yield UNKNOWN_RULE.found(
            f"there is no rule {rule_id}",
            hint="a finding shows its rule in brackets: error[job/entrypoint]",
            at=at,
        )
    elif not rule.adjustable:
        what = "it holds jobs within what platform.yaml allows"
        if not rule.bounds_jobs:
            what = "its findings would corrupt or endanger"
        yield FIXED_RULE.found(
            f"{rule_id} cannot be changed or ignored: {what}",
            hint="remove the entry and correct what is found",
            at=at,
        )


def adjustment(rule: Rule) -> str:
    """Return in words what a repository and a job may make of a rule's findings."""
    if rule.adjustable:
        return (
            "platform.yaml can change its severity or switch it off (rules), and a job can ignore "
            "its findings with a reason (rayjobs.ignore)."
        )
    return "Its severity cannot be changed, and its findings cannot be ignored."


def placed(
    diagnostics: Iterable[Diagnostic], jobs: Iterable[LoadedJob], files: Files
) -> list[Located]:
    """Return ``diagnostics`` with lines and columns, once for all jobs of a template.

    ``jobs`` are those that the findings may be about. Only files with findings are read again.
    """
    merged = {job.file: job.merged for job in jobs if job.merged is not None}
    return locate(_of_templates(diagnostics, merged), lambda file: files.text(file).value)


def _of_templates(diagnostics: Iterable[Diagnostic], merged: dict[str, Merged]) -> list[Diagnostic]:
    """Of what several jobs take from one template, one finding that names them.

    Nothing is said of the jobs where the template is wrong by itself.
    """
    diagnostics = list(diagnostics)
    said = {
        (one.rule, one.file, one.pointer) for one in diagnostics if one.location.taken_by is None
    }
    kept: list[Diagnostic] = []
    taken: dict[Diagnostic, list[str]] = defaultdict(list)
    for found in diagnostics:
        giving = merged.get(found.location.taken_by or "")
        if giving is None:
            kept.append(found)
        elif (found.rule, found.file, found.pointer) not in said:
            of_all = replace(found, location=replace(found.location, taken_by=None))
            taken[of_all].append(str(giving.own.get("jobName")))
    for found, names in taken.items():
        where = f"the job {names[0]}" if len(names) == 1 else plural(len(names), "job")
        which = "" if len(names) == 1 else f": {listed(names)}"
        kept.append(replace(found, message=f"{found.message} (in {where}{which})"))
    return kept


@dataclass(frozen=True, slots=True)
class Checked:
    """A repository and what is wrong with it, in order.

    ``broken`` are the files and directories with errors of their own, also where those stand in
    a template.
    """

    repository: Repository
    diagnostics: list[Located]
    broken: frozenset[str]

    @property
    def fleet(self) -> Fleet:
        """The jobs that could be read, with the platform."""
        return self.repository.fleet

    def deciding(self, is_asked: Callable[[str], bool]) -> set[str]:
        """Return the files that decide, besides its own, about the jobs in files asked for."""
        jobs = [job for job in self.repository.jobs if is_asked(job.file)]
        templates = {job.merged.template.file for job in jobs if job.merged}
        return templates.union(*(job.blamed for job in jobs))


def checked(
    root: Path, *, allow_no_jobs: bool = False, progress: Progress | None = None
) -> Checked:
    """Read and check everything below ``root``."""
    repository = load(WorkTree(root), check_job, progress=progress)
    return check_repository(repository, allow_no_jobs=allow_no_jobs)


def check_repository(repository: Repository, *, allow_no_jobs: bool = False) -> Checked:
    """Return ``repository`` with what is wrong; ``allow_no_jobs`` where jobs/ may be missing."""
    fleet, platform = repository.fleet, repository.platform.value
    found = [d for d in repository.around if not (allow_no_jobs and d.rule is NO_JOBS)]
    for job in repository.jobs:
        found += job.problems
    # Without the platform, what it decides cannot be judged: its own errors come first.
    if platform is not None:
        found += check_platform(platform)
        found += check_adjustments(platform)
        found += check_templates(repository.templates.usable.values(), platform)
        found += check_fleet(fleet)
    found += repository.templates.problems
    weighed = adjusted(found, fleet.submissions, fleet.platform)
    if platform is None:
        weighed = [one for one in weighed if not one.rule.needs_platform]
    every = [*repository.platform.problems, *weighed]
    unjudged = (job.file for job in repository.jobs if job.blamed)
    return Checked(
        repository,
        in_order(placed(every, repository.jobs, repository.files)),
        frozenset({*_broken_files(every), *unjudged}),
    )


def _broken_files(diagnostics: list[Diagnostic]) -> set[str]:
    """The files and directories with errors of their own, not of jobs against each other."""
    errors = (d for d in diagnostics if d.is_error and d.rule.scope is not Scope.FLEET)
    return {found.judged_file for found in errors if found.judged_file}


def is_broken(job: LoadedJob, platform: Platform) -> bool:
    """Return whether a job has an error by itself once rules are weighed, or cannot be read."""
    if job.job is None:
        return True
    if not platform.rules and not job.job.rayjobs:
        return has_errors(job.problems)
    submission = Submission(job.file, job.job, job.merged)
    return has_errors(adjusted(job.problems, [submission], platform))


@dataclass(frozen=True, slots=True)
class JobSummary:
    """Where a job runs: ``copies`` clusters run all of it.

    ``gpus``, ``cpu_cores`` and ``memory_gib`` are those of all copies, each with its workers and
    one head; a head has no GPU.
    """

    file: str
    name: str
    namespace: str
    clusters: list[str]
    copies: int
    gpus: int
    cpu_cores: int
    memory_gib: int
    words: str


@dataclass(slots=True)
class Outcome:
    """A run's diagnostics in order, its jobs in the order of their files, and its plan."""

    diagnostics: list[Located]
    jobs: list[JobSummary] = field(default_factory=list)
    plan: Plan | None = None
    applied: bool = False

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return has_errors(self.diagnostics)


def summarise(one: ResolvedJob) -> JobSummary:
    """Return what is said of one job."""
    job, taken = one.job, of_all_copies(one)
    return JobSummary(
        file=one.file,
        name=job.job_name,
        namespace=job.namespace,
        clusters=list(one.placement.candidates),
        copies=one.placement.copies,
        gpus=taken.gpus,
        cpu_cores=taken.cpu_cores,
        memory_gib=taken.memory_gib,
        words=placement_in_words(one),
    )
