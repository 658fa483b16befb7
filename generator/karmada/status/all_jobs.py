"""Every job that Git or Karmada has, from the lists of the control plane: no member is asked."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path

from generator.karmada.client.control_plane import ControlPlane
from generator.karmada.holding_policy import held_by
from generator.karmada.job_state import read_lists, states_of
from generator.karmada.rendered import git_jobs, rendered_only
from generator.karmada.status.details import read_clusters
from generator.karmada.status.diagnosis import Evidence
from generator.karmada.status.job_status import JobStatus, joined
from generator.repository.fleet import Fleet, ObjectName


def read_all(
    plane: ControlPlane,
    root: Path,
    fleet: Fleet,
    broken: Collection[str],
    now: datetime,
    say: Callable[[str], None],
) -> dict[ObjectName, JobStatus]:
    """By namespace and name, sorted; ``fleet`` is of the repository at ``root``. LiveError.

    ``broken`` are files with errors. ``say`` is told what cannot be looked at.
    """
    ray_jobs, bindings = read_lists(plane)
    states = states_of(ray_jobs, bindings)
    jobs = list(git_jobs(root, fleet, broken, fleet.submissions))
    known = {(job.namespace, job.name) for job in jobs}
    others = (rendered_only(root, name) for name in states if name not in known)
    jobs += (job for job in others if job is not None)
    clusters = read_clusters(plane, states.values(), say)
    return joined(jobs, states, now, Evidence(clusters, shared=held_by(bindings)))
