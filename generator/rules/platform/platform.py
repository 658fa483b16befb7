"""Rules about platform.yaml that need more than one of its fields."""

from __future__ import annotations

import json
from collections.abc import Iterator

from generator.algorithms import BUILT_IN
from generator.diagnostics import Diagnostic, Location, error, pointer_of, warning
from generator.diagnostics.wording import listed
from generator.fields import kubernetes
from generator.fields.labels import PLATFORM_VARIABLES
from generator.model.platform.model import PLATFORM_FILE, Platform
from generator.model.platform.storage import DeclaredClaim, ExistingClaim
from generator.repository.usage import Usage, beyond, in_words, together
from generator.rules.job.algorithm import check_head
from generator.rules.job.container import RefusedSchemaError, compiled, is_too_large
from generator.rules.job.images import check_platform_images
from generator.rules.job.text import why_it_changes, why_unquotable
from generator.rules.platform.scheduling import check_platform_scheduling
from generator.rules.platform.security import check_secrets, check_security

UNLISTED_CLUSTER = error(
    "platform/unlisted-cluster", "A setting names a cluster that clusters does not list."
)
UNLISTED_NAMESPACE = warning(
    "platform/unlisted-namespace",
    "A setting names a namespace that namespaces does not list.",
    adjustable=False,
)
UNLISTED_TENANT = warning(
    "platform/unlisted-tenant",
    "A setting names a tenant that tenants does not list.",
    adjustable=False,
)
RANGE = error("platform/range", "The lowest or the default is above the highest.")
UNUSED_WAIT = warning(
    "platform/unused-wait",
    "The default of the longest run ends jobs before that of the wait.",
    adjustable=False,
)
SHARES = error("platform/quota-shares", "The clusters' shares are more than the quota.")
DUPLICATE_CLAIM = error("platform/duplicate-claim", "A claim is declared twice.")
PLATFORM_ENTRYPOINT = error(
    "platform/entrypoint", "An algorithm's entrypoint would not arrive as it is written."
)
CONTAINER_SCHEMA = error("platform/container-schema", "A container's JSON Schema is not valid.")
OBJECT_STORE = error(
    "platform/object-store", "The head's object store is larger than the head's memory."
)
ALLOWED_VARIABLE = error(
    "platform/allowed-variable", "A variable is allowed that rayjobs itself sets."
)
UNQUOTABLE = error(
    "platform/unquotable", "A character in platform.yaml does not survive KubeRay's quoting."
)


def check_platform(platform: Platform) -> Iterator[Diagnostic]:
    """Everything that is wrong with the platform's settings taken by themselves."""
    yield from _duplicate_claims(platform)
    yield from _entrypoints(platform)
    yield from check_secrets(platform)
    yield from _containers(platform)
    yield from check_platform_images(platform)
    yield from _quoting(platform)
    yield from check_bounds(platform)
    yield from check_security(platform)
    yield from _object_store(platform)
    yield from check_head(platform)
    yield from check_platform_scheduling(platform)
    yield from _allowed_variables(platform)


def check_bounds(platform: Platform) -> Iterator[Diagnostic]:
    """What contradicts itself in the platform's bounds."""
    for rule in (_clusters, _namespaces, _tenants, _ranges, _shares):
        yield from rule(platform)


def _clusters(platform: Platform) -> Iterator[Diagnostic]:
    known = platform.clusters
    named = _named(platform, "clusters") + [
        (
            cluster,
            PLATFORM_FILE.at(pointer_of("quotas", namespace, "clusters", cluster), on_key=True),
        )
        for namespace, quota in platform.quotas.items()
        for cluster in quota.clusters
    ]
    hint = f"list it, or correct the name; there is: {listed(known)}"
    for cluster, at in named if known else ():
        if cluster not in known:
            yield UNLISTED_CLUSTER.found(f'clusters does not list "{cluster}"', hint=hint, at=at)


