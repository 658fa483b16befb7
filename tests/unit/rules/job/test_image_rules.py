"""Images of head and workers, and the Ray that their tags name, as the json report shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generator.rules.job.images import ray_in_tag
from tests.helpers.jobs import Report, minimal_job, write_job
from tests.helpers.storage import platform

RULES = ("job/one-image", "job/unlike-images", "job/ray-version")
DEFAULT = "kiepdoden123/iris-training-ray:v1.2"
DIGEST = "@sha256:" + "0" * 64


def findings(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Rule, file and pointer of what is found of images."""
    return [
        (found["rule"], found["file"], found["pointer"])
        for found in document["diagnostics"]
        if found["rule"] in RULES
    ]


def images(head: str | None = None, worker: str | None = None, **more: Any) -> dict[str, Any]:
    given = {"headImage": head, "workerImage": worker, **more}
    return minimal_job(**{name: value for name, value in given.items() if value is not None})


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("rayproject/ray:2.40.0", (2, 40, 0)),
        ("rayproject/ray:2.9.3-py310-cu118", (2, 9, 3)),
        ("rayproject/ray-ml:2.40.0-py310-gpu", (2, 40, 0)),
        ("rayproject/ray-llm:2.46.0-py311-cu124", (2, 46, 0)),
        ("rayproject/ray:2.46.0-extra-py311-cpu-aarch64", (2, 46, 0)),
        ("rayproject/ray:2.40.0.22541c-py310", (2, 40, 0)),
        ("rayproject/ray:1.13.0", (1, 13, 0)),
        ("docker.io/rayproject/ray:2.46", (2, 46)),
        ("registry.example:5000/mirror/rayproject/ray:2.46.0-py311", (2, 46, 0)),
        ("registry.example/ray:2.46.0", (2, 46, 0)),
        ("ray:2.46.0", (2, 46, 0)),
        ("rayproject/ray:2.46.0" + DIGEST, (2, 46, 0)),
        ("registry.example/team/train:ray2.46.0", (2, 46, 0)),
        ("registry.example/team/train:v3-ray-2.46.0", (2, 46, 0)),
        ("registry.example/team/train:v1.2_py311_ray_2.46-cuda12.1", (2, 46)),
        ("registry.example/team/train:RAY2.46.0", (2, 46, 0)),
        ("registry.example/team/llm:ray-llm-2.46.0", (2, 46, 0)),
        ("rocm/ray:ray-2.48.0.post0_rocm7.0.0", (2, 48, 0)),
    ],
)
def test_a_tag_that_names_a_ray(image: str, version: tuple[int, ...]) -> None:
    assert ray_in_tag(image) == version


@pytest.mark.parametrize(
    "image",
    [
        "registry.example/team/train:v1",
        "registry.example/team/train:2.40.0",
        "registry.example/team/train:1.2.3",
        "kiepdoden123/iris-training-ray:v1.2",
        "registry.example/team/iris-training-ray:2.1.0",
        "registry.example/team/ray:1.2.3",
        "registry.example/team/ray:v2.40.0",
        "registry.example/ray-2.40.0/train:v1",
        "registry.example/team/ray2.40.0:v1",
        "registry.example/team/train:ray-v1.2",
        "registry.example/team/train:ray1.2",
        "registry.example/team/train:ray2",
        "registry.example/team/train:xray-2.40.0",
        "registry.example/team/chest:x-ray-2.40.0",
        "registry.example/team/train:ray-2024.05.01",
        "registry.example/team/ray:2024.05.01",
        "registry.example/team/ray:3.1.0",
        "registry.example/team/train:array2.40.0",
        "registry.example/team/train:kuberay-2.6.0",
        "registry.example/team/train:ray-train-2.0.1",
        "rayproject/ray",
        "rayproject/ray:latest",
        "rayproject/ray:latest-py310-gpu",
        "rayproject/ray:nightly.241010.22541c-py39",
        "rayproject/ray:806c18-py38-cu112",
        "rayproject/ray" + DIGEST,
        "localhost:5000/ray",
        "2.40.0/ray",
    ],
)
def test_a_tag_that_names_none(repository: Path, report: Report, image: str) -> None:
    assert ray_in_tag(image) is None
    platform(repository, "ray: {version: 2.53.0}\n")
    write_job(repository, images(image, image))
    assert findings(report("validate")) == []


