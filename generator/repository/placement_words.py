"""Where jobs run, in the words of every report."""

from __future__ import annotations

from generator.diagnostics.wording import plural
from generator.model.job.job import Job
from generator.repository.resolved_job import ResolvedJob


def placement_in_words(one: ResolvedJob) -> str:
    """Where copies of the job run and what they take: ``runs once, on c1: 2 workers, 4 GPUs``."""
    job, placement, gpus = one.job, one.placement, one.gpus
    takes = f"{plural(one.workers, 'worker')}, {plural(gpus, 'GPU') if gpus else 'no GPUs'}"
    together = " in all" if placement.copies > 1 else ""
    waits = f"waits in the queue {one.queue}, then " if one.queue else ""
    if job.scheduling.suspended:
        waits = f"is suspended; resumed, it {waits}"
    if not placement.candidates:
        return f"{waits}runs nowhere: no target cluster has {labels_in_words(job)}"
    with_room = placement.with_room
    if not with_room:
        return f"{waits}runs nowhere: each of {', '.join(placement.preference)} always looks full"
    stays = len(with_room) == 1 or not placement.moves or job.scheduling.tolerates_failure
    moves = "" if stays else ", and anew on another if Karmada loses that one"
    return f"{waits}runs {where_in_words(one)}{moves}: {takes}{together}"


def where_in_words(one: ResolvedJob) -> str:
    """On which of its clusters a job that has any runs, and how often: ``once, on c1``."""
    job, placement = one.job, one.placement
    clusters = placement.with_room or placement.candidates
    labels = f" with {labels_in_words(job)}" if job.scheduling.cluster_labels else ""
    names = ", ".join(clusters)
    if len(clusters) == 1:
        return f"once, on {names}{labels}"
    if placement.copies > 1:
        return f"a full copy on each of {len(clusters)} clusters{labels} ({names})"
    is_ordered = placement.mode == "ordered"
    names = ", ".join(cluster for cluster in placement.preference if cluster in clusters)
    if placement.is_estimated:
        with_room = "the first with room" if is_ordered else "the one with the most room"
        return f"once, on {with_room} of {names}{labels}"
    first = f"the first {'in the order' if is_ordered else 'by name of'} {names}{labels}"
    return f"once, on {', '.join([*placement.expected, first])}"


def labels_in_words(job: Job) -> str:
    """The labels that clusters of the job have to have: ``gpu=a100, site=north``."""
    labels = job.scheduling.cluster_labels
    return ", ".join(f"{key}={labels[key]}" for key in sorted(labels))
