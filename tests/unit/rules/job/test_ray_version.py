"""Which Ray a job's manifest names: its own where it names an image, else the platform's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.check import pipeline
from tests.helpers.bounds import found, places, platform
from tests.helpers.jobs import minimal_job, write_job
from tests.helpers.shown import shown

IMAGE = "registry.example/team/train:v1"
PLATFORM = (
    "ray: {version: 2.46.0}\n"
    f"algorithms: {{jax: {{image: {IMAGE}, entrypoint: python /opt/t.py, rayVersion: 2.49.2}}}}\n"
)


def version(root: Path) -> str:
    assert not pipeline.render(root).failed
    text = (root / "rendered/default/train-1.yaml").read_text(encoding="utf-8")
    rendered = next(iter(yaml.safe_load_all(text)))["spec"]["rayClusterSpec"]["rayVersion"]
    assert shown(root, "train-1")["rayVersion"]["value"] == rendered
    return str(rendered)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "2.46.0"),
        ({"algorithm": {"algorithmName": "jax"}}, "2.49.2"),
        ({"headImage": IMAGE, "workerImage": IMAGE}, "2.46.0"),
        ({"headImage": IMAGE, "workerImage": IMAGE, "rayVersion": "2.52.0"}, "2.52.0"),
        ({"workerImage": IMAGE, "rayVersion": "2.52.0"}, "2.52.0"),
    ],
)
def test_the_version_of_the_images_counts(
    repository: Path, changes: dict[str, Any], expected: str
) -> None:
    platform(repository, PLATFORM)
    write_job(repository, minimal_job(**changes))
    assert version(repository) == expected


def test_without_an_image_of_the_jobs_own_it_is_the_platforms(repository: Path) -> None:
    platform(repository, PLATFORM)
    write_job(repository, minimal_job(rayVersion="2.52.0"))
    (one,) = found(repository)
    assert (one.rule.id, one.pointer, one.is_error) == (
        "job/unused-ray-version",
        "/rayVersion",
        False,
    )
    assert "Ray 2.46.0" in one.message
    assert not pipeline.render(repository).failed
    assert 'rayVersion: "2.46.0"' in (repository / "rendered/default/train-1.yaml").read_text()


def test_where_each_version_comes_from(repository: Path) -> None:
    (repository / "platform.yaml").write_text("ray:\n  version: 2.46.1\n")
    write_job(repository, minimal_job())
    one = shown(repository, "train-1")["rayVersion"]
    assert (one["from"], one["file"], one["line"]) == ("platform", "platform.yaml", 2)
    platform(repository, "algorithms:\n  xgboost:\n    rayVersion: 2.49.0\n")
    one = shown(repository, "train-1")["rayVersion"]
    assert (one["value"], one["from"], one["line"]) == ("2.49.0", "platform", 3)
    (repository / "platform.yaml").unlink()
    assert shown(repository, "train-1")["rayVersion"]["from"] == "default"


@pytest.mark.parametrize(
    ("own", "pointers"),
    [
        ({"rayVersion": "2.48.0"}, ["/rayVersion"]),
        ({"rayVersion": "2.49.0"}, []),
        ({}, ["/algorithm/algorithmName"]),
    ],
)
def test_an_algorithm_that_needs_a_newer_ray(
    repository: Path, own: dict[str, Any], pointers: list[str]
) -> None:
    images = {"headImage": IMAGE, "workerImage": IMAGE, "entrypoint": "python /opt/t.py"}
    write_job(repository, minimal_job(algorithm={"algorithmName": "jax"}, **images, **own))
    assert places(repository) == [("job/old-ray", pointer) for pointer in pointers]
    said = "the job says Ray 2.48.0" if own else "platform.yaml says Ray 2.46.0"
    assert all(one.message.startswith(said) for one in found(repository))
