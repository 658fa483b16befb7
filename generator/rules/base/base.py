"""Rules about a change to jobs that exist: what Git had, compared with what there is now.

Both sides are built with the present code, so of two builds that differ only the jobs or
platform.yaml can be the cause. What the version alone does is seen only where the ref's
rendered/ differs from what the present code builds of the ref's own jobs and platform.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from generator.diagnostics import Diagnostic, Location, error, pointer_of
from generator.diagnostics.wording import listed, plural
from generator.model.job.job import Job
from generator.model.platform.model import PLATFORM_FILE, Platform
from generator.render.objects import Node, queue_labels
from generator.render.placement import cluster_patches
from generator.render.rayjob import ray_job_spec
from generator.render.yaml_emitter import HEADER, emit
from generator.repository.fleet import Fleet, Submission
from generator.repository.resolved_job import ResolvedJob
from generator.rules.base import warning
from generator.rules.base.change import (
    Base,
    Change,
    Pair,
    change_between,
    check_secrets,
    check_suspension,
    name_of,
)
from generator.rules.base.claims import check_claims
from generator.rules.base.placements import check_placements

EDITED_JOB = error("base/edited-job", "A job that exists was edited, not renamed.")
DELETED_JOB = warning("base/deleted-job", "A job is gone: a copy that runs stops.")
RERENDERED = warning(
    "base/rerendered", "platform.yaml or the version changes RayJobs of unchanged jobs."
)

_NOT_IN_A_RAYJOB = (
    "/limits/copies",
    "/limits/instance",
    "/limits/maxRuntimeSeconds/maximum",
    "/limits/maxWaitSeconds/maximum",
    "/limits/total",
    "/credentials/external",
    "/credentials/source",
    "/namespaces",
    "/quotas",
    "/rules",
    "/scheduling/mode",
    "/scheduling/onClusterFailure",
    "/storage/claims",
    "/storage/accessMode",
    "/storage/allowedStorageClasses",
    "/storage/existingClaims",
    "/storage/maxSizeGB",
    "/storage/objectStorageOutput",
    "/storage/storageClassName",
    "/sync",
    "/templates",
    "/trainingScript/allowedVariables",
    "/tenants",
)
"""Settings of platform.yaml that no RayJob has."""
_NOT_IN_ITEMS: Any = {
    "algorithms": {"containers": {"__all__": {"hyperparameters"}}},
    "credentials": {"profiles": {"__all__": {"external", "source"}}},
    "pods": {"image_pull_secrets": {"__all__": {"source"}}},
}
"""The same within lists and by name, by the names of the model's fields."""
_OF_PODS = {"gpu_resource_name", "pods", "gpu_pods"}
"""Settings of a cluster that pods have, by the names of the model's fields."""
_SUSPEND = re.compile("^  suspend: (true|false)$\n?", re.MULTILINE)
"""What may change of a RayJob that has started: ``check_suspension`` says what becomes of it."""


def check_change(
    base: Base, fleet: Fleet, broken: Collection[str], *, allow_edits: bool = False
) -> Iterator[Diagnostic]:
    """What is wrong, or worth knowing, about the change from ``base`` to ``fleet``.

    Files and directories in ``broken`` have errors of their own and are not judged. With
    ``allow_edits`` nothing is said of edited jobs: they are known not to have started.
    """
    change = change_between(base.fleet, fleet, broken)
    yield from _deleted(change, {submission.file for submission in fleet.submissions})
    yield from _specs(base, change, allow_edits=allow_edits)
    yield from check_placements(change)
    yield from check_suspension(change)
    yield from check_claims(change)
    yield from check_secrets(change)


def _deleted(change: Change, files: set[str]) -> Iterator[Diagnostic]:
    for submission in change.deleted:
        namespace, name = submission.name
        yield DELETED_JOB.found(
            f'the job "{name}" in namespace "{namespace}" is gone: a copy that runs stops',
            hint="keep its file until it has finished, or let it stop on purpose",
            at=Location(submission.file, "/jobName" if submission.file in files else None),
        )


def _specs(base: Base, change: Change, *, allow_edits: bool) -> Iterator[Diagnostic]:
    """Each RayJob that is another under the same name, said of the job or of what causes it."""
    by_platform: list[Submission] = []
    by_version: list[Submission] = []
    for pair in change.pairs:
        there = set(pair.before.job.target_clusters)
        kept = [cluster for cluster in pair.after.job.target_clusters if cluster in there]
        was, now = (
            _on(kept, change.before.resolved(pair.before)),
            _on(kept, change.after.resolved(pair.after)),
        )
        if was != now and _on(kept, change.before.resolved(pair.after)) != was:
            if not allow_edits:
                yield _edited(pair)
            continue
        rendered = _rendered_spec(base, pair)
        has_spec = rendered is not None and rendered == now.text(change.after.resolved(pair.after))
        if has_spec and (was.patches, was.queue) == (now.patches, now.queue):
            continue
        if was != now:
            by_platform.append(pair.after)
        if rendered is not None and rendered != was.text(change.before.resolved(pair.before)):
            by_version.append(pair.after)
    if by_platform or by_version:
        yield _rerendered(base, change, by_platform, by_version)


