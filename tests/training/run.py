"""Trainings on one simulated cluster: nodes as manifests say, and what the scripts left there."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.images.build import LOCK, SETTINGS, packages
from tests.e2e.object_storage import ObjectStorage, csv_table, object_storage
from tests.training.manifest import render
from tests.training.placement import Run, wrongs
from tests.training.samples import HERE, Sample, Shape, TrainingError

MINUTES = 30
AT_ONCE = 30
"""Seconds after which a script that cannot be placed has ended: fewer than it waits for workers."""
RAYLET = re.compile(r"(?:\x1b\[\d+m)?\(raylet\)")
"""How a line of Ray itself begins, colored or not, as of a disk that is nearly full."""


@contextmanager
def tables() -> Iterator[ObjectStorage]:
    """Serve what every script trains on."""
    with tempfile.TemporaryDirectory(prefix="rayjobs-s3-") as directory:
        log, port = Path(directory, "s3.log"), _free_port()
        with object_storage(packages(LOCK), log, address="127.0.0.1", port=port) as storage:
            objects = {"train.csv": csv_table(300), "validation.csv": csv_table(80, seed=1)}
            storage.put("data", objects)
            yield storage


def train(
    samples: Sequence[Sample], shape: Shape, storage: ObjectStorage, seconds: int
) -> list[str]:
    """Train with samples of one lock on a cluster of this shape, and say what each left.

    A script that runs for longer than ``seconds`` is killed.

    The last one is run once more, as a job whose workers are larger than any node. Without GPUs the
    first worker's node could take two processes, as one of other pods could.
    :class:`TrainingError` where anything is not what it should be.
    """
    with tempfile.TemporaryDirectory(prefix="rayjobs-train-") as home:
        results = Path(home, "results")
        results.mkdir()
        manifests = [
            render(sample, shape, storage.port, results, Path(home, sample.algorithm))
            for sample in samples
        ]
        variables = [manifest.variables for manifest in manifests]
        too_large = variables[-1] | {"CPUS_PER_WORKER": str(3 * shape.cpus)}
        asked = [*zip(samples, variables, strict=True), (samples[-1], too_large)]
        head, first, *others = manifests[0].nodes
        if not shape.gpus:
            first = {**first, "num_cpus": 2 * first["num_cpus"]}
        plan = {
            "nodes": [head, first, *others],
            "runs": [
                {"script": str(sample.script), "variables": told, "seconds": seconds}
                for sample, told in asked
            ],
        }
        nodes, runs = _observed(samples[0], plan, storage, home)
        *trained, refused = runs
        said = []
        for sample, told, run in zip(samples, variables, trained, strict=True):
            left = _left(sample, results / told["RUN_NAME"], storage, run)
            if found := wrongs(sample, shape, nodes, run):
                raise TrainingError("\n".join([f"on {shape}:", *found, run.printed]))
            said.append(f"{sample.script.name} on {shape}: {left}")
        _refused(shape, refused)
        return said


def _observed(
    sample: Sample, plan: Any, storage: ObjectStorage, home: str
) -> tuple[dict[str, dict[str, float]], list[Run]]:
    """What ``local_ray.py`` saw of the plan, with the packages of the sample's lock."""
    # Pods have the keys from a Secret, and not in the runtime environment.
    keys = {"S3_ACCESS_KEY": storage.access_key, "S3_SECRET_KEY": storage.secret_key}
    inherited = {"PATH": os.environ.get("PATH", os.defpath), "HOME": home}
    # As images have it that were made for something else.
    inherited["OMP_NUM_THREADS"] = "1"
    seen = Path(home, "seen.json")
    try:
        ran = subprocess.run(
            [packages(sample.lock) / "bin" / "python", HERE / "local_ray.py", seen],
            cwd=home,
            env={**inherited, **SETTINGS, **keys},
            input=json.dumps(plan),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=MINUTES * 60,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise TrainingError(f"it has not ended in {MINUTES} minutes:\n{late.output}") from late
    if ran.returncode:
        raise TrainingError(f"Ray ended with {ran.returncode}:\n{ran.stdout}")
    found = json.loads(seen.read_text(encoding="utf-8"))
    return found["nodes"], [Run(**run) for run in found["runs"]]


def _left(sample: Sample, directory: Path, storage: ObjectStorage, run: Run) -> str:
    """What the training left, in words."""
    if run.code:
        raise TrainingError(f"it ended with {run.code}:\n{run.printed}")
    model, summary = directory / sample.model, directory / "run.json"
    if not model.is_file() or not summary.is_file():
        there = sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))
        raise TrainingError(f"{model.name} or {summary.name} is not in {there}:\n{run.printed}")
    written = summary.read_text(encoding="utf-8")
    for shown in (written, run.printed):
        if storage.secret_key in shown or storage.access_key in shown:
            raise TrainingError("it shows the keys of the storage")
    value = json.loads(written)["metrics"][sample.metric]
    if not value < sample.below:
        raise TrainingError(f"{sample.metric} is {value}, not below {sample.below}:\n{run.printed}")
    return f"{sample.model} ({model.stat().st_size:,} bytes), {sample.metric} {value:.4f}"


def _refused(shape: Shape, run: Run) -> None:
    """Hold what could not be placed to one line that says so, before anything was read."""
    said = [line for line in run.printed.splitlines() if line and not RAYLET.match(line)]
    plain = bool(said) and said[-1].startswith("cannot train: Ray has room for ")
    plain = plain and "Traceback" not in run.printed
    if run.code != 1 or not plain or ".csv: " in run.printed or run.seconds > AT_ONCE:
        raise TrainingError(
            f"on {shape} thrice the CPUs ended with {run.code} after {run.seconds:.0f} seconds:\n"
            f"{run.printed}"
        )


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port