def _namespaces(platform: Platform) -> Iterator[Diagnostic]:
    known = {*platform.namespaces, kubernetes.DEFAULT_NAMESPACE}
    named = _named(platform, "namespaces") + [
        (namespace, PLATFORM_FILE.at(pointer_of("quotas", namespace), on_key=True))
        for namespace in platform.quotas
    ]
    for namespace, at in named if platform.namespaces else ():
        if namespace not in known:
            yield UNLISTED_NAMESPACE.found(
                f'namespaces does not list "{namespace}"',
                hint="list it, or correct the name: a quota there would bound nothing",
                at=at,
            )


def _named(platform: Platform, field: str) -> list[tuple[str, Location]]:
    """What each tenant names in one of its lists, and where."""
    return [
        (name, PLATFORM_FILE.at(pointer_of("tenants", tenant, field, index)))
        for tenant, bounds in platform.tenants.items()
        for index, name in enumerate(getattr(bounds, field) or ())
    ]


def _tenants(platform: Platform) -> Iterator[Diagnostic]:
    known = platform.tenants
    hint = f"list it, or correct the name: these marks are on no job; there is: {listed(known)}"
    for name in platform.metadata.tenants if known else ():
        if name not in known:
            yield UNLISTED_TENANT.found(
                f'tenants does not list "{name}"',
                hint=hint,
                at=PLATFORM_FILE.at(pointer_of("metadata", "tenants", name), on_key=True),
            )


def _ranges(platform: Platform) -> Iterator[Diagnostic]:
    run, wait = platform.limits.max_runtime_seconds, platform.limits.max_wait_seconds
    for field, time in (("maxRuntimeSeconds", run), ("maxWaitSeconds", wait)):
        if time.maximum is not None and (time.default or 0) > time.maximum:
            yield RANGE.found(
                f"the default of {time.default:,} seconds is above the maximum of {time.maximum:,}",
                hint="lower the default: a job that names no time would be refused for it",
                at=PLATFORM_FILE.at(pointer_of("limits", field, "default")),
            )
    if run.default and wait.default and wait.default >= run.default:
        yield UNUSED_WAIT.found(
            f"a job that names no time is ended after {run.default:,} seconds, waiting included: "
            f"it never waits {wait.default:,}",
            hint="leave it out, or make it less than the default of maxRuntimeSeconds",
            at=PLATFORM_FILE.at("/limits/maxWaitSeconds/default"),
        )
    yield from _head(platform)
    for name, tenant in platform.tenants.items():
        allowed = tenant.priorities
        if allowed.minimum > allowed.maximum:
            yield RANGE.found(
                f"the lowest priority {allowed.minimum} is above the highest, {allowed.maximum}",
                hint="exchange them: no job could have any priority",
                at=PLATFORM_FILE.at(pointer_of("tenants", name, "priorities", "minimum")),
            )


def _head(platform: Platform) -> Iterator[Diagnostic]:
    """The size of every head that a job does not size, against the most of an instance."""
    head, most = platform.ray.head, platform.limits.instance
    for field, unit, value, limit in (
        ("cpuCores", "CPU cores", head.cpu_cores, most.cpu_cores),
        ("memoryGiB", "GiB of memory", head.memory_gib, most.memory_gib),
    ):
        if limit is not None and value is not None and value > limit:
            yield RANGE.found(
                f"{value:,} {unit} of the head are more than the {limit:,} that an instance may "
                "have",
                hint=f"lower it, or raise limits.instance.{field}",
                at=PLATFORM_FILE.at(pointer_of("ray", "head", field)),
            )


def _shares(platform: Platform) -> Iterator[Diagnostic]:
    for namespace, quota in platform.quotas.items():
        shares = quota.clusters.values()
        total = together(
            Usage(share.cpu_cores or 0, share.memory_gib or 0, share.gpus or 0) for share in shares
        )
        if excess := beyond(total, quota):
            yield SHARES.found(
                f"the clusters' shares are more than the quota: {in_words(excess)}",
                hint="Karmada refuses such a quota: lower the shares, or raise the quota",
                at=PLATFORM_FILE.at(pointer_of("quotas", namespace, "clusters"), on_key=True),
            )


