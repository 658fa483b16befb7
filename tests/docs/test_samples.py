"""The sample jobs: each is in docs/samples.md, and is there for what the page says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.check import pipeline
from tests.helpers.command import ROOT
from tests.helpers.placements import STAYS

PAGE = (ROOT / "docs" / "samples.md").read_text(encoding="utf-8")
RENDERED = ROOT / "rendered" / "team-audio"


def objects(name: str) -> dict[str, Any]:
    """What is rendered of a file in the namespace of the audio team, by kind."""
    documents = yaml.safe_load_all((RENDERED / f"{name}.yaml").read_text(encoding="utf-8"))
    return {document["kind"]: document for document in documents}


def worker(name: str) -> Any:
    (group,) = objects(name)["RayJob"]["spec"]["rayClusterSpec"]["workerGroupSpecs"]
    return group["template"]["spec"]


def test_the_page_has_every_job_once() -> None:
    rows = re.findall(r"^\| `(.+?)` \|", PAGE, flags=re.MULTILINE)
    folders = sorted((ROOT / "jobs").glob("*/*/params.json"))
    assert sorted(rows) == [f"{file.parts[-3]}/{file.parts[-2]}" for file in folders]


def test_the_page_links_to_sections_that_are_there() -> None:
    links = re.findall(r"\]\((.+?)\)", PAGE)
    assert len(links) > 10
    for link in links:
        file, _, anchor = link.partition("#")
        text = (ROOT / "docs" / file).read_text(encoding="utf-8")
        titles = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
        assert not anchor or anchor in [title.lower().replace(" ", "-") for title in titles], link


def test_a_job_without_a_claim_writes_to_the_object_storage() -> None:
    environment = yaml.safe_load(objects("train-words-1")["RayJob"]["spec"]["runtimeEnvYAML"])
    assert environment["env_vars"]["STORAGE_PATH"] == "s3://audio/models/train-words-1"
    assert "volumes" not in worker("train-words-1")
    affinity = objects("train-words-1")["PropagationPolicy"]["spec"]["placement"]["clusterAffinity"]
    assert affinity["labelSelector"] == {"matchLabels": {"accelerator": "mi300"}}


def test_the_endpoint_chooses_keys_that_members_make_themselves() -> None:
    (external,) = (RENDERED / "credentials").iterdir()
    name = objects(f"credentials/{external.stem}")["ExternalSecret"]["spec"]["target"]["name"]
    for job in ("train-words-1", "train-speakers-1", "train-noise-1"):
        (container,) = worker(job)["containers"]
        assert {one["valueFrom"]["secretKeyRef"]["name"] for one in container["env"]} == {name}


def test_one_claim_is_there_already_and_one_has_a_class() -> None:
    (volume,) = worker("train-speakers-1")["volumes"]
    assert volume["persistentVolumeClaim"]["claimName"] == "recordings"
    (made,) = (RENDERED / "storage").iterdir()
    claim = objects(f"storage/{made.stem}")["PersistentVolumeClaim"]
    assert claim["spec"]["storageClassName"] == "fast-ssd"


def test_clusters_get_what_each_asks_for() -> None:
    rules = objects("train-speakers-1")["OverridePolicy"]["spec"]["overrideRules"]
    assert [rule["targetCluster"]["clusterNames"] for rule in rules] == [
        ["cluster-gpu-2"],
        ["cluster-gpu-3"],
    ]


def test_a_suspended_job_may_go_where_taints_keep_others_away() -> None:
    found = objects("train-noise-1")
    assert found["RayJob"]["spec"]["suspend"] is True
    toleration, *others = found["PropagationPolicy"]["spec"]["placement"]["clusterTolerations"]
    assert toleration["key"] == "maintenance"
    assert others == STAYS


Change = Callable[[dict[str, Any]], object]
OUTSIDE: list[tuple[str, str, Change]] = [
    ("train-words-1", "tenant/namespace", lambda job: job.pop("namespace")),
    ("train-words-1", "tenant/cluster", lambda job: job.update(targetClusters=["cluster-gpu-0"])),
    ("train-words-1", "tenant/image", lambda job: job.update(headImage="registry.example/other:1")),
    ("train-words-1", "tenant/priority", lambda job: job.update(priority=950)),
    ("train-noise-1", "tenant/claim", lambda job: job.update(pvcName="vision-results")),
    (
        "train-words-1",
        "tenant/secret",
        lambda job: job["inputDataConfig"][0].update(endpoint="https://minio.local"),
    ),
    ("train-words-1", "fleet/tenant-quota", lambda job: job["resources"].update(instanceCount=5)),
    (
        "train-words-1",
        "fleet/namespace-quota",
        lambda job: job["resources"].update(instanceCount=7),
    ),
    (
        "train-words-1",
        "job/container-hyperparameters",
        lambda job: job["customHyperparameters"].update(epochs=0),
    ),
    (
        "train-noise-1",
        "storage/class-not-allowed",
        lambda job: job["resources"].update(storageClassName="slow-hdd"),
    ),
]


@pytest.mark.parametrize(("name", "rule", "change"), OUTSIDE, ids=[rule for _, rule, _ in OUTSIDE])
def test_what_is_out_of_bounds_is_refused(
    sample: Path, name: str, rule: str, change: Change
) -> None:
    file = sample / "jobs" / "audio" / name / "params.json"
    job = json.loads(file.read_text(encoding="utf-8"))
    change(job)
    file.write_text(json.dumps(job), encoding="utf-8")
    found = {one.rule.id for one in pipeline.validate(sample, []).diagnostics if one.is_error}
    assert rule in found
