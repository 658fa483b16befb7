"""What the members hold of a job, compared with what was rendered and what the summary says."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from generator.check.outcome import checked
from tests.e2e.session.api import Object, documents
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.repository import ROOT, Repository
from tests.e2e.session.waiting import NotYetError, wait_for
from tests.helpers.overrides import patched


def as_members(node: Any) -> Any:
    """A part of platform.yaml or params.json with its clusters named as the members.

    ``cluster-gpu-3`` is the second, as every odd one. Where two become one, the later counts.
    """
    if isinstance(node, dict):
        return {as_members(key): as_members(value) for key, value in node.items()}
    if isinstance(node, list):
        return [as_members(item) for item in node]
    named = _CLUSTER.fullmatch(node) if isinstance(node, str) else None
    return MEMBERS[int(named[1]) % len(MEMBERS)] if named else node


_CLUSTER = re.compile(r"cluster-[a-z]+-(\d+)")
SAMPLE: dict[str, Any] = as_members(
    yaml.safe_load((ROOT / "platform.yaml").read_text(encoding="utf-8"))
)
"""platform.yaml of this repository."""
_LEFT_OUT = ("templates", "clusters", "tenants", "quotas")


def platform(**changes: Any) -> str:
    """platform.yaml of a repository: this one's, whose samples need it, with ``changes`` of keys.

    Templates are left out: :func:`samples` writes out what they give. So is what bounds the
    samples, which the jobs of scenarios are not: a scenario that shows it names it.
    """
    own = {key: value for key, value in SAMPLE.items() if key not in _LEFT_OUT}
    own["namespaces"] = [*own["namespaces"], "team-one", "team-two"]
    own["storage"] = {k: v for k, v in own["storage"].items() if k != "allowedStorageClasses"}
    return str(yaml.safe_dump({**own, **changes}))


PLATFORM = platform()
"""platform.yaml of every repository, where a scenario changes nothing of it."""
CLUSTER_LABEL = "ray.io/cluster"


def job(name: str, clusters: list[str] | None = None, **changes: Any) -> dict[str, Any]:
    """A small job of the scenarios, with ``changes`` of its top-level fields."""
    channel = {"endpoint": "http://s3.local:9000", "bucket": "data"}
    return {
        "jobName": name,
        "algorithm": {"source": "builtin", "algorithmName": "xgboost"},
        "resources": {
            "instanceResources": {"cpuCores": 1, "memoryGiB": 1},
            "instanceCount": 1,
            "volumeSizeGB": 1,
        },
        "inputDataConfig": [
            {"channelName": "train", **channel, "prefix": "iris/train.csv"},
            {"channelName": "validation", **channel, "prefix": "iris/validation.csv"},
        ],
        "targetClusters": clusters or ["member1"],
        # Not the guide's: its size would follow the jobs that happen to be there.
        "pvcName": "results",
        **changes,
    }


def samples() -> dict[str, list[dict[str, Any]]]:
    """The sample jobs of this repository by tenant, with their clusters named as the members.

    What a job takes from a template is written out: the scenarios' platform.yaml has none.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for submission in checked(ROOT).fleet.submissions:
        file = ROOT / submission.file
        own = json.loads(file.read_text(encoding="utf-8"))
        sample: dict[str, Any] = {
            **own,
            **(submission.merged.document if submission.merged else {}),
        }
        sample.pop("template", None)
        names = as_members(sample["targetClusters"])
        assert len(names) == len(set(names)), file
        sample["targetClusters"] = names
        found.setdefault(file.parts[-3], []).append(sample)
    return found


@dataclass(frozen=True)
class Said:
    """What the summary says of a job, from the json report."""

    name: str
    namespace: str
    clusters: list[str]
    copies: int
    gpus: int
    cpu_cores: int
    memory_gib: int
    words: str


def said(repository: Repository) -> dict[str, Said]:
    """By job, what ``rayjobs validate`` says."""
    report = json.loads(repository.rayjobs("validate", "--format", "json").stdout)
    return {
        one["name"]: Said(
            name=one["name"],
            namespace=one["namespace"],
            clusters=one["clusters"],
            copies=one["copies"],
            gpus=one["gpus"],
            cpu_cores=one["cpuCores"],
            memory_gib=one["memoryGiB"],
            words=one["placement"],
        )
        for one in report["jobs"]
    }


def rendered(repository: Repository, path: str) -> dict[str, Object]:
    """The objects of a file of rendered/, by kind."""
    text = Path(repository.directory, "rendered", path).read_text(encoding="utf-8")
    return {one["kind"]: one for one in documents(text)}


@dataclass(frozen=True)
class Copy:
    """A copy of a job in a member: its RayJob, and the pods of its RayCluster."""

    member: str
    ray_job: Object
    pods: list[Object]


