"""A job's manifest as `rayjobs render` writes it: what Ray's nodes and the script are told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from generator.rules.explanations import small_job
from tests.helpers.command import ROOT
from tests.training.samples import Sample, Shape, TrainingError

PLATFORM = """
storage:
  mountPath: {results}
algorithms:
  {algorithm}:
    image: registry.example/team/{algorithm}:v1
    entrypoint: python /home/ray/{algorithm}_train.py
"""


class Manifest(NamedTuple):
    """What ``ray start`` of each node is told, the head's first, and the script's variables."""

    nodes: list[dict[str, int]]
    variables: dict[str, str]


def render(sample: Sample, shape: Shape, port: int, results: Path, root: Path) -> Manifest:
    """Render a job of this shape in the repository ``root``, which is made; read its manifest.

    :class:`TrainingError` where the job is refused.
    """
    job = _job(sample, shape, port)
    file = root / "jobs" / job["jobName"] / "params.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(job), encoding="utf-8")
    platform = PLATFORM.format(algorithm=sample.algorithm, results=results)
    (root / "platform.yaml").write_text(platform, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "generator", "render", "--root", str(root)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise TrainingError(f"its job is refused:\n{ran.stdout}{ran.stderr}")
    text = (root / "rendered" / "default" / f"{job['jobName']}.yaml").read_text(encoding="utf-8")
    spec = next(
        document["spec"] for document in yaml.safe_load_all(text) if document["kind"] == "RayJob"
    )
    (workers,) = spec["rayClusterSpec"]["workerGroupSpecs"]
    head = _node(spec["rayClusterSpec"]["headGroupSpec"])
    variables = yaml.safe_load(spec["runtimeEnvYAML"])["env_vars"]
    if shape.gpus:
        variables |= sample.variables
    return Manifest([head, *[_node(workers)] * workers["replicas"]], variables)


def _job(sample: Sample, shape: Shape, port: int) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(small_job())
    asked: dict[str, Any] = {"cpuCores": shape.cpus, "memoryGiB": 16}
    told = sample.hyperparameters
    if shape.gpus:
        asked["gpuCount"] = shape.gpus
        told = told | sample.on_gpus
    document["jobName"] = f"train-{sample.algorithm}"
    document["algorithm"] = {"algorithmName": sample.algorithm}
    document["resources"] |= {"instanceCount": shape.workers, "instanceResources": asked}
    document["hyperparameters"] = {sample.algorithm: told}
    for channel in document["inputDataConfig"]:
        channel |= {
            "endpoint": f"http://127.0.0.1:{port}",
            "bucket": "data",
            "prefix": f"{channel['channelName']}.csv",
        }
    return document


def _node(group: dict[str, Any]) -> dict[str, int]:
    """What KubeRay tells ``ray start``: CPUs as in the limits, unless rayStartParams names them."""
    (container,) = group["template"]["spec"]["containers"]
    told = {"num-cpus": container["resources"]["limits"]["cpu"], "num-gpus": "0"}
    told |= group["rayStartParams"]
    return {"num_cpus": int(told["num-cpus"]), "num_gpus": int(told["num-gpus"])}
