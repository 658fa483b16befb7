"""Parameters of `ray start` from platform.yaml: they arrive as written, and ours stay ours."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.check import pipeline
from generator.model.platform.ray import HeadStartParams, StartParams
from tests.helpers.bounds import found, platform
from tests.helpers.documents import PLATFORM
from tests.helpers.jobs import minimal_job, write_job

GIBIBYTE = 1024**3


def groups(root: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The rayStartParams of head and workers."""
    assert not pipeline.render(root).failed
    text = (root / "rendered/default/train-1.yaml").read_text(encoding="utf-8")
    cluster = next(iter(yaml.safe_load_all(text)))["spec"]["rayClusterSpec"]
    (workers,) = cluster["workerGroupSpecs"]
    return cluster["headGroupSpec"]["rayStartParams"], workers["rayStartParams"]


def arguments(params: dict[str, str]) -> list[str]:
    """What `ray start` gets of the line that KubeRay makes (convertParamMap of 1.6.0) for bash."""
    words = []
    for name in sorted(params):
        value = params[name]
        if value.lower() not in ("true", "false") or name in ("log-color", "include-dashboard"):
            words.append(f" --{name}={value} ")
        elif value.lower() == "true":
            words.append(f" --{name} ")
    printed = subprocess.run(
        ["bash", "-c", "--", f"printf '%s\\0' {''.join(words)}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return printed.stdout.split("\0")[:-1]


def test_each_parameter_reaches_ray_start(repository: Path) -> None:
    job = minimal_job()
    job["resources"]["instanceResources"]["gpuCount"] = 2
    write_job(repository, job)
    ray = {"head": PLATFORM["ray"]["head"], "worker": PLATFORM["ray"]["worker"]}
    platform(repository, json.dumps({"ray": ray}))
    head, workers = groups(repository)
    assert arguments(head) == [
        "--disable-usage-stats",
        "--log-color=false",
        "--log-style=record",
        "--num-cpus=0",
        "--num-gpus=0",
        "--object-spilling-directory=/mnt/spilled",
        "--object-store-memory=2000000000",
        "--plasma-directory=/tmp",
        '--resources={"licence":1}',
        "--temp-dir=/mnt/ray",
    ]
    assert arguments(workers) == [
        "--num-gpus=2",
        "--object-store-memory=78643200",
        '--resources={"a":0}',
    ]


def test_the_sample_has_every_parameter() -> None:
    fields = {info.alias or name for name, info in HeadStartParams.model_fields.items()}
    assert set(PLATFORM["ray"]["head"]["rayStartParams"]) == fields
    assert set(StartParams.model_fields) < set(HeadStartParams.model_fields)


def test_nothing_is_added_where_nothing_is_set(repository: Path) -> None:
    write_job(repository, minimal_job())
    flags = "{rayStartParams: {disable-usage-stats: false, resources: {}}}"
    platform(repository, f"ray: {{head: {flags}, worker: {{rayStartParams: {{}}}}}}\n")
    head, workers = groups(repository)
    assert arguments(head) == ["--num-cpus=0", "--num-gpus=0"]
    assert workers == {}


TAKEN = [
    "num-cpus", "num-gpus", "memory", "address", "head", "block", "port", "node-ip-address",
    "node-name", "redis-password", "redis-username", "dashboard-host", "dashboard-port",
    "dashboard-agent-listen-port", "metrics-export-port", "include-dashboard", "labels",
    "include-log-monitor", "autoscaling-config", "ray-client-server-port", "system-config",
    "objectStoreMemory", "object_store_memory",
]  # fmt: skip


@pytest.mark.parametrize("role", ["head", "worker"])
@pytest.mark.parametrize("name", TAKEN)
def test_what_rayjobs_or_kuberay_sets_is_not_replaced(
    repository: Path, role: str, name: str
) -> None:
    write_job(repository, minimal_job())
    platform(repository, json.dumps({"ray": {role: {"rayStartParams": {name: "1"}}}}, indent=1))
    (one,) = found(repository)
    pointer = f"/ray/{role}/rayStartParams/{name}"
    assert (one.rule.id, one.file, one.pointer) == (
        "schema/unknown-field",
        "platform.yaml",
        pointer,
    )
    assert one.line == 5


@pytest.mark.parametrize("name", ["temp-dir", "disable-usage-stats"])
def test_workers_have_no_parameters_that_only_a_head_takes(repository: Path, name: str) -> None:
    write_job(repository, minimal_job())
    platform(repository, f"ray: {{worker: {{rayStartParams: {{{name}: /tmp/ray}}}}}}\n")
    assert [one.rule.id for one in found(repository)] == ["schema/unknown-field"]


REFUSED: list[tuple[str, Any]] = [
    *(
        ("plasma-directory", path)
        for path in (
            "/tmp/$HOME", "/tmp/`id`", "/tmp/a;b", "/tmp/a b", "/tmp/'a'", '/tmp/"a"', "/tmp/a\n",
            "/tmp/*", "/tmp/a&b", "/tmp/a|b", "/tmp/a>b", "/tmp/\\a", "/tmp/#a", "tmp", "~/a", "",
            "/tmp/", "/tmp/../etc", "/tmp/\x7f",
        )
    ),
    *(
        ("resources", {name: 1})
        for name in ("CPU", "GPU", "memory", "object_store_memory", "node:a", "a'b", "a$b", "", "1")
    ),
    ("resources", {"a": 0.5}),
    ("resources", {"a": -1}),
    ("resources", {"a": "1"}),
    ("resources", '{"a": 1}'),
    ("object-store-memory", 75 * 1024 * 1024 - 1),
    ("object-store-memory", "2Gi"),
    ("object-store-memory", "2000000000"),
    ("object-store-memory", True),
    ("temp-dir", "/" + "a" * 40),
    ("disable-usage-stats", "true"),
    ("log-style", "plain"),
    ("log-color", True),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_what_would_not_arrive_is_refused(repository: Path, name: str, value: Any) -> None:
    write_job(repository, minimal_job())
    platform(repository, json.dumps({"ray": {"head": {"rayStartParams": {name: value}}}}))
    (one,) = found(repository)
    assert one.file == "platform.yaml"
    assert (one.pointer or "").startswith(f"/ray/head/rayStartParams/{name}")
    assert one.line is not None


OF_INSTANCE = ("job/object-store", "/resources/instanceResources/memoryGiB")
OF_HEAD = ("job/object-store", "/resources/headResources/memoryGiB")
OF_PLATFORM = ("platform/object-store", "/ray/head/rayStartParams/object-store-memory")
STORES: list[tuple[str, str, dict[str, int] | None, list[tuple[str, str]]]] = [
    ("worker", "", None, [OF_INSTANCE]),
    ("worker", "", {"memoryGiB": 17}, [OF_INSTANCE]),
    ("head", "", None, [OF_INSTANCE]),
    ("head", "", {"memoryGiB": 8}, [OF_HEAD]),
    ("head", "", {"memoryGiB": 17}, []),
    ("head", "memoryGiB: 17", None, []),
    ("head", "memoryGiB: 17", {"memoryGiB": 8}, [OF_HEAD]),
    ("head", "memoryGiB: 16", None, [OF_PLATFORM]),
]


@pytest.mark.parametrize(("role", "size", "own", "expected"), STORES)
def test_an_object_store_fits_into_its_pod(
    repository: Path,
    role: str,
    size: str,
    own: dict[str, int] | None,
    expected: list[tuple[str, str]],
) -> None:
    job = minimal_job()
    if own:
        job["resources"]["headResources"] = own
    write_job(repository, job)
    for more, places in ((1, expected), (0, [])):
        params = f"object-store-memory: {16 * GIBIBYTE + more}"
        settings = ", ".join(filter(None, (f"rayStartParams: {{{params}}}", size)))
        platform(repository, f"ray: {{{role}: {{{settings}}}}}\n")
        if more or own is None:
            assert [(one.rule.id, one.pointer) for one in found(repository)] == places


def test_where_the_store_has_a_directory_ray_does_not_look(repository: Path) -> None:
    write_job(repository, minimal_job())
    params = f"object-store-memory: {17 * GIBIBYTE}, plasma-directory: /mnt/store"
    platform(repository, f"ray: {{worker: {{rayStartParams: {{{params}}}}}}}\n")
    assert found(repository) == []
