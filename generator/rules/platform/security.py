"""Rules about the security contexts of platform.yaml: with what they say no pod would run."""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics import Diagnostic, error, pointer_of, warning
from generator.model.platform.model import PLATFORM_FILE, Platform
from generator.model.platform.security import TEMPORARY

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

_AT = ("pods", "securityContext")
_SHARED_MEMORY = "/dev/shm"  # noqa: S108  # a path of the container: KubeRay mounts it


def check_security(platform: Platform) -> Iterator[Diagnostic]:
    """What contradicts itself in the security contexts."""
    for rule in (_seccomp_profile, _root, _fs_group_policy, _read_only_paths):
        yield from rule(platform)


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
    not_root = container.run_as_non_root
    if not_root is None:
        not_root = pod.run_as_non_root
    if not_root and pod.run_as_user == 0:
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
        *(
            (role, name, path)
            for role, params in (("head", head), ("worker", worker))
            for name, path in (
                ("object-spilling-directory", params.object_spilling_directory),
                ("plasma-directory", params.plasma_directory),
            )
        ),
    ):
        if path and not any(f"{path}/".startswith(f"{place}/") for place in written):
            yield READ_ONLY_PATH.found(
                f"{path} is in the image, which readOnlyRootFilesystem keeps from being written",
                hint=f"choose a directory below {TEMPORARY}",
                at=PLATFORM_FILE.at(pointer_of("ray", role, "rayStartParams", name)),
            )
