"""Rules about the Secrets that platform.yaml names: one Secret has one source."""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics import Diagnostic, error, pointer_of
from generator.model.platform.credentials import SecretKeys, canonical_endpoint
from generator.model.platform.model import PLATFORM_FILE, Platform

EXTERNAL_SECRET = error(
    "platform/external-secret", "A Secret's source and its External Secrets settings disagree."
)
SECRET_CONFLICT = error("platform/secret-conflict", "One Secret is described in two ways.")
DUPLICATE_ENDPOINT = error("platform/duplicate-endpoint", "An endpoint is named twice.")


def check_secrets(platform: Platform) -> Iterator[Diagnostic]:
    """What is wrong with the Secrets of the platform."""
    for pointer, keys in _keys(platform):
        yield from _external(keys, pointer)
    yield from _conflicts(platform)
    yield from _endpoints(platform)


def _keys(platform: Platform) -> Iterator[tuple[str, SecretKeys]]:
    """Each Secret with S3 keys, and where it stands."""
    yield "/credentials", platform.credentials
    for index, profile in enumerate(platform.credentials.profiles):
        yield pointer_of("credentials", "profiles", index), profile


def _external(keys: SecretKeys, pointer: str) -> Iterator[Diagnostic]:
    if keys.source == "external" and keys.external is None:
        yield EXTERNAL_SECRET.found(
            "nothing says which store holds the keys",
            hint='add "external" with store, accessKey and secretKey',
            at=PLATFORM_FILE.at(f"{pointer}/source"),
        )
    elif keys.source != "external" and keys.external is not None:
        yield EXTERNAL_SECRET.found(
            f'the source is "{keys.source}": no ExternalSecret is rendered',
            hint='say "source: external", or remove this',
            at=PLATFORM_FILE.at(f"{pointer}/external", on_key=True),
        )
    if keys.source == "external" and keys.access_key == keys.secret_key:
        at = "secretKey" if "secret_key" in keys.model_fields_set else "accessKey"
        yield EXTERNAL_SECRET.found(
            f'both keys would be the entry "{keys.access_key}" of the Secret',
            hint="give them entries of their own",
            at=PLATFORM_FILE.at(f"{pointer}/{at}"),
        )


def _conflicts(platform: Platform) -> Iterator[Diagnostic]:
    """A Secret that stands twice has the same source in both, and no two ExternalSecrets."""
    sources: dict[str, str] = {}
    for pointer, keys in _keys(platform):
        name = keys.secret_name
        if name in sources and (sources[name] != keys.source or keys.source == "external"):
            yield _conflict(name, f"{pointer}/secretName")
        sources.setdefault(name, keys.source)
    pulling: set[str] = set()
    for index, secret in enumerate(platform.pods.image_pull_secrets):
        at = pointer_of("pods", "imagePullSecrets", index, "name")
        if secret.name in pulling or sources.get(secret.name, secret.source) != secret.source:
            yield _conflict(secret.name, at)
        pulling.add(secret.name)


def _conflict(name: str, pointer: str) -> Diagnostic:
    return SECRET_CONFLICT.found(
        f'the Secret "{name}" stands above already, in another way',
        hint="one Secret of a namespace has one source: give this one a name of its own",
        at=PLATFORM_FILE.at(pointer),
    )


def _endpoints(platform: Platform) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for number, profile in enumerate(platform.credentials.profiles):
        for index, endpoint in enumerate(profile.endpoints):
            if canonical_endpoint(endpoint) in seen:
                yield DUPLICATE_ENDPOINT.found(
                    f'"{endpoint}" stands in a profile already, and its jobs get that Secret',
                    hint="remove it here or there",
                    at=PLATFORM_FILE.at(
                        pointer_of("credentials", "profiles", number, "endpoints", index)
                    ),
                )
            seen.add(canonical_endpoint(endpoint))
