"""The jobs that are asked about: named ones, or all of some tenants and namespaces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from generator.check.findings import Checked
from generator.karmada.client.control_plane import ControlPlane
from generator.karmada.holding_policy import Held, held_by
from generator.karmada.job_state import JobState, read_lists, read_state, states_of
from generator.karmada.rendered import GitJob, ObjectKey, git_jobs, rendered_only
from generator.karmada.status.details import read_clusters, read_evidence
from generator.karmada.status.diagnosis import Evidence
from generator.karmada.status.job_status import JobStatus, status_of
from generator.repository.fleet import ObjectName, Submission


@dataclass(frozen=True)
class Selection:
    """The jobs that are asked about. Without names, RayJobs that jobs/ has not are among them."""

    root: Path
    jobs: dict[ObjectName, GitJob | None]
    """Those that are known; None of a RayJob that Karmada alone has."""
    is_named: bool
    tenants: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()

    @classmethod
    def named(cls, root: Path, loaded: Checked, chosen: Iterable[Submission]) -> Selection:
        """Return the selection of these jobs of the repository at ``root``."""
        return cls(
            root, _by_name(git_jobs(root, loaded.fleet, loaded.broken, chosen)), is_named=True
        )

    @classmethod
    def matching(
        cls, root: Path, loaded: Checked, tenants: Iterable[str], namespaces: Iterable[str]
    ) -> Selection:
        """Return the selection of the jobs of these tenants and namespaces; without any, of all."""
        of, within = tuple(tenants), tuple(namespaces)
        chosen = [
            one
            for one in loaded.fleet.submissions
            if (not of or one.tenant in of) and (not within or one.job.namespace in within)
        ]
        jobs = _by_name(git_jobs(root, loaded.fleet, loaded.broken, chosen))
        return cls(root, jobs, is_named=False, tenants=of, namespaces=within)

    def has(self, name: ObjectName) -> bool:
        """Return whether a RayJob of Karmada is asked about."""
        if name in self.jobs:
            return True
        is_any = not self.is_named and not self.tenants
        return is_any and (not self.namespaces or name[0] in self.namespaces)

    def of_git(self, name: ObjectName) -> GitJob | None:
        """Return the job of Git; rendered/ may have one that jobs/ has not. It is read once."""
        if name not in self.jobs:
            self.jobs[name] = rendered_only(self.root, name)
        return self.jobs[name]

    def names(self, known: Iterable[ObjectName]) -> list[ObjectName]:
        """Return all that are asked about: as named, else sorted; ``known`` are Karmada's."""
        if self.is_named:
            return list(self.jobs)
        return sorted({*self.jobs, *filter(self.has, known)})

    def read(self, plane: ControlPlane, say: Callable[[str], None]) -> list[JobStatus]:
        """Return what Karmada says of them now. LiveError.

        ``say`` is told what cannot be looked at.
        """
        if self.is_named:
            # A few objects are asked for where the lists may be of thousands.
            found = ((name, read_state(plane, *name)) for name in self.jobs)
            states = {name: state for name, state in found if state is not None}
            return self.explained(plane, states, {}, say)
        ray_jobs, bindings = read_lists(plane)
        return self.explained(plane, states_of(ray_jobs, bindings), held_by(bindings), say)

    def explained(
        self,
        plane: ControlPlane,
        states: Mapping[ObjectName, JobState],
        shared: Mapping[ObjectKey, Held],
        say: Callable[[str], None],
    ) -> list[JobStatus]:
        """Return each job with what is wrong; of named ones the members are asked too. LiveError.

        Of what named jobs share each is asked for, whatever ``shared`` has.
        """
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


def _by_name(jobs: Iterable[GitJob]) -> dict[ObjectName, GitJob | None]:
    return {(job.namespace, job.name): job for job in jobs}
