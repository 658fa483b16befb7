"""Rules across jobs, and between jobs and the platform."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from generator.diagnostics import Diagnostic
from generator.diagnostics.wording import listed, others
from generator.model.platform.model import PLATFORM_FILE
from generator.repository.fleet import Fleet, ObjectName, SharedClaim, Submission
from generator.repository.usage import placement_in_words
from generator.rules.fleet import error, warning
from generator.rules.fleet.crowded import check_crowding
from generator.rules.fleet.outputs import check_access_modes, check_shared_outputs
from generator.rules.fleet.quotas import check_quotas
from generator.rules.fleet.scheduling import check_clusters, check_scheduling
from generator.rules.limit import check_limits
from generator.rules.tenant import check_tenants

DUPLICATE_JOB = error("fleet/duplicate-job", "Two jobs have the same namespace and name.")
NAME_TAKEN = error("fleet/name-taken", "Two objects would have policies of the same name.")
STORAGE_CLASS = error("fleet/storage-class", "Jobs disagree on the storage class of their claim.")
CLAIM_CLUSTERS = error(
    "fleet/claim-clusters", "A job targets a cluster that its claim is not on.", adjustable=True
)
CLAIM_SIZE = warning("fleet/claim-size", "A job asks for more than its declared claim has.")
EXISTING_CLAIM = warning(
    "fleet/existing-claim", "A job asks for a size or class of a claim that exists already."
)
NO_CLAIM = warning("fleet/no-claim", "A job names a claim that nothing here makes.")
UNLISTED_NAMESPACE = warning(
    "fleet/unlisted-namespace", "A job is in a namespace that platform.yaml does not list."
)
FULL_COPIES = warning("fleet/full-copies", "A job runs in full on each of several clusters.")


def check_fleet(fleet: Fleet) -> Iterator[Diagnostic]:
    """Everything that is wrong between jobs; each finding names its file."""
    for rule in (
        _duplicate_jobs,
        _taken_names,
        _storage_classes,
        _declared_claims,
        _missing_claims,
        check_access_modes,
        _namespaces,
        _full_copies,
        check_shared_outputs,
        check_clusters,
        check_limits,
        check_tenants,
        check_quotas,
        check_crowding,
        check_scheduling,
    ):
        yield from rule(fleet)


def _duplicate_jobs(fleet: Fleet) -> Iterator[Diagnostic]:
    named: dict[ObjectName, list[Submission]] = defaultdict(list)
    for submission in fleet.submissions:
        named[submission.name].append(submission)
    for (namespace, name), same in named.items():
        files = sorted(submission.file for submission in same)
        for submission in same if len(same) > 1 else ():
            also = others(files, submission.file)
            yield DUPLICATE_JOB.found(
                f'the job "{name}" in namespace "{namespace}" is also in {also}',
                hint="give each job a name of its own",
                at=submission.at("/jobName"),
            )


def _taken_names(fleet: Fleet) -> Iterator[Diagnostic]:
    """A job's, a claim's and a Secret's policy are all called after their object."""
    claims = {key: shared for key, shared in fleet.claims.items() if shared.is_rendered}
    for submission in fleet.submissions:
        namespace, name = submission.name
        kinds = []
        if secret := fleet.secrets.get((namespace, name)):
            kinds.append(secret.purpose)
        if (namespace, name) in claims:
            kinds.append("a claim")
        for kind in kinds:
            yield NAME_TAKEN.found(
                f'the job is called like {kind}, "{name}", and so would be their policies',
                hint="choose another name",
                at=submission.at("/jobName"),
            )
    for key, secret in fleet.secrets.items():
        if key in claims:
            yield from _claim_like_secret(fleet, claims[key], secret.purpose)


def _claim_like_secret(fleet: Fleet, shared: SharedClaim, purpose: str) -> Iterator[Diagnostic]:
    message = f'the claim "{shared.name}" is called like {purpose}'
    hint = "choose another name: their policies would be called alike"
    for submission in shared.submissions:
        if submission.job.pvc_name:
            yield NAME_TAKEN.found(message, hint=hint, at=submission.at("/pvcName"))
    if shared.declared or any(not s.job.pvc_name for s in shared.submissions):
        at = "/storage/claimName"
        if shared.declared:
            index = fleet.declared_at[shared.namespace, shared.name]
            at = f"/storage/claims/{index}/name"
        yield NAME_TAKEN.found(message, hint=hint, at=PLATFORM_FILE.at(at))


