"""Rules about the images of a Ray cluster, and about the Ray that their tags name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from generator.algorithms import BUILT_IN
from generator.diagnostics import Diagnostic, error, pointer_of, warning
from generator.model.platform.model import PLATFORM_FILE, Platform
from generator.repository.resolved_job import ResolvedJob

ONE_IMAGE = warning(
    "job/one-image", "Only one of headImage and workerImage is given.", needs_platform=True
)
UNLIKE_IMAGES = error(
    "job/unlike-images",
    "The tags of head and workers name different versions of Ray or Python.",
    adjustable=True,
    needs_platform=True,
)
RAY_VERSION = error(
    "job/ray-version",
    "rayVersion differs from the version in the image's tag.",
    adjustable=True,
    needs_platform=True,
)
Version: TypeAlias = tuple[int, ...]
"""Two or three numbers."""

_PROBED_SINCE = (2, 53)

# The images that Ray publishes; their tags are x.y.z, then the commit of a release candidate,
# -extra, -py311, -cpu, -gpu, -cu121, -aarch64 (its ci/ray_ci/docker_container.py).
_PUBLISHED = frozenset({"ray", "ray-ml", "ray-llm"})
_RELEASE = re.compile(r"([0-9]+)\.([0-9]+)(?:\.([0-9]+))?(?![0-9A-Za-z])")
# Of any other image only a tag that says so: ray2.46.0, v3-ray-2.46.0.
_NAMED = re.compile(r"(?<![A-Za-z])(?<!\bx[-_])ray(?:[-_](?:ml|llm))?[-_]?(?=[0-9])", re.IGNORECASE)
_PYTHON = re.compile(r"(?<![0-9A-Za-z])py3([0-9]+)(?![0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Image:
    """An image of a job, the field that names it, and whether it is the job that does."""

    field: str
    image: str
    is_own: bool


def check_images(one: ResolvedJob) -> Iterator[Diagnostic]:
    """What is wrong with the images of a job that names any, or with what is said of their Ray."""
    job, by_platform = one.job, one.runtime.image
    if not job.has_own_image:
        return
    images = [
        _Image(field, image, own is not None)
        for field, own in (("headImage", job.head_image), ("workerImage", job.worker_image))
        if (image := own or by_platform)
    ]
    if unlike := list(_unlike(images, one)):
        yield from unlike
        return
    # What platform.yaml says of its own image is for check_platform_images.
    by_job = [i for i in images if job.ray_version is not None or i.image != by_platform]
    another = next(_of_another_ray(by_job, one), None)
    # Of one image of the job's the worse is said.
    if another is None or another.pointer == pointer_of("rayVersion"):
        yield from _only_one(images, one)
    if another is not None:
        yield another


def check_platform_images(platform: Platform) -> Iterator[Diagnostic]:
    """The images in platform.yaml whose tag names another Ray than is said of them."""
    built_in = [(name, "builtin", ("algorithms", name)) for name in BUILT_IN]
    containers = [
        (name, "container", ("algorithms", "containers", name))
        for name in platform.algorithms.containers
    ]
    for name, source, place in (*built_in, *containers):
        runtime = platform.runtime_of(name, source)
        image, version = runtime.image, runtime.ray_version
        if image and _differ(ray_in_tag(image), _numbers(version)):
            yield RAY_VERSION.found(
                _another(image, version),
                hint=f"set {'.'.join(place)}.rayVersion to that of the image",
                at=PLATFORM_FILE.at(pointer_of(*place, "image")),
            )


@lru_cache(maxsize=1024)
def ray_in_tag(image: str) -> Version | None:
    """The version of Ray that the tag of an image names, of two or three numbers, if any.

    That is a tag with ``ray2.46.0`` or ``ray-2.46`` in it, and of an image that Ray publishes, or
    a mirror of it, one that starts with a version. What another image calls its version is its own:
    only a Ray 2 is taken for one there.
    """
    path, tag = _path_and_tag(image)
    found = None
    if path[-1] in _PUBLISHED:
        found = _RELEASE.match(tag)
    if found is None and (named := _NAMED.search(tag)):
        found = _RELEASE.match(tag, named.end())
    if found is None:
        return None
    version = tuple(int(number) for number in found.groups() if number is not None)
    return version if (2,) <= version < (3,) or path[-2:-1] == ["rayproject"] else None


def _of_another_ray(images: list[_Image], one: ResolvedJob) -> Iterator[Diagnostic]:
    """The images whose tag names another Ray than rayVersion."""
    version = one.ray_version
    for named in images:
        if _differ(ray_in_tag(named.image), _numbers(version)):
            yield RAY_VERSION.found(
                _another(named.image, version),
                hint=f"{_say(named.image)}, or name an image with Ray {version}",
                at=one.at(pointer_of(named.field if named.is_own else "rayVersion")),
            )


def _path_and_tag(image: str) -> tuple[list[str], str]:
    *path, last = image.partition("@")[0].split("/")
    name, _, tag = last.partition(":")
    return [*path, name], tag


def _python_in_tag(image: str) -> Version | None:
    """Python 3.11 of a tag with ``py311`` in it."""
    found = _PYTHON.search(_path_and_tag(image)[1])
    return (3, int(found[1])) if found else None


def _numbers(version: str) -> Version:
    found = _RELEASE.match(version)
    return tuple(map(int, found.groups("0"))) if found else ()


def _differ(one: Version | None, other: Version | None) -> bool:
    """Whether both are known and differ in the numbers that both have."""
    if one is None or other is None:
        return False
    return any(a != b for a, b in zip(one, other, strict=False))


def _unlike(images: list[_Image], one: ResolvedJob) -> Iterator[Diagnostic]:
    """Head and workers that cannot be one cluster: Ray compares the whole versions.

    A worker's ``ray start`` ends with "Version mismatch" where Ray or Python is another than the
    head's (check_version_info in Ray 2.46).
    """
    if len(images) < 2:
        return
    head, worker = images
    rays = ray_in_tag(head.image), ray_in_tag(worker.image)
    pythons = _python_in_tag(head.image), _python_in_tag(worker.image)
    if _differ(*rays):
        what = [f"Ray {_words(ray)}" for ray in rays if ray]
    elif all(rays) and _differ(*pythons):
        what = [f"Python {_words(python)}" for python in pythons if python]
    else:
        return
    # The one of the job's that is not what rayVersion says, as far as that tells them apart.
    own = [named for named in images if named.is_own]
    said = _numbers(one.ray_version)
    odd = [named for named in own if _differ(ray_in_tag(named.image), said)]
    yield UNLIKE_IMAGES.found(
        f'the head runs "{head.image}" with {what[0]} and the workers "{worker.image}" with '
        f"{what[1]}: Ray lets no worker of another version join",
        hint=f"name images of one Ray and Python for both; rayVersion is {one.ray_version}",
        at=one.at(pointer_of((odd or own)[0].field)),
    )


def _only_one(images: list[_Image], one: ResolvedJob) -> Iterator[Diagnostic]:
    if len(images) < 2 or images[0].image == images[1].image:
        return
    head, worker = images
    if head.is_own and worker.is_own:
        return
    given, other = (head, worker) if head.is_own else (worker, head)
    runs = "the workers run" if other is worker else "the head runs"
    yield ONE_IMAGE.found(
        f'{runs} another image, the platform\'s: "{other.image}", not "{given.image}"',
        hint=f'set "{other.field}" too, to the image that is meant',
        at=one.at(pointer_of(given.field)),
    )


def _another(image: str, version: str) -> str:
    tag, said = ray_in_tag(image) or (), _numbers(version)
    words = f'the tag of "{image}" names Ray {_words(tag)}, and rayVersion is {version}'
    if tag < _PROBED_SINCE <= said:
        words += (
            ": from 2.53 on KubeRay probes /api/healthz, which an older Ray does not serve, so "
            "that no pod becomes ready"
        )
    return words


def _say(image: str) -> str:
    """What to write for the Ray that a tag names; a tag of two numbers does not say the third."""
    tag = ray_in_tag(image) or ()
    if len(tag) < 3:
        return 'set "rayVersion" to that of the image'
    return f'set "rayVersion": "{_words(tag)}"'


def _words(version: Version) -> str:
    return ".".join(map(str, version))
