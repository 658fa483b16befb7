"""Where jobs run, in the words of every report."""

from __future__ import annotations

from generator.fleet import Fleet
from generator.params.job import Job


def placement_in_words(fleet: Fleet, job: Job) -> str:
    """Where copies of the job run and what they take: ``runs once, on c1: 2 workers, 4 GPUs``."""
    workers, gpus = fleet.workers(job), fleet.gpus(job)
    takes = f"{_count(workers, 'worker')}, {_count(gpus, 'GPU') if gpus else 'no GPUs'}"
    together = " in all" if fleet.copies(job) > 1 else ""
    queue = fleet.queue(job)
    waits = f"waits in the queue {queue}, then " if queue else ""
    if job.scheduling.suspended:
        waits = f"is suspended; resumed, it {waits}"
    if not fleet.candidates(job):
        return f"{waits}runs nowhere: no target cluster has {labels_in_words(job)}"
    with_room = fleet.with_room(job)
    if not with_room:
        return f"{waits}runs nowhere: each of {', '.join(fleet.preference(job))} always looks full"
    stays = len(with_room) == 1 or not fleet.moves(job) or job.scheduling.tolerates_failure
    moves = "" if stays else ", and anew on another if Karmada loses that one"
    return f"{waits}runs {where_in_words(fleet, job)}{moves}: {takes}{together}"


def where_in_words(fleet: Fleet, job: Job) -> str:
    """On which of its clusters a job that has any runs, and how often: ``once, on c1``."""
    clusters = fleet.with_room(job) or fleet.candidates(job)
    labels = f" with {labels_in_words(job)}" if job.scheduling.cluster_labels else ""
    names = ", ".join(clusters)
    if len(clusters) == 1:
        return f"once, on {names}{labels}"
    if fleet.copies(job) > 1:
        return f"a full copy on each of {len(clusters)} clusters{labels} ({names})"
    is_ordered = fleet.mode(job) == "ordered"
    names = ", ".join(c for c in fleet.preference(job) if c in clusters)
    if fleet.estimates:
        with_room = "the first with room" if is_ordered else "the one with the most room"
        return f"once, on {with_room} of {names}{labels}"
    first = f"the first {'in the order' if is_ordered else 'by name of'} {names}{labels}"
    return f"once, on {', '.join([*fleet.expected(job), first])}"


def labels_in_words(job: Job) -> str:
    """The labels that clusters of the job have to have: ``gpu=a100, site=north``."""
    labels = job.scheduling.cluster_labels
    return ", ".join(f"{key}={labels[key]}" for key in sorted(labels))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
