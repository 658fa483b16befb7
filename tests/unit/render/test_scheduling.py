"""Where, when and on which nodes a job runs: labels, taints, queues, priorities and marks."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.model.job.job import Job
from generator.model.platform.model import Platform
from generator.render.placement import override_policy
from generator.render.rayjob import ray_job
from generator.repository.fleet import Fleet, Submission
from tests.helpers.command import ROOT, rayjobs
from tests.helpers.findings import found
from tests.helpers.jobs import Report, minimal_job, write_job
from tests.helpers.overrides import patched
from tests.helpers.placements import AFFINITY, DUPLICATED, PLACEMENTS, STAYS, gpu_job
from tests.helpers.scheduling import set_platform
from tests.helpers.trees import errors

FILE = "rendered/default/train-1.yaml"
EXISTS = {"key": "training", "operator": "Exists"}


def rendered(root: Path, job: dict[str, Any]) -> dict[str, Any]:
    """What a job renders to, by kind; its manifest conforms and nothing is refused."""
    write_job(root, job)
    ran = rayjobs("render", "--root", root)
    assert ran.returncode == 0, ran.stdout
    checked = rayjobs("check", "--conformance", "embedded", "--root", root)
    assert checked.returncode == 0, checked.stdout
    text = (root / FILE).read_text(encoding="utf-8")
    return {document["kind"]: document for document in yaml.safe_load_all(text)}


def templates(ray_job: dict[str, Any]) -> dict[str, Any]:
    """The pod templates of a RayJob; None for a submitter that KubeRay makes itself."""
    cluster = ray_job["spec"]["rayClusterSpec"]
    (workers,) = cluster["workerGroupSpecs"]
    return {
        "head": cluster["headGroupSpec"]["template"],
        "worker": workers["template"],
        "submitter": ray_job["spec"].get("submitterPodTemplate"),
    }


LABELS = {"gpu": "a100", "site": "north"}
SELECTED = {"labelSelector": {"matchLabels": LABELS}}


@pytest.mark.parametrize("mode", PLACEMENTS)
def test_labels_narrow_every_mode(repository: Path, report: Report, mode: str | None) -> None:
    described = {
        "gpu-b": {"labels": {**LABELS, "x": "y"}},
        "gpu-a": {"labels": {"gpu": "a100"}},
        "gpu-c": {},
    }
    set_platform(repository, clusters=described)
    job = gpu_job(mode)
    job.setdefault("scheduling", {})["clusterLabels"] = LABELS
    expected = copy.deepcopy(PLACEMENTS[mode])
    for affinity in expected.get("clusterAffinities", [expected.get("clusterAffinity")]):
        affinity.update(SELECTED)
    policy = rendered(repository, job)["PropagationPolicy"]
    assert policy["spec"]["placement"] == expected
    # gpu-a lacks a label; nothing is known of gpu-c, which therefore counts.
    document = report("validate")
    (summary,) = document["jobs"]
    assert summary["clusters"] == ["gpu-b", "gpu-c"]
    once = mode in ("one-of", "ordered")
    assert (summary["copies"], summary["gpus"]) == ((1, 8) if once else (2, 16))
    assert "with gpu=a100, site=north" in summary["placement"]
    at = ("jobs/team/train-1/params.json", "/scheduling/clusterLabels")
    assert found(document, "fleet/unknown-labels") == [at]
    assert found(document, "fleet/cluster-labels") == []


def test_labels_that_leave_one_cluster_are_no_full_copies(repository: Path, report: Report) -> None:
    set_platform(repository, clusters={"c1": {"labels": {"a": "b"}}, "c2": {"labels": {}}})
    job = minimal_job(targetClusters=["c1", "c2"], scheduling={"clusterLabels": {"a": "b"}})
    write_job(repository, job)
    document = report("validate")
    assert document["diagnostics"] == []
    assert document["jobs"][0]["copies"] == 1


def test_what_jobs_share_is_on_every_target_whatever_its_labels(repository: Path) -> None:
    set_platform(repository, clusters={"c1": {"labels": {"a": "b"}}, "c2": {"labels": {}}})
    job = minimal_job(targetClusters=["c1", "c2"], scheduling={"clusterLabels": {"a": "b"}})
    rendered(repository, job)
    for file in ("storage/kham-pv-for-xgboost.yaml", "credentials/s3-credentials.yaml"):
        text = (repository / "rendered/default" / file).read_text(encoding="utf-8")
        (policy,) = (d for d in yaml.safe_load_all(text) if d["kind"] == "PropagationPolicy")
        assert policy["spec"]["placement"] == {"clusterAffinity": {"clusterNames": ["c1", "c2"]}}


def test_labels_that_no_cluster_has_are_an_error(repository: Path, report: Report) -> None:
    set_platform(repository, clusters={"c1": {"labels": {"gpu": "a100"}}})
    file = write_job(repository, minimal_job(scheduling={"clusterLabels": {"gpu": "h100"}}))
    document = report("validate")
    assert errors(document) == [("fleet/cluster-labels", file)]
    (finding,) = document["diagnostics"]
    assert finding["pointer"] == "/scheduling/clusterLabels"
    line = (repository / file).read_text(encoding="utf-8").splitlines()[finding["line"] - 1]
    assert line.strip() == '"clusterLabels": {'
    assert document["jobs"][0]["placement"] == "runs nowhere: no target cluster has gpu=h100"


WORDS = [
    (
        {"clusterLabels": {"gpu": "a100"}},
        "runs once, on c1 with gpu=a100: 1 worker, no GPUs",
    ),
    (
        {"clusterLabels": {"site": "north"}, "mode": "all"},
        "runs a full copy on each of 2 clusters with site=north (c1, c2): 2 workers, no GPUs "
        "in all",
    ),
    (
        {"clusterLabels": {"site": "north"}, "mode": "ordered"},
        "runs once, on c1, the first in the order c1, c2 with site=north: 1 worker, no GPUs",
    ),
    (
        {"mode": "one-of", "queue": "night"},
        "waits in the queue night, then runs once, on c1, the first by name of c1, c2: "
        "1 worker, no GPUs",
    ),
    (
        {"mode": "one-of", "suspended": True},
        "is suspended; resumed, it waits in the queue day, then runs once, on c1, the first by "
        "name of c1, c2: 1 worker, no GPUs",
    ),
]


@pytest.mark.parametrize(("scheduling", "words"), WORDS)
def test_the_report_says_it_in_words(
    repository: Path, report: Report, scheduling: dict[str, Any], words: str
) -> None:
    described = {
        "c1": {"labels": {"gpu": "a100", "site": "north"}},
        "c2": {"labels": {"site": "north"}},
    }
    queues = {"queueing": "volcano", "queue": "day"} if "clusterLabels" not in scheduling else {}
    set_platform(repository, clusters=described, scheduling=queues)
    write_job(repository, minimal_job(targetClusters=["c1", "c2"], scheduling=scheduling))
    (job,) = report("validate")["jobs"]
    assert job["placement"] == words


def test_tolerations_of_clusters(repository: Path) -> None:
    given = [{"key": "a"}, {"key": "b.c/d", "value": "x", "effect": "NoSchedule"}]
    job = gpu_job("all")
    job["scheduling"]["clusterTolerations"] = given
    policy = rendered(repository, job)["PropagationPolicy"]
    assert policy["spec"]["placement"] == {
        **AFFINITY,
        **DUPLICATED,
        "clusterTolerations": [
            {"key": "a", "operator": "Exists"},
            {"key": "b.c/d", "operator": "Equal", "value": "x", "effect": "NoSchedule"},
            *STAYS,
        ],
    }


@pytest.mark.parametrize("suspended", [True, False, None])
def test_suspended_is_written_as_it_is_said(
    repository: Path, report: Report, suspended: bool | None
) -> None:
    scheduling = {} if suspended is None else {"suspended": suspended}
    spec = rendered(repository, minimal_job(scheduling=scheduling))["RayJob"]["spec"]
    assert spec.get("suspend") == suspended
    # KubeRay takes suspend with it only.
    assert spec["shutdownAfterJobFinishes"] is True
    rules = [d["rule"] for d in report("validate")["diagnostics"]]
    assert rules == (["fleet/suspended"] if suspended else [])


def test_retries(repository: Path) -> None:
    ray_job = rendered(repository, minimal_job(scheduling={"backoffLimit": 3}))["RayJob"]
    assert ray_job["spec"]["backoffLimit"] == 3


KUEUE = {
    "queueing": "kueue",
    "queue": "training",
    "priorities": [
        {"from": 1, "to": 499, "workloadPriorityClass": "low"},
        {"from": 500, "to": 999, "workloadPriorityClass": "high", "priorityClassName": "urgent"},
    ],
}


@pytest.mark.parametrize(
    ("priority", "workload", "pods"),
    [(1, "low", None), (500, "high", "urgent"), (1000, None, None)],
)
def test_kueue(repository: Path, priority: int, workload: str | None, pods: str | None) -> None:
    set_platform(repository, scheduling=KUEUE)
    ray_job = rendered(repository, minimal_job(priority=priority))["RayJob"]
    expected = {"algorithm": "xgboost", "kueue.x-k8s.io/queue-name": "training"}
    if workload:
        expected["kueue.x-k8s.io/priority-class"] = workload
    assert ray_job["metadata"]["labels"] == expected
    # Kueue adds what a ResourceFlavor says of nodes to a submitter's template that is there.
    for role, template in templates(ray_job).items():
        assert template["spec"].get("priorityClassName") == pods, role
    # What Kueue's webhook asks for: no other cluster, none that stays, no autoscaler, few groups.
    spec = ray_job["spec"]
    assert "clusterSelector" not in spec
    assert "suspend" not in spec
    assert spec["shutdownAfterJobFinishes"] is True
    assert "enableInTreeAutoscaling" not in spec["rayClusterSpec"]
    assert len(spec["rayClusterSpec"]["workerGroupSpecs"]) == 1


def test_a_queue_of_volcano_needs_no_template(repository: Path) -> None:
    set_platform(repository, scheduling={"queueing": "volcano", "queue": "training"})
    assert templates(rendered(repository, minimal_job())["RayJob"])["submitter"] is None


def test_volcano(repository: Path) -> None:
    ranges = [{"from": 1, "to": 1000, "priorityClassName": "batch"}]
    set_platform(repository, scheduling={"queueing": "volcano", "priorities": ranges})
    ray_job = rendered(repository, minimal_job(scheduling={"queue": "night"}))["RayJob"]
    assert ray_job["metadata"]["labels"] == {
        "algorithm": "xgboost",
        "volcano.sh/queue-name": "night",
        "ray.io/priority-class-name": "batch",
    }
    for template in templates(ray_job).values():
        assert template["spec"]["priorityClassName"] == "batch"


def test_the_default_priority_counts_too(repository: Path) -> None:
    ranges = [{"from": 100, "to": 100, "priorityClassName": "usual"}]
    set_platform(repository, scheduling={"priorities": ranges})
    head = templates(rendered(repository, minimal_job())["RayJob"])["head"]
    assert head["spec"]["priorityClassName"] == "usual"


def test_the_submitter_is_kuberays_own_but_for_what_is_added(repository: Path) -> None:
    assert templates(rendered(repository, minimal_job())["RayJob"])["submitter"] is None
    set_platform(repository, clusters={"c1": {"pods": {"tolerations": [{"key": "training"}]}}})
    job = minimal_job(headImage="registry.example/team/head:v1")
    assert templates(rendered(repository, job)["RayJob"])["submitter"] == {
        "spec": {
            "containers": [
                {
                    "name": "ray-job-submitter",
                    "image": "registry.example/team/head:v1",
                    "resources": {
                        "requests": {"cpu": "500m", "memory": "200Mi"},
                        "limits": {"cpu": "1", "memory": "1Gi"},
                    },
                }
            ],
            "restartPolicy": "Never",
            "tolerations": [EXISTS],
        }
    }


POOL = {
    "pods": {
        "nodeSelector": {"pool": "any", "arch": "amd64"},
        "tolerations": [{"key": "training"}],
    },
    "gpuPods": {"nodeSelector": {"pool": "gpu"}, "tolerations": [{"key": "nvidia.com/gpu"}]},
}


def test_clusters_that_agree_need_no_override(repository: Path) -> None:
    set_platform(repository, clusters={"gpu-a": POOL, "gpu-b": {**POOL, "labels": {"x": "y"}}})
    objects = rendered(repository, gpu_job("all", ["gpu-a", "gpu-b"]))
    assert set(objects) == {"RayJob", "PropagationPolicy"}
    made = templates(objects["RayJob"])
    for role in ("head", "submitter"):
        assert made[role]["spec"]["nodeSelector"] == {"arch": "amd64", "pool": "any"}
        assert made[role]["spec"]["tolerations"] == [EXISTS]
    assert made["worker"]["spec"]["nodeSelector"] == {"arch": "amd64", "pool": "gpu"}
    assert made["worker"]["spec"]["tolerations"] == [
        EXISTS,
        {"key": "nvidia.com/gpu", "operator": "Exists"},
    ]


def test_a_worker_without_gpus_stays_out_of_the_gpu_pool(repository: Path) -> None:
    set_platform(repository, clusters={"c1": POOL})
    worker = templates(rendered(repository, minimal_job())["RayJob"])["worker"]
    assert worker["spec"]["nodeSelector"] == {"arch": "amd64", "pool": "any"}


def test_clusters_that_differ_get_an_override_policy(repository: Path) -> None:
    described = {
        "gpu-a": {**POOL, "gpuResourceName": "amd.com/gpu"},
        "gpu-b": {},
        "gpu-c": POOL,
    }
    set_platform(repository, clusters=described)
    objects = rendered(repository, gpu_job("all", ["gpu-b", "gpu-a", "gpu-c"]))
    ray_job, policy = objects["RayJob"], objects["OverridePolicy"]
    assert policy["metadata"]["name"] == "train-1-override"
    selector = {"apiVersion": "ray.io/v1", "kind": "RayJob", "name": "train-1"}
    assert policy["spec"]["resourceSelectors"] == [selector]
    resources = {
        cluster: templates(patched(ray_job, policy, cluster))["worker"]["spec"]["containers"][0]
        for cluster in ("gpu-a", "gpu-b", "gpu-c")
    }
    for cluster, name in (("gpu-a", "amd.com/gpu"), ("gpu-b", "nvidia.com/gpu")):
        asked = {"cpu": "4", "memory": "16Gi", name: "4"}
        assert resources[cluster]["resources"] == {"requests": asked, "limits": asked}
    assert resources["gpu-c"] == resources["gpu-b"]
    assert patched(ray_job, policy, "gpu-b") == ray_job
    assert list(objects) == ["RayJob", "OverridePolicy", "PropagationPolicy"]
    # Karmada places the RayJob once that policy is there, whichever comes first.
    assert objects["PropagationPolicy"]["spec"]["dependentOverrides"] == ["train-1-override"]


def test_a_job_whose_clusters_agree_waits_for_no_override(repository: Path) -> None:
    set_platform(repository, clusters={"c1": POOL, "c2": POOL})
    objects = rendered(repository, minimal_job(targetClusters=["c1", "c2"]))
    assert list(objects) == ["RayJob", "PropagationPolicy"]
    assert "dependentOverrides" not in objects["PropagationPolicy"]["spec"]


CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "nodeSelector": st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"), max_size=2),
        "tolerations": st.lists(st.fixed_dictionaries({"key": st.sampled_from("ab")}), max_size=2),
    },
)
CLUSTERS = st.fixed_dictionaries(
    {},
    optional={
        "pods": CHOICES,
        "gpuPods": CHOICES,
        "gpuResourceName": st.sampled_from(["nvidia.com/gpu", "amd.com/gpu"]),
    },
)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["c1", "c2", "c3"]), CLUSTERS),
    st.sampled_from([0, 2]),
    st.permutations(["c1", "c2", "c3"]),
)
def test_each_cluster_gets_what_it_would_get_alone(
    described: dict[str, Any], gpus: int, targets: list[str]
) -> None:
    """Whatever clusters a job shares, its copy on each is that of a job on this cluster only."""
    platform = Platform.model_validate({"clusters": described})
    job = minimal_job(targetClusters=targets)
    job["resources"]["instanceResources"]["gpuCount"] = gpus

    def copies(clusters: list[str]) -> dict[str, Any]:
        one = Submission(
            "jobs/team/train-1/params.json",
            Job.model_validate({**job, "targetClusters": clusters}),
        )
        resolved = Fleet((one,), platform).resolved(one)
        policy: Any = override_policy(resolved)
        document: Any = ray_job(resolved)
        return {name: patched(document, policy, name)["spec"] for name in clusters}

    together = copies(targets)
    for name in targets:
        (alone,) = copies([name]).values()
        # A submitter's template that says nothing is KubeRay's own.
        added = {"containers", "restartPolicy"}
        here = together[name]
        if "submitterPodTemplate" not in alone:
            assert set(here.pop("submitterPodTemplate", {"spec": {}})["spec"]) <= added
        assert here == alone


MARKS = {
    "tenantLabel": "example.com/tenant",
    "labels": {"app.kubernetes.io/managed-by": "rayjobs", "cost-centre": "1"},
    "annotations": {"example.com/contact": "training@example.com"},
    "tenants": {"team": {"labels": {"cost-centre": "4711"}, "annotations": {"a": "b: c #d"}}},
}


def test_marks_are_on_the_rayjob_and_on_every_pod(repository: Path) -> None:
    set_platform(repository, metadata=MARKS)
    ray_job = rendered(repository, minimal_job())["RayJob"]
    labels = {
        "app.kubernetes.io/managed-by": "rayjobs",
        "cost-centre": "4711",
        "example.com/tenant": "team",
    }
    annotations = {"a": "b: c #d", "example.com/contact": "training@example.com"}
    assert ray_job["metadata"]["labels"] == {"algorithm": "xgboost", **labels}
    assert ray_job["metadata"]["annotations"] == annotations
    for template in templates(ray_job).values():
        assert template["metadata"] == {"labels": labels, "annotations": annotations}


def test_marks_of_one_tenant_are_not_anothers(repository: Path) -> None:
    set_platform(repository, metadata=MARKS)
    write_job(repository, minimal_job("other"), "people/deep/other")
    rendered(repository, minimal_job())
    text = (repository / "rendered/default/other.yaml").read_text(encoding="utf-8")
    (document,) = (d for d in yaml.safe_load_all(text) if d["kind"] == "RayJob")
    assert document["metadata"]["labels"]["cost-centre"] == "1"
    assert document["metadata"]["labels"]["example.com/tenant"] == "people"


DOCUMENTED = re.findall(
    r"```(json|yaml)\n(?!apiVersion: )(.*?)```",
    (ROOT / "docs/scheduling.md").read_text(encoding="utf-8"),
    re.DOTALL,
)


@pytest.mark.parametrize(("language", "text"), DOCUMENTED)
def test_what_the_page_shows_is_taken(
    repository: Path, report: Report, language: str, text: str
) -> None:
    job = minimal_job(**(json.loads(text) if language == "json" else {}))
    if "clusters:" in text:
        job["targetClusters"] = ["north", "south"]
    write_job(repository, job)
    if language == "yaml":
        # Of the priorities one class is Kueue's, which the page sets further down.
        kueue = text.replace("scheduling:\n", "scheduling:\n  queueing: kueue\n")
        (repository / "platform.yaml").write_text(kueue, encoding="utf-8")
    assert errors(report("validate")) == []