def wait_for_copies(planes: ControlPlanes, one: Said, seconds: float = 180) -> list[Copy]:
    """The copies of a job, once as many as were said have a Ray cluster with all its pods."""

    def look() -> list[Copy]:
        copies = copies_of(planes, one.name, one.namespace)
        pods = [len(copy.pods) for copy in copies]
        wanted = [_pods_wanted(copy.ray_job) for copy in copies]
        if len(copies) != one.copies or pods != wanted:
            raise NotYetError(
                f"{len(copies)} of {one.copies} copies, {pods} of {wanted} pods; "
                f"{[copy.ray_job.get('status') for copy in copies]}"
            )
        return copies

    return wait_for(f"KubeRay: RayJob {one.namespace}/{one.name} in the members", look, seconds)


def wait_for_suspended(planes: ControlPlanes, one: Said) -> list[Copy]:
    """The copies of a suspended job, once KubeRay says so of as many as were said."""

    def look() -> list[Copy]:
        copies = copies_of(planes, one.name, one.namespace)
        found = [copy.ray_job.get("status", {}).get("jobDeploymentStatus") for copy in copies]
        if found != ["Suspended"] * one.copies:
            raise NotYetError(f"{found} of {one.copies} copies")
        return copies

    return wait_for(f"KubeRay: RayJob {one.namespace}/{one.name} is suspended", look, 120)


def copies_of(planes: ControlPlanes, name: str, namespace: str) -> list[Copy]:
    """The copies of a job that are in the members now."""
    found = []
    for member in MEMBERS:
        ray_job = planes[member].get("RayJob", name, namespace)
        if ray_job is not None:
            cluster = ray_job.get("status", {}).get("rayClusterName")
            pods = (
                planes[member].all_of("Pod", namespace, f"{CLUSTER_LABEL}={cluster}")
                if cluster
                else []
            )
            found.append(Copy(member, ray_job, pods))
    return found


def uids(planes: ControlPlanes, kind: str, name: str, namespace: str) -> dict[str, str]:
    """By member, the uid of an object: another uid is another object of the same name."""
    found = {member: planes[member].get(kind, name, namespace) for member in MEMBERS}
    return {member: one["metadata"]["uid"] for member, one in found.items() if one}


def _pods_wanted(ray_job: Object) -> int:
    groups = ray_job["spec"]["rayClusterSpec"]["workerGroupSpecs"]
    replicas: list[int] = [group["replicas"] for group in groups]
    return 1 + sum(replicas)


def assert_as_said(one: Said, copies: list[Copy]) -> None:
    """Clusters, copies, GPUs, CPUs and memory are those of the summary."""
    assert len(copies) == one.copies
    assert {copy.member for copy in copies} <= set(one.clusters)
    limits = [
        container["resources"]["limits"]
        for copy in copies
        for pod in copy.pods
        for container in pod["spec"]["containers"]
    ]
    taken = {
        "gpus": sum(
            int(count) for limit in limits for name, count in limit.items() if name.endswith("/gpu")
        ),
        "cpu_cores": sum(int(limit["cpu"]) for limit in limits),
        "memory_gib": sum(_gibibytes(limit["memory"]) for limit in limits),
    }
    assert taken == {field: getattr(one, field) for field in taken}, one.words


def _gibibytes(quantity: str) -> int:
    assert quantity.endswith("Gi"), quantity
    return int(quantity.removesuffix("Gi"))


def assert_as_rendered(copy: Copy, objects: dict[str, Object]) -> None:
    """The RayJob and its pods carry what was rendered, with what its cluster overrides.

    Engines add fields and change none.
    """
    wanted = patched(objects["RayJob"], objects.get("OverridePolicy"), copy.member)
    assert_holds(copy.ray_job["spec"], wanted["spec"], f"{copy.member} RayJob")
    assert copy.ray_job["metadata"]["labels"].items() >= wanted["metadata"]["labels"].items()
    cluster = wanted["spec"]["rayClusterSpec"]
    templates = {
        "head": cluster["headGroupSpec"]["template"],
        "worker": cluster["workerGroupSpecs"][0]["template"],
    }
    for pod in copy.pods:
        labels = pod["metadata"]["labels"]
        template = templates[labels["ray.io/node-type"]]
        assert labels.items() >= template.get("metadata", {}).get("labels", {}).items()
        assert_holds(pod["spec"], template["spec"], f"{copy.member} {pod['metadata']['name']}")


def assert_holds(found: Any, wanted: Any, where: str) -> None:
    """``found`` has everything of ``wanted``; list items that have names are found by them."""
    if isinstance(wanted, dict):
        assert isinstance(found, dict), where
        for key, value in wanted.items():
            assert key in found, f"{where}.{key} is missing"
            assert_holds(found[key], value, f"{where}.{key}")
    elif isinstance(wanted, list) and wanted and isinstance(wanted[0], dict):
        named = {item["name"]: item for item in found if "name" in item}
        for number, item in enumerate(wanted):
            other = named[item["name"]] if "name" in item else found[number]
            assert_holds(other, item, f"{where}[{number}]")
    else:
        assert found == wanted, f"{where}: {found!r} is not {wanted!r}"
