"""Rules about the security contexts and the Secrets of platform.yaml."""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics import Diagnostic, error, pointer_of, warning
from generator.model.platform.model import PLATFORM_FILE, Platform
from generator.model.platform.pods import TEMPORARY
from generator.model.platform.storage import SecretKeys, canonical_endpoint

SECCOMP_PROFILE = error(
    "platform/seccomp-profile", "A seccomp profile that Kubernetes does not take."
)
ROOT = error("platform/root", "The pods' user is root, and no container may run as root.")
READ_ONLY_PATH = error(
    "platform/read-only-path", "Ray is told to write where the image is read-only."
)
UNUSED_POLICY = warning(
    "platform/unused-fs-group-policy",
    "fsGroupChangePolicy has no effect without fsGroup.",
    adjustable=False,
)
EXTERNAL_SECRET = error(
    "platform/external-secret", "A Secret's source and its External Secrets settings disagree."
)
SECRET_CONFLICT = error("platform/secret-conflict", "One Secret is described in two ways.")
DUPLICATE_ENDPOINT = error("platform/duplicate-endpoint", "An endpoint is named twice.")

_AT = ("pods", "securityContext")
_SHARED_MEMORY = "/dev/shm"  # noqa: S108  # a path of the container: KubeRay mounts it


def check_security(platform: Platform) -> Iterator[Diagnostic]:
    """What contradicts itself in the security contexts: with what they say no pod would run."""
    for rule in (_seccomp_profile, _root, _fs_group_policy, _read_only_paths):
        yield from rule(platform)


def check_secrets(platform: Platform) -> Iterator[Diagnostic]:
    """What is wrong with the Secrets of the platform."""
    for pointer, keys in _keys(platform):
        yield from _external(keys, pointer)
    yield from _conflicts(platform)
    yield from _endpoints(platform)


def _seccomp_profile(platform: Platform) -> Iterator[Diagnostic]:
    profile = platform.pods.security_context.seccomp_profile
    if profile is None:
        return
    at = (*_AT, "seccompProfile")
    if profile.type == "Localhost" and profile.localhost_profile is None:
        yield SECCOMP_PROFILE.found(
            "the type is Localhost, and nothing says which file",
            hint="add localhostProfile, or write RuntimeDefault",
            at=PLATFORM_FILE.at(pointer_of(*at, "type")),
        )
    if profile.type != "Localhost" and profile.localhost_profile is not None:
        yield SECCOMP_PROFILE.found(
            f"only with the type Localhost there is a file, and this is {profile.type}",
            hint="leave it out, or write type: Localhost",
            at=PLATFORM_FILE.at(pointer_of(*at, "localhostProfile")),
        )


def _root(platform: Platform) -> Iterator[Diagnostic]:
    pod, container = platform.pods.security_context, platform.pods.container_security_context
    own = container.run_as_non_root
    if (pod.run_as_non_root if own is None else own) and pod.run_as_user == 0:
        yield ROOT.found(
            "user 0 is root, and runAsNonRoot keeps each container from running as root",
            hint="name another user, 1000 in Ray's images, or leave it to the image",
            at=PLATFORM_FILE.at(pointer_of(*_AT, "runAsUser")),
        )


def _fs_group_policy(platform: Platform) -> Iterator[Diagnostic]:
    pod = platform.pods.security_context
    if pod.fs_group_change_policy and pod.fs_group is None:
        yield UNUSED_POLICY.found(
            "without fsGroup no volume changes hands",
            hint="add fsGroup, or leave it out",
            at=PLATFORM_FILE.at(pointer_of(*_AT, "fsGroupChangePolicy")),
        )


def _read_only_paths(platform: Platform) -> Iterator[Diagnostic]:
    if not platform.pods.container_security_context.read_only_root_filesystem:
        return
    head, worker = platform.ray.head.ray_start_params, platform.ray.worker.ray_start_params
    written = (TEMPORARY, _SHARED_MEMORY, platform.storage.mount_path)
    for role, name, path in (
        ("head", "temp-dir", head.temp_dir),
        ("head", "object-spilling-directory", head.object_spilling_directory),
        ("head", "plasma-directory", head.plasma_directory),
        ("worker", "object-spilling-directory", worker.object_spilling_directory),
        ("worker", "plasma-directory", worker.plasma_directory),
    ):
        if path and not any(f"{path}/".startswith(f"{place}/") for place in written):
            yield READ_ONLY_PATH.found(
                f"{path} is in the image, which readOnlyRootFilesystem keeps from being written",
                hint=f"choose a directory below {TEMPORARY}",
                at=PLATFORM_FILE.at(pointer_of("ray", role, "rayStartParams", name)),
            )


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
