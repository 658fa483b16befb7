"""Security contexts of platform.yaml: every pod has them, and what keeps pods away is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.bounds import found, platform
from tests.helpers.documents import PLATFORM
from tests.helpers.jobs import Report, minimal_job, write_job
from tests.helpers.secrets import objects
from tests.helpers.storage import pods
from tests.helpers.trees import errors

RESTRICTED = {
    "securityContext": {
        "fsGroup": 100,
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
    "containerSecurityContext": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    },
}
"""What Pod Security's level restricted asks for, and a group for the claim."""


def rendered(root: Path, report: Report, settings: Any, **changes: Any) -> list[Any]:
    """The specs of head, worker and submitter; they conform to the CRD."""
    platform(root, json.dumps({"pods": settings}))
    write_job(root, minimal_job(**changes))
    assert report("render")["diagnostics"] == []
    assert errors(report("check", "--conformance", "embedded")) == []
    job = objects(root, "train-1")[0]
    return [*pods(job), job["spec"]["submitterPodTemplate"]["spec"]]


@pytest.mark.parametrize("settings", [RESTRICTED, PLATFORM["pods"]])
def test_every_pod_and_container_has_them(repository: Path, report: Report, settings: Any) -> None:
    specs = rendered(repository, report, settings)
    assert len(specs) == 3
    for spec in specs:
        assert spec["securityContext"] == settings["securityContext"]
        (container,) = spec["containers"]
        assert container["securityContext"] == settings["containerSecurityContext"]


def test_a_group_alone_is_the_pods(repository: Path, report: Report) -> None:
    for spec in rendered(repository, report, {"securityContext": {"fsGroup": 100}}):
        assert spec["securityContext"] == {"fsGroup": 100}
        assert "securityContext" not in spec["containers"][0]


def test_what_is_the_containers_alone_reaches_the_submitter_too(
    repository: Path, report: Report
) -> None:
    settings = {"containerSecurityContext": {"allowPrivilegeEscalation": False}}
    for spec in rendered(repository, report, settings):
        assert "securityContext" not in spec
        assert spec["containers"][0]["securityContext"] == {"allowPrivilegeEscalation": False}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"securityContext": {}, "containerSecurityContext": {}},
        {"securityContext": {"supplementalGroups": []}},
        {"containerSecurityContext": {"capabilities": {}}},
        {"containerSecurityContext": {"capabilities": {"drop": []}}},
    ],
)
def test_settings_that_say_nothing_add_nothing(
    repository: Path, report: Report, settings: Any
) -> None:
    platform(repository, json.dumps({"pods": settings}))
    write_job(repository, minimal_job())
    assert report("render")["diagnostics"] == []
    text = (repository / "rendered/default/train-1.yaml").read_text(encoding="utf-8")
    assert "securityContext" not in text
    assert "submitterPodTemplate" not in text


READ_ONLY = {"containerSecurityContext": {"readOnlyRootFilesystem": True}}


def test_ray_can_write_where_the_image_is_read_only(repository: Path, report: Report) -> None:
    for spec in rendered(repository, report, READ_ONLY):
        assert {"name": "tmp", "emptyDir": {}} in spec["volumes"]
        (container,) = spec["containers"]
        assert {"name": "tmp", "mountPath": "/tmp"} in container["volumeMounts"]
        names = [volume["name"] for volume in spec["volumes"]]
        assert names == [mount["name"] for mount in container["volumeMounts"]]


def test_a_job_without_a_claim_has_that_volume_alone(repository: Path, report: Report) -> None:
    uri = {"destinationType": "object-storage", "artifactUri": "s3://data/models/train-1"}
    document = {"pods": READ_ONLY, "storage": {"objectStorageOutput": ["own"]}}
    platform(repository, json.dumps(document))
    images = dict.fromkeys(("headImage", "workerImage"), "registry.example/own:v1")
    algorithm = {"source": "container", "algorithmName": "own"}
    job = minimal_job(algorithm=algorithm, entrypoint="python t.py", outputDataConfig=uri, **images)
    job["resources"].pop("volumeSizeGB", None)
    write_job(repository, job)
    assert errors(report("render")) == []
    for spec in pods(objects(repository, "train-1")[0]):
        assert [volume["name"] for volume in spec["volumes"]] == ["tmp"]


def test_a_claim_at_tmp_is_mounted_once(repository: Path, report: Report) -> None:
    platform(repository, json.dumps({"pods": READ_ONLY, "storage": {"mountPath": "/tmp"}}))
    write_job(repository, minimal_job())
    assert errors(report("render")) == []
    for spec in pods(objects(repository, "train-1")[0]):
        (mount,) = spec["containers"][0]["volumeMounts"]
        assert mount == {"name": "result-storage", "mountPath": "/tmp"}


