"""Rules about runs that write their results to one place in the object storage.

A claim is another volume in each cluster; a bucket is the same for all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from generator.diagnostics import Diagnostic, Scope, warning
from generator.diagnostics.names import listed
from generator.model.job.artifacts import names_objects
from generator.model.platform.credentials import canonical_endpoint
from generator.repository.fleet import Fleet, Submission

COPIED_OUTPUT = warning(
    "fleet/copied-output",
    "Copies of a job write their results to one place in a bucket.",
    scope=Scope.FLEET,
)
SAME_OUTPUT = warning(
    "fleet/same-output", "Jobs write their results to one place in a bucket.", scope=Scope.FLEET
)

_POINTER = "/outputDataConfig/artifactUri"


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