def _storage_classes(fleet: Fleet) -> Iterator[Diagnostic]:
    for shared in fleet.claims.values():
        if shared.existing:
            continue
        declared = shared.declared
        wanted = None
        if declared:
            wanted = declared.storage_class_name or fleet.platform.storage.storage_class_name
        named = shared.storage_classes
        if len(named) < 2 and (declared is None or set(named) <= {wanted}):
            continue
        against = (
            f'platform.yaml declares "{wanted or "the default class"}"'
            if declared
            else f"its jobs name {listed(named)}"
        )
        for submission in shared.submissions:
            own = submission.job.resources.storage_class_name
            if own is not None and own != wanted:
                yield STORAGE_CLASS.found(
                    f'storage class "{own}" for the claim "{shared.name}", but {against}',
                    hint="name the same class everywhere, or another claim with pvcName",
                    at=submission.at("/resources/storageClassName"),
                )


def _declared_claims(fleet: Fleet) -> Iterator[Diagnostic]:
    for shared in fleet.claims.values():
        if shared.declared or shared.existing:
            yield from _clusters_without(shared)
        for submission in shared.submissions if shared.existing else ():
            yield from _without_effect(shared, submission)
        if shared.declared is None:
            continue
        for submission in shared.submissions:
            size = submission.job.resources.volume_size_gb
            if size is not None and size > shared.declared.size_gb:
                yield CLAIM_SIZE.found(
                    f'the claim "{shared.name}" has {shared.declared.size_gb} GiB as declared in '
                    f"platform.yaml; the {size} asked for here have no effect",
                    hint="leave volumeSizeGB out, or have the platform team declare more",
                    at=submission.at("/resources/volumeSizeGB"),
                )


def _clusters_without(shared: SharedClaim) -> Iterator[Diagnostic]:
    clusters = set(shared.clusters)
    hint = f"it is on {listed(clusters)}, as platform.yaml says"
    for submission in shared.submissions:
        for index, cluster in enumerate(submission.job.target_clusters):
            if cluster not in clusters:
                yield CLAIM_CLUSTERS.found(
                    f'the claim "{shared.name}" is not on {cluster}: pods there would wait for '
                    "ever",
                    hint=hint,
                    at=submission.at(f"/targetClusters/{index}"),
                )


def _without_effect(shared: SharedClaim, submission: Submission) -> Iterator[Diagnostic]:
    resources = submission.job.resources
    for field, value in (
        ("volumeSizeGB", resources.volume_size_gb),
        ("storageClassName", resources.storage_class_name),
    ):
        if value is not None:
            yield EXISTING_CLAIM.found(
                f'the claim "{shared.name}" exists already: {field} has no effect',
                hint="leave it out, or name another claim with pvcName",
                at=submission.at(f"/resources/{field}"),
            )


def _missing_claims(fleet: Fleet) -> Iterator[Diagnostic]:
    for shared in fleet.claims.values():
        for submission in () if shared.is_rendered or shared.existing else shared.submissions:
            named = submission.job.pvc_name is not None
            yield NO_CLAIM.found(
                f'nothing here makes the claim "{shared.name}": pods wait until it exists',
                hint=(
                    "add resources.volumeSizeGB, or make the claim on every target cluster and "
                    "list it under storage.existingClaims in platform.yaml"
                ),
                at=submission.at("/pvcName" if named else "/resources", on_key=not named),
            )


def _namespaces(fleet: Fleet) -> Iterator[Diagnostic]:
    listed = set(fleet.platform.namespaces)
    for submission in fleet.submissions if listed else ():
        namespace = submission.job.namespace
        if namespace != "default" and namespace not in listed:
            yield UNLISTED_NAMESPACE.found(
                f'platform.yaml does not list the namespace "{namespace}"',
                hint="list it there: else it is made by hand, and Flux stops with its last job",
                at=submission.at("/namespace"),
            )


def _full_copies(fleet: Fleet) -> Iterator[Diagnostic]:
    for submission in fleet.submissions:
        job, resolved = submission.job, fleet.resolved(submission)
        if resolved.placement.mode == "divided" and resolved.placement.copies > 1:
            yield FULL_COPIES.found(
                f"{job.job_name} {placement_in_words(resolved)}",
                hint='to run it once: "scheduling": {"mode": "one-of"}; to say so: "all"',
                at=submission.at("/targetClusters"),
            )
