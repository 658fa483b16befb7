"""One training: a job's variables, data on an S3 server, the script, and what it left behind."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.checks.explanations import small_job
from generator.manifests.runtime_env import environment
from generator.params.job import Job
from generator.platform.model import Platform
from tests.conftest import ROOT
from tests.e2e.images.build import LOCK, SETTINGS, packages
from tests.e2e.object_storage import ObjectStorage, csv_table, object_storage

HERE = Path(__file__).parent
SCRIPTS = ROOT / "sample" / "training"
MINUTES = 15


@dataclass(frozen=True)
class Sample:
    """An algorithm's script, what it is told, and what it has to leave behind.

    ``model`` is a file below STORAGE_PATH/RUN_NAME, and the metric ``metric`` in its ``run.json``
    has to be below ``below``: the labels' variance is 0.42. ``lock`` is what is installed for it:
    for xgboost and lightgbm the image of the end-to-end tests, whose S3 server serves them all.
    """

    algorithm: str
    hyperparameters: dict[str, Any]
    model: str
    metric: str
    below: float
    workers: int = 2
    lock: Path = LOCK

    @property
    def script(self) -> Path:
        """The script that is run."""
        return SCRIPTS / f"{self.algorithm}_train.py"


class TrainingError(Exception):
    """A training did not do what it should; the text says what, with the script's output."""


def train(sample: Sample) -> str:
    """Train and say what came out; :class:`TrainingError` where it is not what it should be."""
    python, server = packages(sample.lock), packages(LOCK)
    with tempfile.TemporaryDirectory(prefix="rayjobs-train-") as directory:
        results = Path(directory, "results")
        results.mkdir()
        log = Path(directory, "s3.log")
        with object_storage(server, log, address="127.0.0.1", port=_free_port()) as storage:
            storage.put(
                "data", {"train.csv": csv_table(300), "validation.csv": csv_table(80, seed=1)}
            )
            variables = _variables(sample, storage, results)
            said = _run(sample, python / "bin" / "python", variables, directory)
        return _found(sample, results / variables["RUN_NAME"], storage, said)


def _variables(sample: Sample, storage: ObjectStorage, results: Path) -> dict[str, str]:
    """The variables that are rendered for a small job, and the keys that its Secret would hold."""
    document = json.loads(small_job())
    document["algorithm"] = {"algorithmName": sample.algorithm}
    document["resources"]["instanceCount"] = sample.workers
    document["hyperparameters"] = {sample.algorithm: sample.hyperparameters}
    document["outputDataConfig"] = {"artifactUri": f"file://{results}"}
    for channel in document["inputDataConfig"]:
        channel |= {
            "endpoint": f"http://127.0.0.1:{storage.port}",
            "bucket": "data",
            "prefix": f"{channel['channelName']}.csv",
        }
    groups = environment(Job.model_validate(document), Platform())
    rendered = {name: value for _, group in groups for name, value in group}
    return rendered | {"S3_ACCESS_KEY": storage.access_key, "S3_SECRET_KEY": storage.secret_key}


def _run(sample: Sample, python: Path, variables: dict[str, str], home: str) -> str:
    """What the script printed."""
    # Ray Train's coordinator takes a CPU besides those of the workers.
    script = [str(HERE / "local_ray.py"), str(sample.script), str(sample.workers + 1)]
    inherited = {"PATH": os.environ.get("PATH", os.defpath), "HOME": home, **SETTINGS}
    try:
        ran = subprocess.run(
            [str(python), *script],
            cwd=home,
            env={**inherited, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=MINUTES * 60,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise TrainingError(f"it has not ended in {MINUTES} minutes:\n{late.output}") from late
    if ran.returncode:
        raise TrainingError(f"it ended with {ran.returncode}:\n{ran.stdout}")
    printed: str = ran.stdout
    return printed


def _found(sample: Sample, directory: Path, storage: ObjectStorage, said: str) -> str:
    """What the training left, in words."""
    model, run = directory / sample.model, directory / "run.json"
    if not model.is_file() or not run.is_file():
        there = sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))
        raise TrainingError(f"{model.name} or {run.name} is not in {there}:\n{said}")
    written = run.read_text(encoding="utf-8")
    for shown in (written, said):
        if storage.secret_key in shown or storage.access_key in shown:
            raise TrainingError("it shows the keys of the storage")
    value = json.loads(written)["metrics"][sample.metric]
    if not value < sample.below:
        raise TrainingError(f"{sample.metric} is {value}, not below {sample.below}:\n{said}")
    size = model.stat().st_size
    return f"{sample.script.name} left {sample.model} ({size:,} bytes), {sample.metric} {value:.4f}"


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port
