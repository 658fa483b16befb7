"""Where a job stands, in words, for whoever asked for a log that is not there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from generator.karmada.durations import in_words
from generator.karmada.job_state import JobState, Run
from generator.karmada.logs.query import Component
from generator.karmada.logs.sources import Source


def standing_of(state: JobState) -> str:
    """Return how far Karmada is with a job that has no copy yet."""
    if state.scheduled is False:
        return f"no cluster was chosen: {_joined(state.reason, state.message)}"
    return "Karmada has not placed it on a cluster yet"


def run_standing(run: Run) -> str:
    """Return what a copy does."""
    if run.deployment:
        status = ", ".join(filter(None, (run.deployment, run.job)))
        return _joined(status, _joined(run.reason, run.message))
    if run.problem:
        return f"Karmada cannot apply it: {run.problem}"
    if run.unclear:
        return f"what the cluster says of it cannot be understood: {run.unclear}"
    return "KubeRay has not begun with it" if run.applied else "Karmada has not applied it yet"


def why_no_log(state: JobState, run: Run, component: Component, sources: Sequence[Source]) -> str:
    """Return why there is no log of a copy, and where another one is."""
    if sources:
        waiting = sources[0]
        more = f", and {len(sources) - 1} more" if len(sources) > 1 else ""
        return f"pod {waiting.pod} has not begun{more}: {waiting.waits}"
    standing = run_standing(run)
    if not run.has_ended:
        return f"there is no pod yet: {standing}"
    if component == "driver":
        return (
            f"there is no pod of the submitter: the job ended before there was one, or the pod was "
            f"deleted ({standing})"
        )
    if not run.ray_cluster:
        return f"it had no Ray cluster ({standing})"
    return (
        f"its Ray cluster is gone: KubeRay ends it {_kept_for(state)} after the job "
        f"(ttlSecondsAfterFinished). The driver's log is kept as long as the RayJob: "
        f"`rayjobs logs {state.namespace}/{state.name} --cluster {run.cluster}`"
    )


def _kept_for(state: JobState) -> str:
    seconds = state.resource.get("spec", {}).get("ttlSecondsAfterFinished", 0)
    return in_words(timedelta(seconds=seconds))


def _joined(*words: str) -> str:
    return ": ".join(filter(None, words))
