"""``rayjobs status``: what Karmada says of the jobs, once or as it changes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from generator.cli.live import ContextOption, KubeconfigOption, karmada, say
from generator.cli.options import HERE, ColorOption, Output, RootOption, write

if TYPE_CHECKING:
    from generator.fleet import ObjectName, Submission
    from generator.karmada.client.control_plane import ControlPlane
    from generator.karmada.holding_policy import Held
    from generator.karmada.job_state import JobState
    from generator.karmada.rendered import GitJob, ObjectKey
    from generator.karmada.status.job_status import JobStatus
    from generator.pipeline import Loaded

_Color: TypeAlias = Literal["auto", "always", "never"]


def status(
    jobs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="JOB", help="Names of jobs, NAMESPACE/NAME, or their files or directories."
        ),
    ] = None,
    root: RootOption = HERE,
    tenant: Annotated[
        list[str] | None,
        typer.Option(help="Only jobs of this directory below jobs/; repeatable: of any of them."),
    ] = None,
    namespace: Annotated[
        list[str] | None, typer.Option("--namespace", "-n", help="Only of this one; repeatable.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Go on, until the named jobs have ended.")
    ] = False,
    kubeconfig: KubeconfigOption = None,
    context: ContextOption = None,
    form: Annotated[
        Literal["text", "json"], typer.Option("--format", help="How to print them.")
    ] = "text",
    color: ColorOption = "auto",
) -> None:
    """Say what Karmada does with the jobs, and of named ones what is wrong and what to do.

    Exits 1 when a named job has failed, or its cluster does not answer before it has ended; 3 when
    Karmada cannot be read.
    """
    if watch and form == "json":
        raise typer.BadParameter("--watch prints text only", param_hint="--format")
    if jobs and (tenant or namespace):
        raise typer.BadParameter("is for all jobs, not for named ones", param_hint="--tenant")
    scope = _scope(root, jobs or [], tenant or [], namespace or [], color)
    with karmada(kubeconfig, context) as plane:
        if watch:
            from generator.cli.watch import follow

            statuses = follow(plane, scope)
        else:
            statuses = scope.read(plane)
    _print(statuses, scope, form)
    if scope.is_named and any(one.has_failed or one.silences for one in statuses):
        raise typer.Exit(1)


class Scope:
    """The jobs that are asked about."""

    def __init__(
        self,
        root: Path,
        jobs: list[GitJob],
        *,
        is_named: bool,
        tenants: list[str],
        namespaces: list[str],
    ) -> None:
        self.root, self.is_named = root, is_named
        self.jobs: dict[ObjectName, GitJob | None] = {(j.namespace, j.name): j for j in jobs}
        self._tenants, self._namespaces = tenants, namespaces

    def has(self, name: ObjectName) -> bool:
        """Whether a RayJob of Karmada is asked about: of those that jobs/ has not, if all are."""
        if name in self.jobs:
            return True
        is_any = not self.is_named and not self._tenants
        return is_any and (not self._namespaces or name[0] in self._namespaces)

    def of_git(self, name: ObjectName) -> GitJob | None:
        """The job of Git; rendered/ may have one that jobs/ has not."""
        from generator.karmada.rendered import rendered_only

        if name not in self.jobs:
            self.jobs[name] = rendered_only(self.root, name)
        return self.jobs[name]

    def names(self, known: Iterable[ObjectName]) -> list[ObjectName]:
        """All that are asked about: as named, else sorted; ``known`` are those of Karmada."""
        if self.is_named:
            return list(self.jobs)
        return sorted({*self.jobs, *filter(self.has, known)})

    def read(self, plane: ControlPlane) -> list[JobStatus]:
        """What Karmada says of them now. LiveError."""
        from generator.karmada.holding_policy import held_by
        from generator.karmada.job_state import read_lists, states_of

        if self.is_named:
            return self.explained(plane, self._states(plane), {})
        ray_jobs, bindings = read_lists(plane)
        return self.explained(plane, states_of(ray_jobs, bindings), held_by(bindings))

    def _states(self, plane: ControlPlane) -> dict[ObjectName, JobState]:
        """Of named jobs: a few objects are asked for where the lists may be of thousands."""
        from generator.karmada.job_state import read_state

        found = ((name, read_state(plane, *name)) for name in self.jobs)
        return {name: state for name, state in found if state is not None}

    def explained(
        self,
        plane: ControlPlane,
        states: dict[ObjectName, JobState],
        shared: Mapping[ObjectKey, Held],
    ) -> list[JobStatus]:
        """Each job with what is wrong; of named ones the members are asked as well. LiveError.

        Of what named jobs share each is asked for, whatever ``shared`` has.
        """
        from generator.karmada.status.details import read_clusters, read_evidence
        from generator.karmada.status.diagnosis import Evidence
        from generator.karmada.status.job_status import status_of

        names = self.names(states)
        clusters = read_clusters(plane, map(states.get, names), say)
        found = []
        for name in names:
            job, state = self.of_git(name), states.get(name)
            if job is None and state is None:
                continue  # it was Karmada's alone, and is gone
            evidence = Evidence(clusters, shared=shared)
            if self.is_named and state is not None:
                needed = job.shared if job else ()
                evidence = read_evidence(plane, state, clusters, needed)
            found.append(status_of(job, state, datetime.now(UTC), evidence))
        return found


def _scope(
    root: Path, names: list[str], tenants: list[str], namespaces: list[str], color: _Color
) -> Scope:
    from generator.karmada.rendered import git_jobs
    from generator.pipeline import load

    loaded = load(root)
    chosen = (
        _named(root, loaded, names, color)
        if names
        else [
            one
            for one in loaded.fleet.submissions
            if (not tenants or one.tenant in tenants)
            and (not namespaces or one.job.namespace in namespaces)
        ]
    )
    jobs = list(git_jobs(root, loaded, chosen))
    return Scope(root, jobs, is_named=bool(names), tenants=tenants, namespaces=namespaces)


def _named(root: Path, loaded: Loaded, names: list[str], color: _Color) -> list[Submission]:
    """The jobs that are meant, each once; exits as ``rayjobs show`` where one is not clear."""
    from generator.cli.show import job_meant

    output = Output(None, True, False, color)
    meant = (job_meant(root, loaded, name, output) for name in names)
    return list({one.name: one for one in meant}.values())


def _print(statuses: list[JobStatus], scope: Scope, form: str) -> None:
    now = datetime.now(UTC)
    if form == "json":
        import json

        from generator.karmada.status.as_json import status_document

        document = status_document(statuses, now).model_dump(by_alias=True)
        write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        return
    from generator.cli.status_text import as_details, as_table
    from generator.cli.table import width_of

    if statuses:
        write((as_details if scope.is_named else as_table)(statuses, now, width_of(sys.stdout)))
    else:
        write("there is no such job\n", sys.stderr)
