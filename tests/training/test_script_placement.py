"""Each training script takes what its job reserves: a process a GPU, or one a worker without."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from sample.training import (
    lightgbm_train,
    xgboost_train,
)
from tests.helpers.script_settings import SCRIPTS, settings
from tests.helpers.scripts import definitions_of
from tests.training.placement import Run, wrongs
from tests.training.samples import SAMPLES, SHAPES, Shape

ALIKE = {
    "_amounts",
    "_count",
    "_device",
    "_flag",
    "_key",
    "_positive",
    "_whole",
    "lacking",
    "parsed",
    "print_process",
    "scaling",
    "wait_for_room",
    "HEAD",
    "PATIENCE",
    "WANTED",
}
"""What is word for word the same in all scripts."""
HEAD: dict[str, float] = {"CPU": 64, "GPU": 8, "node:__internal_head__": 1}
"""A head's resources, as where rayStartParams of platform.yaml give it some."""


def nodes(count: int, cpus: int, gpus: int = 0) -> list[dict[str, float]]:
    """Ray's resources of nodes, which name those alone that a node has."""
    return [{"CPU": float(cpus)} | ({"GPU": float(gpus)} if gpus else {})] * count


@pytest.mark.parametrize("name", SCRIPTS)
def test_placing_is_alike_in_all_scripts(name: str) -> None:
    first, other = definitions_of(xgboost_train), definitions_of(SCRIPTS[name])
    assert {part for part, text in other.items() if first.get(part) == text} >= ALIKE


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("shape", [*SHAPES, Shape(2, 11, 4)], ids=str)
def test_all_cpus_and_gpus_get_a_process(name: str, shape: Shape) -> None:
    found = settings(name, shape)
    assert (found.processes, found.threads) == (shape.processes, shape.threads)
    assert SCRIPTS[name].lacking(found, nodes(*shape)) is None


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize(
    ("shape", "there", "says"),
    [
        (
            Shape(3, 4, 0),
            nodes(2, 4),
            "Ray has room for 2 of 3 processes with 4 CPUs and 0 GPUs each: the job has 3 workers "
            "with 4 CPUs and 0 GPUs, and Ray has 2 with 4 CPUs and 0 GPUs",
        ),
        # A large worker does not stand for two.
        (
            Shape(2, 4, 0),
            [*nodes(1, 8), *nodes(1, 2)],
            "Ray has room for 1 of 2 processes with 4 CPUs and 0 GPUs each: the job has 2 workers "
            "with 4 CPUs and 0 GPUs, and Ray has 1 with 8 CPUs and 0 GPUs, 1 with 2 CPUs and 0 "
            "GPUs",
        ),
        (
            Shape(2, 8, 4),
            [*nodes(1, 8, 4), *nodes(1, 8)],
            "Ray has room for 4 of 8 processes with 2 CPUs and 1 GPU each: the job has 2 workers "
            "with 8 CPUs and 4 GPUs, and Ray has 1 with 8 CPUs and 4 GPUs, 1 with 8 CPUs and 0 "
            "GPUs",
        ),
        # CPUs of one node are of no use to the GPUs of another.
        (
            Shape(1, 4, 2),
            nodes(1, 2, 2),
            "Ray has room for 1 of 2 processes with 2 CPUs and 1 GPU each: the job has 1 worker "
            "with 4 CPUs and 2 GPUs, and Ray has 1 with 2 CPUs and 2 GPUs",
        ),
        (
            Shape(1, 1, 0),
            [],
            "Ray has room for 0 of 1 processes with 1 CPU and 0 GPUs each: the job has 1 worker "
            "with 1 CPU and 0 GPUs, and Ray has none",
        ),
        (
            Shape(2, 2, 4),
            nodes(2, 2, 4),
            "each GPU needs 1 CPU for its process, and a worker has 2 CPUs and 4 GPUs",
        ),
    ],
)
def test_what_cannot_be_placed_is_said_in_numbers(
    name: str, shape: Shape, there: list[dict[str, float]], says: str
) -> None:
    assert SCRIPTS[name].lacking(settings(name, shape), there) == says


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[float]]:
    """What stands for Ray: it has these nodes at each look; gives the sleeps between looks."""

    def starts(*looks: list[dict[str, float]]) -> list[float]:
        slept: list[float] = []
        monkeypatch.setattr(time, "sleep", slept.append)

        def found() -> list[dict[str, Any]]:
            there = looks[min(len(slept), len(looks) - 1)]
            dead = {"Alive": False, "Resources": {"CPU": 64.0, "GPU": 8.0}}
            return [dead, *({"Alive": True, "Resources": one} for one in [HEAD, *there])]

        monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(nodes=found))
        return slept

    return starts


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_waits_for_workers_that_are_late(
    name: str, ray: Callable[..., list[float]], capsys: pytest.CaptureFixture[str]
) -> None:
    slept = ray([], nodes(1, 4), nodes(2, 4))
    SCRIPTS[name].wait_for_room(settings(name, Shape(2, 4, 0)))
    assert len(slept) == 2
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize(
    ("there", "shape", "waits", "says"),
    [
        (nodes(1, 4), Shape(2, 4, 0), 60, "cannot train: Ray has room for 1 of 2 processes"),
        (nodes(2, 2), Shape(2, 4, 0), 0, "cannot train: Ray has room for 0 of 2 processes"),
        ([], Shape(2, 2, 4), 0, "cannot train: each GPU needs 1 CPU for its process"),
        # Another may come in place of the small one.
        (
            [*nodes(1, 4), *nodes(1, 2)],
            Shape(2, 4, 0),
            60,
            "cannot train: Ray has room for 1 of 2 processes",
        ),
        (nodes(2, 8), Shape(2, 8, 4), 0, "cannot train: Ray has room for 0 of 8 processes"),
    ],
    ids=["missing", "too-small", "never", "one-too-small", "no-gpus"],
)
def test_it_does_not_wait_for_ever(
    name: str,
    there: list[dict[str, float]],
    shape: Shape,
    waits: int,
    says: str,
    ray: Callable[..., list[float]],
) -> None:
    slept = ray(there)
    with pytest.raises(SystemExit, match=says):
        SCRIPTS[name].wait_for_room(settings(name, shape))
    assert sum(slept) == waits


