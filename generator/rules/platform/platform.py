"""Rules about platform.yaml that need more than one of its fields."""

from __future__ import annotations

from collections.abc import Iterator

from generator.algorithms import BUILT_IN
from generator.diagnostics import Diagnostic, error, pointer_of
from generator.model.platform.model import PLATFORM_FILE, Platform
from generator.model.platform.storage import DeclaredClaim, ExistingClaim
from generator.rules.job.container import check_listed_containers
from generator.rules.job.entrypoint import why_it_changes
from generator.rules.job.images import check_platform_images
from generator.rules.job.object_store import check_platform_object_store
from generator.rules.job.processes import check_head
from generator.rules.job.quoting import check_platform_quoting
from generator.rules.job.reserved_variables import check_allowed_variables
from generator.rules.platform.bounds import check_bounds
from generator.rules.platform.scheduling import check_platform_scheduling
from generator.rules.platform.secrets import check_secrets
from generator.rules.platform.security import check_security

DUPLICATE_CLAIM = error("platform/duplicate-claim", "A claim is declared twice.")
PLATFORM_ENTRYPOINT = error(
    "platform/entrypoint", "An algorithm's entrypoint would not arrive as it is written."
)


def check_platform(platform: Platform) -> Iterator[Diagnostic]:
    """Everything that is wrong with the platform's settings taken by themselves."""
    yield from _duplicate_claims(platform)
    yield from _entrypoints(platform)
    yield from check_secrets(platform)
    yield from check_listed_containers(platform)
    yield from check_platform_images(platform)
    yield from check_platform_quoting(platform)
    yield from check_bounds(platform)
    yield from check_security(platform)
    yield from check_platform_object_store(platform.ray.head)
    yield from check_head(platform)
    yield from check_platform_scheduling(platform)
    yield from check_allowed_variables(platform)


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
    named = {
        pointer_of("algorithms", name): platform.runtime_of(name).entrypoint for name in BUILT_IN
    } | {
        pointer_of("algorithms", "containers", name): containers[name].entrypoint
        for name in containers
    }
    for at, entrypoint in named.items():
        if entrypoint and (reason := why_it_changes(entrypoint)):
            yield PLATFORM_ENTRYPOINT.found(
                f"the entrypoint {reason}",
                hint="put the commands into a script in the image and name the script here",
                at=PLATFORM_FILE.at(f"{at}/entrypoint"),
            )