# One of the two images


@pytest.mark.parametrize(
    ("field", "other", "words"),
    [
        ("headImage", "workerImage", "the workers run another image"),
        ("workerImage", "headImage", "the head runs another image"),
    ],
)
def test_the_image_that_is_left_out_is_named(
    repository: Path, report: Report, field: str, other: str, words: str
) -> None:
    file = write_job(repository, minimal_job(**{field: "registry.example/t/mine:v2"}))
    (found,) = report("validate")["diagnostics"]
    assert (found["rule"], found["severity"]) == ("job/one-image", "warning")
    assert (found["file"], found["pointer"]) == (file, f"/{field}")
    assert words in found["message"]
    assert f'"{DEFAULT}"' in found["message"]
    assert '"registry.example/t/mine:v2"' in found["message"]
    assert other in found["hint"]


@pytest.mark.parametrize(
    "job",
    [
        minimal_job(),
        images(DEFAULT),
        images(worker=DEFAULT),
        images("a:1", "a:1"),
        images("a:1", "b:1"),
    ],
)
def test_images_that_are_no_mistake(repository: Path, report: Report, job: dict[str, Any]) -> None:
    write_job(repository, job)
    assert report("validate")["diagnostics"] == []


def test_a_template_may_give_the_other_image(repository: Path, report: Report) -> None:
    platform(repository, "templates: {t: {file: templates/t.json}}\n")
    (repository / "templates").mkdir()
    (repository / "templates/t.json").write_text('{"workerImage": "b:1"}')
    write_job(repository, {**images("a:1"), "template": "t"})
    assert report("validate")["diagnostics"] == []


def test_an_image_that_nobody_names_is_said_once(repository: Path, report: Report) -> None:
    job = images("a:1", algorithm={"algorithmName": "lightgbm"}, entrypoint="python a.py")
    write_job(repository, job)
    assert [found["rule"] for found in report("validate")["diagnostics"]] == ["job/not-configured"]
    algorithm = {"source": "container", "algorithmName": "resnet"}
    write_job(repository, images("a:1", algorithm=algorithm, entrypoint="python a.py"))
    (found,) = report("validate")["diagnostics"]
    assert found["rule"] == "job/container-incomplete"


def test_a_container_of_platform_yaml_has_an_image_too(repository: Path, report: Report) -> None:
    platform(
        repository,
        "algorithms: {containers: {resnet: {image: 'b:1', entrypoint: python b.py}}}\n",
    )
    algorithm = {"source": "container", "algorithmName": "resnet"}
    file = write_job(repository, images(worker="a:1", algorithm=algorithm))
    assert findings(report("validate")) == [("job/one-image", file, "/workerImage")]


# Two images of one cluster


@pytest.mark.parametrize(
    ("head", "worker", "pointer", "words"),
    [
        ("rayproject/ray:2.40.0", "rayproject/ray:2.46.0", "/headImage", "Ray 2.40.0"),
        ("rayproject/ray:2.46.0", "rayproject/ray:2.40.0", "/workerImage", "Ray 2.40.0"),
        ("rayproject/ray:2.46.1", "a/b:v1-ray2.46.0", "/headImage", "Ray 2.46.1"),
        ("rayproject/ray:2.40.0", "rayproject/ray:2.41.0", "/headImage", "Ray 2.41.0"),
        (
            "rayproject/ray:2.46.0-py310",
            "rayproject/ray:2.46.0-py311-gpu",
            "/headImage",
            "Python 3.11",
        ),
    ],
)
def test_images_of_different_versions_are_one_mistake(
    repository: Path, report: Report, head: str, worker: str, pointer: str, words: str
) -> None:
    file = write_job(repository, images(head, worker))
    (found,) = report("validate")["diagnostics"]
    assert (found["rule"], found["severity"]) == ("job/unlike-images", "error")
    assert (found["file"], found["pointer"]) == (file, pointer)
    assert words in found["message"]
    assert f'"{head}"' in found["message"]
    assert f'"{worker}"' in found["message"]