@pytest.mark.parametrize(
    ("variables", "nthread", "device"),
    [
        ({}, 2, "cuda"),
        ({"NTHREAD": "3"}, 3, "cuda"),
        ({"TREE_METHOD": "hist"}, 2, "cuda"),
        ({"TREE_METHOD": "gpu_hist"}, 2, None),
        ({"BOOSTER": "gblinear"}, 2, None),
        ({"BOOSTER": "dart"}, 2, "cuda"),
        ({"UPDATER": "grow_histmaker"}, 2, None),
    ],
)
def test_xgboost_takes_threads_and_device_unless_the_job_chooses(
    variables: dict[str, str], nthread: int, device: str | None
) -> None:
    found = settings("xgboost", Shape(2, 8, 4), **variables).given
    assert (found["nthread"], found.get("device")) == (nthread, device)
    assert settings("xgboost", Shape(2, 8, 0)).given["device"] == "cpu"


@pytest.mark.parametrize(
    ("variables", "threads", "device"),
    [
        ({"DEVICE_TYPE": ""}, 2, "cuda"),
        ({"DEVICE_TYPE": "cpu"}, 2, "cpu"),
        ({"DEVICE_TYPE": "gpu", "NUM_THREADS": "3"}, 3, "gpu"),
    ],
)
def test_lightgbm_takes_threads_and_device_unless_the_job_chooses(
    variables: dict[str, str], threads: int, device: str
) -> None:
    found = settings("lightgbm", Shape(2, 8, 4), **variables).given
    assert (found["num_threads"], found["device_type"]) == (threads, device)
    assert settings("lightgbm", Shape(2, 8, 0), DEVICE_TYPE="").given["device_type"] == "cpu"


def test_lightgbm_says_that_its_cuda_trains_in_one_process() -> None:
    refused = lightgbm_train.refused
    several = {"DEVICE_TYPE": "", "TREE_LEARNER": "data"}
    said = refused(settings("lightgbm", Shape(2, 8, 4), **several))
    assert said is not None
    assert "trains in 1 process, and the job has 8" in said
    assert refused(settings("lightgbm", Shape(1, 8, 1), **several)) is None
    assert refused(settings("lightgbm", Shape(2, 8, 4), **several | {"DEVICE_TYPE": "gpu"})) is None
    assert (
        refused(settings("lightgbm", Shape(2, 8, 4), **several | {"TREE_LEARNER": "serial"}))
        is None
    )
    assert refused(settings("lightgbm", Shape(2, 8, 0), **several)) is None


def seen(shape: Shape) -> tuple[dict[str, dict[str, float]], Run]:
    """A training that takes all of a cluster, and the cluster."""
    cluster: dict[str, dict[str, float]] = {"head": {"head": True, "CPU": 0, "GPU": 0}}
    processes: list[dict[str, Any]] = []
    for worker in range(shape.workers):
        cluster[f"worker-{worker}"] = {"head": False, "CPU": shape.cpus, "GPU": shape.gpus}
        for gpu in range(max(shape.gpus, 1)):
            process: dict[str, Any] = {"rank": len(processes), "node": f"worker-{worker}"}
            process["resources"] = nodes(1, shape.threads, min(shape.gpus, 1))[0]
            process |= {"gpus": [gpu] if shape.gpus else [], "nthread": shape.threads}
            process["given"] = "cuda" if shape.gpus else "cpu"
            processes.append(process)
    taken: dict[str, float] = {"CPU": shape.processes * shape.threads}
    taken["GPU"] = shape.workers * shape.gpus
    return cluster, Run(0, 1.0, "", processes, taken)


def test_make_train_sees_what_is_wrong() -> None:
    sample, shape = SAMPLES[0], Shape(2, 8, 4)
    cluster, run = seen(shape)
    assert wrongs(sample, shape, cluster, run) == []
    first = run.processes[0]
    for change, says in (
        ({"node": "head"}, "1 processes train on {'head': True, 'CPU': 0, 'GPU': 0}, not 0"),
        ({"node": "worker-1"}, "3 processes train"),
        ({"gpus": [1]}, "have the GPUs [1, 1, 2, 3]"),
        ({"nthread": 1}, "nthread is 1, not 2"),
        ({"given": "cpu"}, "the library was given cpu, not cuda"),
        ({"resources": {"GPU": 1.0}}, "a process has {'GPU': 1.0}"),
    ):
        changed = run._replace(processes=[{**first, **change}, *run.processes[1:]])
        assert says in "\n".join(wrongs(sample, shape, cluster, changed))
    fewer = run._replace(processes=run.processes[:2], taken={"CPU": 4, "GPU": 2})
    assert "{'CPU': 4, 'GPU': 2} were taken" in "\n".join(wrongs(sample, shape, cluster, fewer))
