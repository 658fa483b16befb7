"""Rules about where jobs write: claims that several nodes mount, and outputs that jobs share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from generator.diagnostics import Diagnostic, pointer_of
from generator.diagnostics.wording import listed, plural
from generator.model.job.channels import names_objects
from generator.model.job.job import Job
from generator.model.platform.model import PLATFORM_FILE
from generator.model.platform.storage import AccessMode, canonical_endpoint
from generator.repository.fleet import Fleet, ObjectName, SharedClaim, Submission
from generator.rules.fleet import error, warning

CLAIM_MODE = error(
    "fleet/claim-mode",
    "A claim's access mode keeps pods from mounting it or writing to it.",
    adjustable=True,
)
CLAIM_NODE = warning("fleet/claim-node", "All pods that mount a claim have to be on one node.")
COPIED_OUTPUT = warning(
    "fleet/copied-output", "Copies of a job write their results to one place in a bucket."
)
SAME_OUTPUT = warning("fleet/same-output", "Jobs write their results to one place in a bucket.")

_HINT = "choose ReadWriteMany, with a storage class that offers it, such as one of NFS or CephFS"
_POINTER = "/outputDataConfig/artifactUri"


def check_access_modes(fleet: Fleet) -> Iterator[Diagnostic]:
    """A finding at each access mode in platform.yaml that does not suit the jobs of its claims.

    Nothing is said of claims that no job has, nor of those that exist already: platform.yaml does
    not say their mode.
    """
    with_mode: dict[tuple[str, AccessMode], list[SharedClaim]] = defaultdict(list)
    for shared in fleet.claims.values():
        if shared.is_rendered and shared.submissions:
            mode = fleet.platform.storage.mode_of(shared.declared)
            with_mode[_chosen_at(shared, fleet), mode].append(shared)
    for (pointer, mode), claims in with_mode.items():
        if mode == "ReadWriteOnce":
            for words in _one_node(claims, fleet):
                yield CLAIM_NODE.found(words, hint=_HINT, at=PLATFORM_FILE.at(pointer))
        elif mode != "ReadWriteMany":
            yield CLAIM_MODE.found(_never(mode, claims), hint=_HINT, at=PLATFORM_FILE.at(pointer))


def check_shared_outputs(fleet: Fleet) -> Iterator[Diagnostic]:
    """Each job whose copies, or other jobs, write to the same place as it does."""
    writing: dict[tuple[str, str], list[Submission]] = defaultdict(list)
    for submission in fleet.submissions:
        if place := _place(submission):
            writing[place].append(submission)
            copies = fleet.resolved(submission).placement.copies
            if copies > 1:
                yield COPIED_OUTPUT.found(
                    f"{copies:,} copies write to this URI, each over what the others wrote",
                    hint=(
                        'run it once: "scheduling": {"mode": "one-of"}; or make a job for each '
                        "cluster, with a URI of its own"
                    ),
                    at=submission.at(_POINTER),
                )
    for same in writing.values():
        yield from _same(same)


def _chosen_at(shared: SharedClaim, fleet: Fleet) -> str:
    if shared.declared and shared.declared.access_mode:
        index = fleet.declared_at[shared.namespace, shared.name]
        return pointer_of("storage", "claims", index, "accessMode")
    return pointer_of("storage", "accessMode")


def _never(mode: AccessMode, claims: Sequence[SharedClaim]) -> str:
    names = [s.job.job_name for shared in claims for s in shared.submissions]
    if mode == "ReadOnlyMany":
        return f"no pod can write to a claim that is {mode}: {_jobs(names)} cannot save a model"
    return (
        f"only one pod can mount a claim that is {mode}, and a job has a head and workers: all "
        f"pods of {_jobs(names)} but one wait for ever"
    )


def _one_node(claims: Sequence[SharedClaim], fleet: Fleet) -> Iterator[str]:
    """What is said of the claim that most pods mount in a cluster, and how many others there are.

    A job counts in each cluster that it may run on; nothing is said of jobs that run nowhere.
    """
    there: dict[tuple[ObjectName, str], list[Job]] = defaultdict(list)
    for shared in claims:
        for submission in shared.submissions:
            for cluster in fleet.resolved(submission).placement.candidates:
                there[(shared.namespace, shared.name), cluster].append(submission.job)
    if not there:
        return
    pods = {where: sum(1 + job.resources.instance_count for job in there[where]) for where in there}
    (claim, cluster), most = max(pods.items(), key=lambda item: item[1])
    jobs = _jobs([job.job_name for job in there[claim, cluster]])
    others = len({other for other, _ in there}) - 1
    more = plural(others, "more claim", is_grouped=True)
    also = f"; so it is with {more}" if others else ""
    yield (
        f'the claim "{claim[1]}" is ReadWriteOnce: on {cluster} all {most:,} pods of {jobs} have '
        f"to be on one node{also}"
    )


def _jobs(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names):,} jobs ({listed(names)})"


def _place(submission: Submission) -> tuple[str, str] | None:
    """The endpoint and the URI, where a job writes to object storage: a bucket is an endpoint's."""
    job = submission.job
    uri = job.output_data_config.artifact_uri if job.output_data_config else None
    if job.has_claim or uri is None or not names_objects(uri):
        return None
    return canonical_endpoint(job.input_data_config[0].endpoint), uri.rstrip("/")


def _same(submissions: list[Submission]) -> Iterator[Diagnostic]:
    if len({submission.name for submission in submissions}) == 1:
        return
    jobs = listed([submission.file for submission in submissions])
    for submission in submissions:
        yield SAME_OUTPUT.found(
            f"{len(submissions):,} jobs write to this URI, each over what the others wrote if "
            f"their script does not write below RUN_NAME: {jobs}",
            hint="give each job a URI of its own: s3://results/<jobName>",
            at=submission.at(_POINTER),
        )