@pytest.mark.parametrize(
    ("head", "worker"),
    [
        ("rayproject/ray:2.46.0-py311-cpu", "rayproject/ray:2.46.0-py311-gpu"),
        ("rayproject/ray:2.46.0", "rayproject/ray:2.46.0-py311"),
        ("rayproject/ray:2.46.0", "registry.example/team/train:v1"),
        ("rayproject/ray:2.46.0", "rayproject/ray:nightly"),
        ("rayproject/ray:2.46.0", "rayproject/ray:2.46"),
        # Of what they are is nothing known: py310 may be that of a tool.
        ("registry.example/team/train:v1-py310", "registry.example/team/train:v1-py311"),
    ],
)
def test_images_that_may_be_one_cluster(
    repository: Path, report: Report, head: str, worker: str
) -> None:
    write_job(repository, images(head, worker))
    assert report("validate")["diagnostics"] == []


def test_an_image_beside_the_platforms_is_one_mistake(repository: Path, report: Report) -> None:
    platform(repository, "algorithms: {xgboost: {image: 'team/train:ray2.46.0'}}\n")
    file = write_job(repository, images("team/train:ray2.40.0"))
    assert findings(report("validate")) == [("job/unlike-images", file, "/headImage")]


# rayVersion


@pytest.mark.parametrize(
    ("settings", "job", "pointer"),
    [
        ("ray: {version: 2.53.0}", {"both": "rayproject/ray:2.40.0"}, "/headImage"),
        ("{}", {"both": "rayproject/ray:2.40.0"}, "/headImage"),
        ("{}", {"both": "rayproject/ray:2.46.1"}, "/headImage"),
        ("{}", {"both": "rayproject/ray:2.40"}, "/headImage"),
        ("{}", {"head": "team/train:v1", "worker": "rayproject/ray:2.40.0"}, "/workerImage"),
        ("algorithms: {xgboost: {rayVersion: 2.49.2}}", {"both": "ray:2.46.0"}, "/headImage"),
        ("{}", {"both": "rayproject/ray:2.46.0", "rayVersion": "2.49.2"}, "/headImage"),
    ],
)
def test_a_ray_version_that_is_not_the_tags(
    repository: Path, report: Report, settings: str, job: dict[str, Any], pointer: str
) -> None:
    platform(repository, f"{settings}\n")
    both = job.pop("both", None)
    head, worker = job.pop("head", both), job.pop("worker", both)
    file = write_job(repository, images(head, worker, **job))
    (found,) = report("validate")["diagnostics"]
    assert (found["rule"], found["severity"]) == ("job/ray-version", "error")
    assert (found["file"], found["pointer"]) == (file, pointer)
    assert "rayVersion" in found["hint"]


def test_of_a_container_it_is_that_of_its_name(repository: Path, report: Report) -> None:
    platform(
        repository,
        "algorithms: {containers: {resnet: {rayVersion: 2.49.2, entrypoint: python b.py}}}\n",
    )
    algorithm = {"source": "container", "algorithmName": "resnet"}
    file = write_job(repository, images("ray:2.46.0", "ray:2.46.0", algorithm=algorithm))
    assert findings(report("validate")) == [("job/ray-version", file, "/headImage")]
    write_job(repository, images("ray:2.49.2", "ray:2.49.2", algorithm=algorithm))
    assert findings(report("validate")) == []


@pytest.mark.parametrize(
    ("version", "tag", "probed"),
    [
        ("2.53.0", "2.40.0", True),
        ("2.55.1", "2.52.9", True),
        ("3.0.0", "2.46.0", True),
        ("2.52.0", "2.40.0", False),
        ("2.46.0", "2.53.0", False),
        ("2.55.0", "2.53.0", False),
    ],
)
def test_the_probe_is_named_where_it_is_what_fails(
    repository: Path, report: Report, version: str, tag: str, probed: bool
) -> None:
    platform(repository, f"ray: {{version: {version}}}\n")
    write_job(repository, images(f"rayproject/ray:{tag}", f"rayproject/ray:{tag}"))
    (found,) = report("validate")["diagnostics"]
    assert f"Ray {tag}" in found["message"]
    assert version in found["message"]
    assert ("/api/healthz" in found["message"]) == probed


