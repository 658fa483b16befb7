"""What tests of holders share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from generator.check import pipeline
from tests.helpers.command import rayjobs
from tests.helpers.jobs import minimal_job, write_job
from tests.live.recorded import Recorded

RAYJOBS = "/apis/ray.io/v1/rayjobs"


BINDINGS = "/apis/work.karmada.io/v1alpha2/resourcebindings"


NAMESPACE = "team-text"


EVERYTHING = {
    "labels": {"clusterpropagationpolicy.karmada.io/permanent-id": "c1"},
    "annotations": {"clusterpropagationpolicy.karmada.io/name": "everything"},
}


CLAIM, SECRET = ("PersistentVolumeClaim", "results"), ("Secret", "s3-credentials")


JOB = ("RayJob", "train-a")


def of_namespace(name: str) -> dict[str, Any]:
    """What a PropagationPolicy leaves on what it holds."""
    prefix = "propagationpolicy.karmada.io"
    return {
        "labels": {f"{prefix}/permanent-id": "p1"},
        "annotations": {f"{prefix}/name": name, f"{prefix}/namespace": NAMESPACE},
    }


def own(of: tuple[str, str]) -> dict[str, Any]:
    return of_namespace(f"{of[1]}-propagation")


def binding(of: tuple[str, str], held: dict[str, Any], *clusters: str, **spec: Any) -> Any:
    kind, name = of
    ready = {"jobDeploymentStatus": "Running", "jobStatus": "RUNNING"}
    return {
        "metadata": {"name": f"{name}-{kind}".lower(), "namespace": NAMESPACE, **held},
        "spec": {
            "resource": {"kind": kind, "namespace": NAMESPACE, "name": name},
            "clusters": [{"name": cluster} for cluster in clusters],
            **spec,
        },
        "status": {
            "conditions": [{"type": "Scheduled", "status": "True", "reason": "Success"}],
            "aggregatedStatus": [
                {"clusterName": cluster, "applied": True, "status": ready}
                for cluster in (clusters if kind == "RayJob" else ())
            ],
        },
    }


def render(root: Path, platform: str = "", **changes: Any) -> Path:
    (root / "platform.yaml").write_text(f"namespaces: [{NAMESPACE}]\n{platform}", encoding="utf-8")
    job = {"targetClusters": ["north", "south"], "scheduling": {"mode": "one-of"}, **changes}
    write_job(root, minimal_job("train-a", namespace=NAMESPACE, pvcName="results", **job))
    assert not pipeline.render(root).failed
    return root


def hold(karmada: Recorded, root: Path, held: dict[str, Any], *clusters: str, **spec: Any) -> None:
    """Have Karmada know the RayJob, held and placed so."""
    text = (root / "rendered" / NAMESPACE / "train-a.yaml").read_text(encoding="utf-8")
    ray_job = next(one for one in yaml.safe_load_all(text) if one["kind"] == "RayJob")
    for field, texts in held.items():
        ray_job["metadata"][field] = ray_job["metadata"].get(field, {}) | texts
    karmada.hold(RAYJOBS, ray_job)
    karmada.hold(BINDINGS, binding(JOB, held, *clusters, **spec))


def problems(root: Path, kubeconfig: str) -> list[tuple[str, str]]:
    """Of the job, as the whole list and the one job have them alike."""
    both = []
    for names in ((), ("train-a",)):
        ran = rayjobs("status", *names, "--format", "json", "--kubeconfig", kubeconfig, cwd=root)
        assert ran.returncode == 0, ran.stderr
        (job,) = json.loads(ran.stdout)["jobs"]
        both.append([(one["id"], one["message"]) for one in job["problems"]])
    assert both[0] == both[1]
    return both[0]


def examined(root: Path, kubeconfig: str) -> list[dict[str, Any]]:
    ran = rayjobs("doctor", "--format", "json", "--kubeconfig", kubeconfig, cwd=root)
    assert ran.stdout, ran.stderr
    found = json.loads(ran.stdout)["findings"]
    return [one for one in found if one["check"] == "karmada/holders"]