def _duplicate_claims(platform: Platform) -> Iterator[Diagnostic]:
    seen: set[tuple[str, str]] = set()
    listed: list[tuple[str, int, DeclaredClaim | ExistingClaim]] = [
        *(("claims", *pair) for pair in enumerate(platform.storage.claims)),
        *(("existingClaims", *pair) for pair in enumerate(platform.storage.existing_claims)),
    ]
    for field, index, claim in listed:
        if (claim.namespace, claim.name) in seen:
            yield DUPLICATE_CLAIM.found(
                f'the claim "{claim.name}" in namespace "{claim.namespace}" is declared twice',
                hint="keep one",
                at=PLATFORM_FILE.at(pointer_of("storage", field, index, "name")),
            )
        seen.add((claim.namespace, claim.name))


def _entrypoints(platform: Platform) -> Iterator[Diagnostic]:
    containers = platform.algorithms.containers
    named: list[tuple[tuple[str, ...], str | None]] = [
        *((("algorithms", name), platform.runtime_of(name).entrypoint) for name in BUILT_IN),
        *((("algorithms", "containers", name), containers[name].entrypoint) for name in containers),
    ]
    for place, entrypoint in named:
        if entrypoint and (reason := why_it_changes(entrypoint)):
            yield PLATFORM_ENTRYPOINT.found(
                f"the entrypoint {reason}",
                hint="put the commands into a script in the image and name the script here",
                at=PLATFORM_FILE.at(pointer_of(*place, "entrypoint")),
            )


def _containers(platform: Platform) -> Iterator[Diagnostic]:
    """What is wrong with the containers that platform.yaml lists."""
    for name, container in platform.algorithms.containers.items():
        at = pointer_of("algorithms", "containers", name, "hyperparameters")
        schema = compiled(json.dumps(container.hyperparameters))
        if isinstance(schema, RefusedSchemaError):
            yield CONTAINER_SCHEMA.found(
                schema.advice.message,
                hint=schema.advice.hint,
                at=PLATFORM_FILE.at(at + pointer_of(*schema.path)),
            )


def _quoting(platform: Platform) -> Iterator[Diagnostic]:
    """What platform.yaml adds to every job's environment and would not reach Ray."""
    script = platform.training_script
    for name, text in (("region", script.region), ("labelColumn", script.label_column)):
        if refused := why_unquotable(text):
            at = PLATFORM_FILE.at(pointer_of("trainingScript", name))
            yield UNQUOTABLE.found(refused.message, hint=refused.hint, at=at)


def _object_store(platform: Platform) -> Iterator[Diagnostic]:
    """An object store that is larger than the memory that platform.yaml gives to heads."""
    head = platform.ray.head
    params = head.ray_start_params
    if head.memory_gib is not None and is_too_large(params, head.memory_gib):
        yield OBJECT_STORE.found(
            f"the object store takes {params.object_store_memory:,} bytes, more than "
            f"{head.memory_gib:,} GiB",
            hint="lower it, or give the head more memory",
            at=PLATFORM_FILE.at("/ray/head/rayStartParams/object-store-memory"),
        )


def _allowed_variables(platform: Platform) -> Iterator[Diagnostic]:
    """A finding for each allowed variable that no job can set."""
    for index, variable in enumerate(platform.training_script.allowed_variables):
        if variable in PLATFORM_VARIABLES:
            yield ALLOWED_VARIABLE.found(
                f"rayjobs itself sets {variable}: no job can",
                hint="remove it",
                at=PLATFORM_FILE.at(pointer_of("trainingScript", "allowedVariables", index)),
            )