@pytest.mark.parametrize(
    ("settings", "job"),
    [
        ("ray: {version: 2.53.0}", images("rayproject/ray:2.53.0", "rayproject/ray:2.53.0-gpu")),
        ("ray: {version: 2.53.0}", images("rayproject/ray:2.53", "rayproject/ray:2.53")),
        ("ray: {version: 2.46.0-rc.1}", images("ray:2.46.0", "ray:2.46.0")),
        ("{}", images("ray:2.40.0", "ray:2.40.0", rayVersion="2.40.0")),
        ("{}", images("ray:2.40.0", "ray:nightly", rayVersion="2.40.0")),
    ],
)
def test_a_ray_version_that_is_the_tags(
    repository: Path, report: Report, settings: str, job: dict[str, Any]
) -> None:
    platform(repository, f"{settings}\n")
    write_job(repository, job)
    assert report("validate")["diagnostics"] == []


def test_a_jobs_ray_version_beside_the_platforms_image(repository: Path, report: Report) -> None:
    platform(repository, "algorithms: {xgboost: {image: 'ray:2.46.0'}}\n")
    file = write_job(repository, images("team/train:v1", rayVersion="2.49.2"))
    assert findings(report("validate")) == [
        ("job/one-image", file, "/headImage"),
        ("job/ray-version", file, "/rayVersion"),
    ]


@pytest.mark.parametrize(
    ("settings", "line", "pointer"),
    [
        (
            "algorithms:\n  xgboost:\n    image: ray:2.49.2\n",
            3,
            "/algorithms/xgboost/image",
        ),
        (
            "algorithms:\n  jax:\n    image: ray:2.46.0\n    rayVersion: 2.49.2\n",
            3,
            "/algorithms/jax/image",
        ),
        (
            "algorithms:\n  containers:\n    resnet: {image: 'a:ray2.40'}\n",
            3,
            "/algorithms/containers/resnet/image",
        ),
    ],
)
def test_the_platforms_image_is_found_once_in_platform_yaml(
    repository: Path, report: Report, settings: str, line: int, pointer: str
) -> None:
    platform(repository, settings)
    for name in ("a", "b"):
        write_job(repository, minimal_job(name))
    # To name the image that one gets anyway says nothing new.
    write_job(repository, minimal_job("c", headImage="ray:2.49.2"))
    document = report("validate")
    of_platform = [found for found in document["diagnostics"] if found["file"] == "platform.yaml"]
    assert [(f["rule"], f["pointer"], f["line"]) for f in of_platform] == [
        ("job/ray-version", pointer, line)
    ]
    assert of_platform[0]["severity"] == "error"
    if "xgboost" in settings:
        assert document["diagnostics"] == of_platform


def test_the_platforms_image_with_its_version(repository: Path, report: Report) -> None:
    platform(
        repository,
        "ray: {version: 2.49.2}\n"
        "algorithms:\n"
        "  xgboost: {image: 'mirror.example/rayproject/ray:2.49.2-py311'}\n"
        "  jax: {image: 'team/jax:ray2.46.0', rayVersion: 2.46.0}\n"
        "  containers: {resnet: {image: 'team/resnet:2.1.0'}}\n",
    )
    write_job(repository, minimal_job())
    assert report("validate")["diagnostics"] == []


def test_one_who_knows_better_may_ignore_it(repository: Path, report: Report) -> None:
    ignored = {"ignore": [{"rule": "job/ray-version", "reason": "the tag is the team's own"}]}
    write_job(repository, images("team/ray:2.1.0", "team/ray:2.1.0", rayjobs=ignored))
    assert report("validate")["diagnostics"] == []


@pytest.mark.parametrize(
    "job",
    [
        images("registry.example/team/train:v1"),
        images("rayproject/ray:2.40.0", "rayproject/ray:2.40.0"),
    ],
)
def test_without_a_readable_platform_nothing_is_known_of_its_images(
    repository: Path, report: Report, job: dict[str, Any]
) -> None:
    platform(repository, "ray: {versoin: 1}\n")
    write_job(repository, job)
    assert findings(report("validate")) == []