@dataclass(frozen=True, slots=True)
class _Copies:
    """A RayJob's spec, what queues it, and by cluster what its copy there has besides.

    Kueue refuses another queue or priority class of a job that it has let in.
    """

    spec: Node
    patches: dict[str, list[Node]]
    queue: dict[str, str]

    def text(self, one: ResolvedJob) -> str:
        """The spec as it is rendered: with the job's other clusters."""
        return _spec_text(_spec(one) if one.platform.clusters else self.spec)


def _on(clusters: list[str], one: ResolvedJob) -> _Copies:
    """The job's copies on ``clusters`` alone: what others say of nodes has no part in them."""
    if one.platform.clusters:
        one = replace(one, job=one.job.model_copy(update={"target_clusters": clusters}))
    return _Copies(_spec(one), cluster_patches(one), queue_labels(one))


def _spec(one: ResolvedJob) -> Node:
    """The RayJob's spec without what may change of one that has started."""
    return {name: value for name, value in ray_job_spec(one).items() if name != "suspend"}


def _edited(pair: Pair) -> Diagnostic:
    name = pair.after.job.job_name
    if template := _template_that_edits(pair):
        return EDITED_JOB.found(
            f'"{name}" is edited by its template "{template}" and keeps its name: KubeRay ignores '
            "it, or ends the job that runs",
            hint="write the change into a new template; --allow-edits if none of its jobs started",
            at=pair.after.at("/template"),
        )
    return EDITED_JOB.found(
        f'"{name}" is edited and keeps its name: KubeRay ignores it, or ends the job that runs',
        hint="give the job a new name; --allow-edits if it is known not to have started",
        at=pair.after.at("/jobName"),
    )


def _template_that_edits(pair: Pair) -> str | None:
    """The template of a job that says itself what it said before."""
    was, now = pair.before.merged, pair.after.merged
    return now.template.name if was and now and was.own == now.own else None


def _rendered_spec(base: Base, pair: Pair) -> str | None:
    """The lines below ``spec:`` as the ref rendered them; None where it did not.

    Compared as text: reading thousands of documents back would take minutes, and one spec has
    one text.
    """
    namespace, name = pair.before.name
    text = base.rendered.get(f"{namespace}/{name}.yaml", "")
    if not text.startswith(HEADER):
        return None
    return _SUSPEND.sub("", text.partition("\n---\n")[0].partition("\nspec:\n")[2]).rstrip("\n")


def _spec_text(spec: Node) -> str:
    return emit({"spec": spec}).removeprefix("spec:\n").rstrip("\n")


def _rerendered(
    base: Base, change: Change, by_platform: list[Submission], by_version: list[Submission]
) -> Diagnostic:
    names = {name_of(submission.name) for submission in (*by_platform, *by_version)}
    words = f"of {plural(len(names), 'job')} that did not change: {listed(names)}"
    hint = "jobs that have started keep what they started with: a re-run is a new name"
    version = f'this version of rayjobs renders other RayJobs than rendered/ at "{base.ref}" has'
    if not by_platform:
        return RERENDERED.found(f"{version}, {words}", hint=hint)
    also = f"; {version}, too" if by_version else ""
    return RERENDERED.found(
        f"platform.yaml changes the RayJobs {words}{also}",
        hint=hint,
        at=PLATFORM_FILE.at(_changed_setting(change, by_platform)),
    )


def _changed_setting(change: Change, changed: list[Submission]) -> str:
    """The first setting that differs and that the RayJobs of ``changed`` may have."""
    jobs = [submission.job for submission in changed]
    found = _differences(
        _dumped(change.before.platform, jobs), _dumped(change.after.platform, jobs)
    )
    return next((p for p in found if not p.startswith(_NOT_IN_A_RAYJOB)), "")


def _dumped(platform: Platform, jobs: list[Job]) -> dict[str, Any]:
    """The settings; of algorithms and clusters only those of ``jobs``, and only what pods have."""
    document = platform.model_dump(mode="json", by_alias=True, exclude=_NOT_IN_ITEMS)
    containers = document["algorithms"].pop("containers")
    document["algorithms"] = {
        **_run_by(jobs, "builtin", document["algorithms"]),
        "containers": _run_by(jobs, "container", containers),
    }
    targets = {cluster for job in jobs for cluster in job.target_clusters}
    described = {
        name: cluster.model_dump(
            mode="json", by_alias=True, exclude_defaults=True, include=_OF_PODS
        )
        for name, cluster in platform.clusters.items()
        if name in targets
    }
    document["clusters"] = {name: of_pods for name, of_pods in described.items() if of_pods}
    return document


def _run_by(jobs: list[Job], source: str, algorithms: dict[str, Any]) -> dict[str, Any]:
    names = {job.algorithm.algorithm_name for job in jobs if job.algorithm.source == source}
    return {name: settings for name, settings in algorithms.items() if name in names}


def _differences(before: Any, after: Any, pointer: str = "") -> Iterator[str]:
    """Pointers to what differs, in the order of the model."""
    if isinstance(before, dict) and isinstance(after, dict):
        if set(before) - set(after):
            yield pointer
        for key in after:
            yield from _differences(before.get(key), after[key], pointer + pointer_of(key))
    elif before != after:
        yield pointer