AT = "/pods/securityContext"
CONTRADICTIONS: list[tuple[Any, list[tuple[str, str]]]] = [
    (
        {"securityContext": {"seccompProfile": {"type": "Localhost"}}},
        [("platform/seccomp-profile", f"{AT}/seccompProfile/type")],
    ),
    *(
        (
            {"securityContext": {"seccompProfile": {"type": kind, "localhostProfile": "a.json"}}},
            [("platform/seccomp-profile", f"{AT}/seccompProfile/localhostProfile")],
        )
        for kind in ("RuntimeDefault", "Unconfined")
    ),
    (
        {"securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "a/b"}}},
        [],
    ),
    (
        {"securityContext": {"runAsUser": 0, "runAsNonRoot": True}},
        [("platform/root", f"{AT}/runAsUser")],
    ),
    (
        {
            "securityContext": {"runAsUser": 0},
            "containerSecurityContext": {"runAsNonRoot": True},
        },
        [("platform/root", f"{AT}/runAsUser")],
    ),
    # What a container says counts before what its pod says.
    (
        {
            "securityContext": {"runAsUser": 0, "runAsNonRoot": True},
            "containerSecurityContext": {"runAsNonRoot": False},
        },
        [],
    ),
    ({"securityContext": {"runAsUser": 0}}, []),
    ({"securityContext": {"runAsUser": 1000, "runAsNonRoot": True, "runAsGroup": 0}}, []),
    (
        {"securityContext": {"fsGroupChangePolicy": "Always"}},
        [("platform/unused-fs-group-policy", f"{AT}/fsGroupChangePolicy")],
    ),
    ({"securityContext": {"fsGroupChangePolicy": "Always", "fsGroup": 0}}, []),
]


@pytest.mark.parametrize(("settings", "expected"), CONTRADICTIONS)
def test_what_contradicts_itself(
    repository: Path, settings: Any, expected: list[tuple[str, str]]
) -> None:
    platform(repository, json.dumps({"pods": settings}, indent=1))
    write_job(repository, minimal_job())
    seen = found(repository)
    assert [(one.rule.id, one.pointer) for one in seen] == expected
    assert all(one.file == "platform.yaml" and one.line is not None for one in seen)


@pytest.mark.parametrize(
    ("path", "is_written"),
    [
        ("/tmp/ray", True),
        ("/tmp", True),
        ("/dev/shm/ray", True),
        ("/mnt/results/ray", True),
        ("/tmpfs/ray", False),
        ("/home/ray", False),
    ],
)
@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("head", "temp-dir"),
        ("head", "object-spilling-directory"),
        ("worker", "object-spilling-directory"),
        ("worker", "plasma-directory"),
    ],
)
def test_ray_writes_into_volumes_only(
    repository: Path, role: str, name: str, path: str, is_written: bool
) -> None:
    document = {
        "pods": READ_ONLY,
        "ray": {role: {"rayStartParams": {name: path}}},
        "storage": {"mountPath": "/mnt/results"},
    }
    platform(repository, json.dumps(document))
    write_job(repository, minimal_job())
    pointer = f"/ray/{role}/rayStartParams/{name}"
    expected = [] if is_written else [("platform/read-only-path", pointer)]
    assert [(one.rule.id, one.pointer) for one in found(repository)] == expected
    del document["pods"]
    platform(repository, json.dumps(document))
    assert found(repository) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"securityContext": {"fsGroup": -1}},
        {"securityContext": {"fsGroup": "100"}},
        {"securityContext": {"runAsUser": 2**31}},
        {"securityContext": {"supplementalGroups": [1, 1]}},
        {"securityContext": {"supplementalGroups": ["a"]}},
        {"securityContext": {"fsGroupChangePolicy": "Never"}},
        {"securityContext": {"seccompProfile": {"type": "runtimeDefault"}}},
        {"securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "/a"}}},
        {"securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "../a"}}},
        {"securityContext": {"privileged": True}},
        {"containerSecurityContext": {"privileged": True}},
        {"containerSecurityContext": {"runAsUser": 1}},
        {"containerSecurityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}},
        {"containerSecurityContext": {"capabilities": {"drop": ["all"]}}},
        {"containerSecurityContext": {"allowPrivilegeEscalation": "false"}},
    ],
)
def test_what_kubernetes_would_not_take_is_refused(repository: Path, settings: Any) -> None:
    platform(repository, json.dumps({"pods": settings}, indent=1))
    write_job(repository, minimal_job())
    (one,) = found(repository)
    assert one.rule.id.startswith("schema/")
    assert (one.file, one.is_error) == ("platform.yaml", True)
    assert one.line is not None
