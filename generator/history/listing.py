"""The jobs of a repository, and those that were removed, with what Git says of each.

What other parts of the program ask for: :func:`jobs_with_history` and :func:`removed_jobs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias

from generator.check.outcome import is_broken, placed, summarise
from generator.diagnostics import Diagnostic, Located
from generator.diagnostics.diagnostic import Advice
from generator.history.commits import Commit, Past, read_past
from generator.history.field_diff import Document, JobKey, document_in, key_in, read_documents
from generator.history.timelines import Timeline, timelines
from generator.model.job.schema import TEMPLATE
from generator.model.platform.algorithms import TEMPLATES
from generator.model.template import Templates
from generator.repository.fleet import Fleet, Submission, tenant_of
from generator.repository.loading import Progress, Repository, load, parse_job
from generator.rules.job.job import check_job
from generator.source.files import JOBS, NO_JOBS, WorkTree, is_job
from generator.source.git import GitError
from generator.source.json_document import JSON
from generator.source.text import read_bytes

State: TypeAlias = Literal["committed", "edited", "new", "removed"]
"""``edited``: HEAD has the job otherwise, or in another folder. ``new``: HEAD does not have it."""


@dataclass(frozen=True, slots=True)
class ListedJob:
    """A job with what it asks for, and the commits that added, last changed and removed it.

    What a broken file does not say is None, as is what Git does not say. ``state`` is None without
    Git. ``copies`` is on how many clusters all of it runs; ``cpu_cores``, ``memory_gib`` and
    ``gpus`` are those of all copies, each with its workers and one head. What a removed job asked
    for is reckoned with the platform.yaml and the templates of now.
    """

    file: str
    name: str | None
    namespace: str | None
    tenant: str | None
    algorithm: str | None = None
    template: str | None = None
    clusters: tuple[str, ...] | None = None
    copies: int | None = None
    cpu_cores: int | None = None
    memory_gib: int | None = None
    gpus: int | None = None
    priority: int | None = None
    is_broken: bool = False
    state: State | None = None
    added: Commit | None = None
    changed: Commit | None = None
    removed: Commit | None = None


@dataclass
class Jobs:
    """What a repository says of its jobs: the work tree, HEAD and what led there.

    ``unknown`` says why Git does not answer; ``past`` is None then. ``listed`` are the jobs of the
    work tree, by namespace and name; ``lines`` all that HEAD or a commit before it has. ``broken``
    are the files of jobs that cannot be read or break a rule by themselves. Where ``blocked`` says
    what keeps all jobs from being read, platform.yaml or jobs/ itself, nothing is listed.
    """

    root: Path
    repository: Repository
    broken: frozenset[str]
    blocked: list[Located] = field(default_factory=list)
    listed: list[ListedJob] = field(default_factory=list)
    lines: dict[JobKey, Timeline] = field(default_factory=dict)
    past: Past | None = None
    unknown: Advice | None = None

    @cached_property
    def at_head(self) -> dict[str, Timeline]:
        """By file, the job that HEAD has there."""
        return {file: line for line in self.lines.values() for file in line.files}

    def past_of(self, job: ListedJob) -> Timeline | None:
        """All that Git has of a job of the work tree, also where HEAD no longer has it."""
        if job.name is None:
            return self.at_head.get(job.file)
        return self.lines.get((job.namespace, job.name)) or self.lines.get((None, job.name))


def jobs_with_history(
    root: Path, *, templates: bool = False, progress: Progress | None = None
) -> Jobs:
    """The jobs below ``root/jobs``, valid and broken ones, each with its commits.

    With ``templates`` the past has the changes of the templates' files too.
    """
    every = ((JOBS, TEMPLATES), _is_any)
    past = read_past(root, *every) if templates else read_past(root, (JOBS,), is_job)
    has_past = isinstance(past, Past) and any(is_job(one.file) for one in past.changes)
    repository = load(WorkTree(root), check_job, progress=progress)
    platform = repository.fleet.platform
    broken = frozenset(job.file for job in repository.jobs if is_broken(job, platform))
    blocking = _blocking(repository, allow_no_jobs=has_past)
    jobs = Jobs(root, repository, broken, placed(blocking, (), repository.files))
    if isinstance(past, Advice):
        jobs.unknown = past
    else:
        try:
            jobs.lines = timelines(past, template_namespaces(jobs.repository.templates))
            jobs.past = past
        except GitError as problem:
            jobs.unknown = problem.advice
    if not jobs.blocked:
        jobs.listed = sorted((*_valid(jobs), *_broken(jobs)), key=by_name)
    return jobs


def _blocking(repository: Repository, *, allow_no_jobs: bool) -> Iterator[Diagnostic]:
    """What keeps all jobs from being read; ``allow_no_jobs`` where jobs/ may be missing."""
    if repository.platform.value is None:
        yield from repository.platform.problems
    for found in repository.around:
        is_allowed = allow_no_jobs and found.rule is NO_JOBS
        if found.is_error and found.file == JOBS and not is_allowed:
            yield found


def _is_any(file: str) -> bool:
    return is_job(file) or file.startswith(f"{TEMPLATES}/")


def by_name(job: ListedJob) -> tuple[str, str, str]:
    """The order in which jobs are listed."""
    return job.namespace or "", job.name or "", job.file


def template_namespaces(templates: Templates) -> dict[str, str]:
    """The namespace that the jobs of each usable template are in where they do not say."""
    return {
        name: namespace
        for name, template in templates.usable.items()
        if isinstance(namespace := template.document.get("namespace", "default"), str)
    }


def _valid(jobs: Jobs) -> Iterator[ListedJob]:
    fleet = jobs.repository.fleet
    for one in fleet.submissions:
        line = _line_of(jobs, one.name, one.file)
        state = _state(jobs, one.file, line)
        yield _dated(_row(one, fleet), line, state, is_broken=one.file in jobs.broken)


def _broken(jobs: Jobs) -> Iterator[ListedJob]:
    """The files of jobs that cannot be judged, with what they say all the same."""
    namespaces = template_namespaces(jobs.repository.templates)
    for file in sorted(job.file for job in jobs.repository.jobs if job.job is None):
        data, _ = read_bytes(jobs.root, file)
        document = document_in(data or b"").value
        key = key_in(document, namespaces)
        line = _line_of(jobs, key, file)
        row = _row_of_document(file, key or (line.key if line else None), document)
        yield _dated(row, line, _state(jobs, file, line), is_broken=True)


def _row(one: Submission, fleet: Fleet) -> ListedJob:
    summary, job = summarise(fleet.resolved(one)), one.job
    return ListedJob(
        file=one.file,
        name=job.job_name,
        namespace=job.namespace,
        tenant=one.tenant,
        algorithm=job.algorithm.algorithm_name,
        template=one.merged.template.name if one.merged else None,
        clusters=tuple(summary.clusters),
        copies=summary.copies,
        cpu_cores=summary.cpu_cores,
        memory_gib=summary.memory_gib,
        gpus=summary.gpus,
        priority=job.priority,
    )


def _row_of_document(file: str, key: JobKey | None, document: JSON) -> ListedJob:
    namespace, name = key or (None, None)
    algorithm = _text_at(document, "algorithm", "algorithmName")
    template = _text_at(document, TEMPLATE)
    return ListedJob(file, name, namespace, tenant_of(file), algorithm, template)


def _text_at(document: JSON, *path: str) -> str | None:
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, str) else None


def _dated(
    row: ListedJob, line: Timeline | None, state: State | None, *, is_broken: bool = False
) -> ListedJob:
    removed = line.removed if line else None
    return replace(
        row,
        is_broken=is_broken,
        state=state,
        added=line.added if line else None,
        changed=line.changed if line else None,
        removed=removed.commit if removed else None,
    )


def _line_of(jobs: Jobs, key: JobKey | None, file: str) -> Timeline | None:
    """The past of a job of the work tree: of its name, else of its file where it names none."""
    if key is None:
        return jobs.at_head.get(file)
    line = jobs.lines.get(key) or jobs.lines.get((None, key[1]))
    return line if line and line.files else None


def _state(jobs: Jobs, file: str, line: Timeline | None) -> State | None:
    if jobs.past is None:
        return None
    if line is None:
        return "new"
    is_same = file in line.files and file not in jobs.past.differing
    return "committed" if is_same else "edited"


def removed_jobs(jobs: Jobs) -> list[ListedJob]:
    """The jobs that Git has and the work tree no longer, by namespace and name.

    Where the removal is not committed yet, nothing says by which commit. GitError where what a
    job said last is missing.
    """
    if jobs.past is None:
        return []
    there = {(job.namespace, job.name) for job in jobs.listed}
    gone = [line for key, line in jobs.lines.items() if key not in there]
    blobs = {line.key: last_blob(jobs.past, line) for line in gone}
    said = dict(read_documents(jobs.past.git, (blob for blob in blobs.values() if blob)))
    rows = (
        _dated(_said(jobs, line, said.get(blobs[line.key] or "")), line, "removed") for line in gone
    )
    return sorted(rows, key=by_name)


def last_blob(past: Past, line: Timeline) -> str | None:
    """The blob that a job's file had last, or has at HEAD."""
    if line.removed:
        return line.removed.before
    return past.head.get(min(line.files, default=""))


def _said(jobs: Jobs, line: Timeline, document: Document | None) -> ListedJob:
    """What the last version of a job said, by the platform and the templates of now."""
    fleet = jobs.repository.fleet
    file = line.changes[-1].file
    if document is not None and document.text is not None:
        one = parse_job(file, document.text, jobs.repository.templates)
        if one.job is not None:
            return _row(Submission(file, one.job, one.merged), fleet)
    return _row_of_document(file, line.key, document.value if document else None)
