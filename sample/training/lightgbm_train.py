"""Train a model with lightgbm on Ray, as the variables of the RayJob say.

Copy it into an image with ray[train], lightgbm 4, pandas and boto3, for head and workers (measured
with Ray 2.46.0). lightgbm's own wheels train on the CPU and with OpenCL: for ``cuda`` it has to be
built, and trains in one process only. The script reads the variables that are rendered for
lightgbm, the keys of the object storage from ``S3_ACCESS_KEY`` and ``S3_SECRET_KEY``, and no
others; one that is missing, or is no number where lightgbm wants one, stops it.

Each GPU of a worker gets a training process of its own, with its share of the worker's CPUs; a
worker without GPUs gets one process, with all CPUs. A process has as many threads as CPUs and needs
at least one; Ray Train's coordinator takes none. Where Ray cannot place them, the script says so
in numbers and ends.

It trains with either version of Ray Train: measured with both of Ray 2.46.0, where
RAY_TRAIN_V2_ENABLED chooses, and with the second of Ray 2.60.0.

What it leaves in ``STORAGE_PATH/RUN_NAME``:

- ``model.txt``: the model, up to its best iteration where it stopped early;
- ``run.json``: the settings as they arrived, without the keys, and the last value of each metric.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

MODEL = "model.txt"


def _flag(text: str) -> bool:
    return {"true": True, "false": False}[text]


def _device(text: str) -> str:
    return {"cpu": "cpu", "cuda": "cuda"}[text]


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError
    return number


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _key(text: str) -> str:
    if not text or text != text.strip() or not text.isprintable():
        raise ValueError
    return text


WANTED: dict[Callable[[str], Any], str] = {
    _flag: "true or false",
    _device: "cpu or cuda",
    _whole: "a whole number, 0 or more",
    _positive: "a whole number, 1 or more",
    int: "a whole number",
    float: "a number",
}


def parsed(variables: Mapping[str, str], name: str, parse: Callable[[str], Any]) -> Any:
    """What ``parse`` makes of a variable; KeyError where it is missing, else ValueError."""
    text = variables[name]
    try:
        return parse(text)
    except (KeyError, ValueError):
        if parse is _key:
            # botocore's own error shows the key.
            why = "is empty, or has a line break, a space at an end, or a control character"
        else:
            why = f'is "{text}"' + (f", not {WANTED[parse]}" if parse in WANTED else "")
    raise ValueError(f"{name} {why}")


def _names(text: str) -> list[str] | None:
    return text.split(",") if text else None


def _text(text: str) -> str | None:
    return text or None


def _seed(text: str) -> int | None:
    return int(text) if text else None


def _rounds(text: str) -> int | None:
    # lightgbm 4.3 refuses 0.
    return int(text) or None


PARAMETERS: dict[str, Callable[[str], int | float | str | list[str] | None]] = {
    "early_stopping_round": _rounds,
    "objective": str,
    "num_class": int,
    "metric": _names,
    "boosting": str,
    "data_sample_strategy": str,
    "tree_learner": str,
    "device_type": _text,
    "num_threads": int,
    "seed": _seed,
    "verbosity": int,
    "learning_rate": float,
    "num_leaves": int,
    "max_depth": int,
    "min_data_in_leaf": int,
    "min_sum_hessian_in_leaf": float,
    "min_gain_to_split": float,
    "max_delta_step": float,
    "lambda_l1": float,
    "lambda_l2": float,
    "bagging_fraction": float,
    "bagging_freq": int,
    "feature_fraction": float,
    "feature_fraction_bynode": float,
    "max_bin": int,
    "top_rate": float,
    "other_rate": float,
    "drop_rate": float,
    "max_drop": int,
    "skip_drop": float,
    "uniform_drop": _flag,
    "is_unbalance": _flag,
    "scale_pos_weight": float,
    "alpha": float,
    "tweedie_variance_power": float,
}
"""How each parameter's variable is read; None is left out."""
SECRET = ("access_key", "secret_key")
"""Settings that are never shown."""
HEAD = "node:__internal_head__"
"""The resource by which Ray marks the head."""
PATIENCE = 60
"""Seconds that workers have to join Ray.

KubeRay submits a job once every pod is ready, which a pod is once the Ray cluster knows it
(raycluster_controller.go of KubeRay 1.6.0): one that is missing has ended since.
"""


def parameters(variables: Mapping[str, str]) -> dict[str, int | float | str | list[str]]:
    """What lightgbm is given; KeyError or ValueError where a variable cannot be used."""
    read = {name: parsed(variables, name.upper(), parse) for name, parse in PARAMETERS.items()}
    return {name: value for name, value in read.items() if value is not None}


@dataclass(frozen=True)
class Settings:
    """A run's settings; without a validation key only the training data is evaluated."""

    workers: int
    use_gpu: bool
    label_column: str
    run_name: str
    storage_path: str
    cpus_per_worker: int
    gpus_per_worker: int
    device: str
    endpoint: str
    bucket: str
    train_key: str
    validation_key: str | None
    region: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    iterations: int
    parameters: dict[str, int | float | str | list[str]]

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Settings:
        """The settings in ``variables``; KeyError or ValueError where one cannot be used."""
        return cls(
            workers=parsed(variables, "NUM_WORKER", _positive),
            use_gpu=parsed(variables, "USE_GPU", _flag),
            label_column=variables["LABEL_COLUMN"],
            run_name=variables["RUN_NAME"],
            storage_path=variables["STORAGE_PATH"],
            cpus_per_worker=parsed(variables, "CPUS_PER_WORKER", _positive),
            gpus_per_worker=parsed(variables, "GPUS_PER_WORKER", _whole),
            device=parsed(variables, "DEVICE", _device),
            endpoint=variables["S3_ENDPOINT"],
            bucket=variables["S3_BUCKET"],
            train_key=variables["S3_TRAIN_KEY"],
            validation_key=variables.get("S3_VAL_KEY"),
            region=variables["S3_REGION"],
            access_key=parsed(variables, "S3_ACCESS_KEY", _key),
            secret_key=parsed(variables, "S3_SECRET_KEY", _key),
            iterations=parsed(variables, "NUM_ITERATIONS", int),
            parameters=parameters(variables),
        )

    @property
    def given(self) -> dict[str, int | float | str | list[str]]:
        """What lightgbm is given: with threads and a device where the job names none."""
        threads = self.parameters["num_threads"] or self.threads
        return {"device_type": self.device, **self.parameters, "num_threads": threads}

    def without_keys(self) -> dict[str, Any]:
        """The settings that may be shown."""
        return {name: value for name, value in asdict(self).items() if name not in SECRET}

    @property
    def directory(self) -> Path:
        """Where the run leaves its files: the same on the head and on every worker."""
        return Path(self.storage_path, self.run_name)

    @property
    def processes(self) -> int:
        """How many processes train: one a GPU, or one a worker that has none."""
        return self.workers * max(self.gpus_per_worker, 1)

    @property
    def threads(self) -> int:
        """The CPUs, and so the threads, of a process: the worker's, or its share a GPU."""
        return self.cpus_per_worker // max(self.gpus_per_worker, 1)


def read_table(settings: Settings, key: str) -> Any:
    """The CSV object ``key`` as a data frame.

    botocore's ClientError where the server refuses: no such key, no such bucket, wrong keys.
    """
    import boto3
    import pandas

    client = boto3.client(
        "s3",
        endpoint_url=settings.endpoint,
        region_name=settings.region,
        aws_access_key_id=settings.access_key,
        aws_secret_access_key=settings.secret_key,
    )
    table = pandas.read_csv(
        io.BytesIO(client.get_object(Bucket=settings.bucket, Key=key)["Body"].read())
    )
    if settings.label_column not in table:
        raise ValueError(f'{key} has no column "{settings.label_column}": {list(table)}')
    return table


def _features(settings: Settings, key: str, rank: int = 0, workers: int = 1) -> tuple[Any, Any]:
    """Every so many rows of the object, and their labels."""
    table = read_table(settings, key).iloc[rank::workers]
    label = table.pop(settings.label_column)
    return table, label


def train_worker() -> None:
    """What each worker of Ray Train runs."""
    import lightgbm
    import ray.train
    import ray.train.lightgbm

    settings = Settings.read(os.environ)
    context = ray.train.get_context()
    rank, workers = context.get_world_rank(), context.get_world_size()
    # Every worker takes rows of its own: together they train on each row once.
    table, label = _features(settings, settings.train_key, rank, workers)
    evaluated = {"train": lightgbm.Dataset(table, label)}
    if settings.validation_key:
        # The same rows on every worker: all of them stop at the same iteration.
        table, label = _features(settings, settings.validation_key)
        evaluated["validation"] = evaluated["train"].create_valid(table, label)
    found: dict[str, dict[str, list[float]]] = {}
    given = settings.given
    model = lightgbm.train(
        {**given, **ray.train.lightgbm.get_network_params()},
        evaluated["train"],
        num_boost_round=settings.iterations,
        valid_sets=list(evaluated.values()),
        valid_names=list(evaluated),
        callbacks=[lightgbm.record_evaluation(found)],
    )
    used = dict(re.findall(r"^\[(\w+): (.*)\]$", model.model_to_string(), re.MULTILINE))
    threads = int(used["num_threads"])
    print_process(settings, given["device_type"], used["device_type"], num_threads=threads)
    metrics = {
        f"{data}-{metric}": float(values[-1])
        for data, of_data in found.items()
        for metric, values in of_data.items()
    }
    if rank:
        ray.train.report(metrics)
        return
    with tempfile.TemporaryDirectory() as directory:
        model.save_model(os.path.join(directory, MODEL))
        ray.train.report(metrics, checkpoint=ray.train.Checkpoint.from_directory(directory))


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'s' * (number != 1)}"


def _amounts(cpus: int, gpus: int) -> str:
    return f"{_count(cpus, 'CPU')} and {_count(gpus, 'GPU')}"


def lacking(settings: Settings, nodes: list[Mapping[str, float]]) -> str | None:
    """What Ray lacks, in numbers, to place each process on nodes that have these resources."""
    cpus, gpus, threads = settings.cpus_per_worker, settings.gpus_per_worker, settings.threads
    if not threads:
        return f"each GPU needs 1 CPU for its process, and a worker has {_amounts(cpus, gpus)}"
    room, there = 0, Counter[str]()
    for node in nodes:
        node_cpus, node_gpus = int(node.get("CPU", 0)), int(node.get("GPU", 0))
        room += min(node_cpus // threads, node_gpus if gpus else 1)
        there[_amounts(node_cpus, node_gpus)] += 1
    if room >= settings.processes:
        return None
    return (
        f"Ray has room for {room} of {settings.processes} processes with "
        f"{_amounts(threads, min(gpus, 1))} each: the job has "
        f"{_count(settings.workers, 'worker')} with {_amounts(cpus, gpus)}, and Ray has "
        + (", ".join(f"{count} with {has}" for has, count in there.items()) or "none")
    )


def wait_for_room(settings: Settings) -> None:
    """Return when Ray can place every process; exit with the numbers where it cannot.

    Of a node that is lost afterwards nothing is said: Ray Train waits for another with its
    resources, and KubeRay replaces the pod.
    """
    import ray

    for _ in range(PATIENCE):
        alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        # Nothing trains on the head, whatever it has.
        workers = [found for found in alive if HEAD not in found]
        lack = lacking(settings, workers)
        if lack is None:
            return
        # A job's pods are alike: where all are there and none is large enough, none will be.
        fits = any(
            found.get("CPU", 0) >= settings.cpus_per_worker
            and found.get("GPU", 0) >= settings.gpus_per_worker
            for found in workers
        )
        if not settings.threads or (len(workers) >= settings.workers and not fits):
            break
        time.sleep(1)
    sys.exit(f"cannot train: {lack}")


def scaling(settings: Settings) -> Any:
    """What Ray Train asks Ray for: all CPUs of every worker, and all GPUs.

    The coordinator of Ray Train's first version takes a CPU that a process needs, unless it is told
    to take none; that of the second takes none, and ScalingConfig refuses to be told so.
    """
    import ray.train

    has_gpus = settings.gpus_per_worker > 0
    # Ray Train has it in its second version only.
    second = hasattr(ray.train, "UserCallback")
    return ray.train.ScalingConfig(
        num_workers=settings.processes,
        use_gpu=settings.use_gpu,
        resources_per_worker={"CPU": settings.threads, "GPU": int(has_gpus)},
        placement_strategy="PACK" if has_gpus else "STRICT_SPREAD",
        **({} if second else {"trainer_resources": {}}),
    )


def print_process(settings: Settings, given: Any, device: str, **library: Any) -> None:
    """Say where this process trains, what Ray gave it, and what the library was given and uses."""
    import ray
    import ray.train

    context, runtime = ray.train.get_context(), ray.get_runtime_context()
    found = {
        "rank": context.get_world_rank(),
        # In Kubernetes the pod's name.
        "host": socket.gethostname(),
        "node": runtime.get_node_id(),
        "resources": runtime.get_assigned_resources(),
        "gpus": ray.get_gpu_ids(),
        "given": given,
        "device": device,
        **library,
    }
    print(f"process {json.dumps(found)}", flush=True)
    if settings.device != "cpu" and device == "cpu":
        print("a GPU is reserved for this process, and it trains on the CPU", flush=True)


def refused(settings: Settings) -> str | None:
    """Why lightgbm would stop in every process, if it would.

    Its learners for several processes have no cuda (src/treelearner/tree_learner.cpp of 4.6).
    """
    chosen, processes = settings.given, settings.processes
    if chosen["device_type"] != "cuda" or chosen["tree_learner"] == "serial" or processes == 1:
        return None
    return (
        f"lightgbm's device_type cuda trains in 1 process, and the job has {processes}: set "
        "device_type to gpu, or ask for 1 worker with 1 GPU"
    )


def main() -> None:
    """Train, and leave the model in the claim."""
    import ray
    import ray.train

    if hasattr(ray.train, "UserCallback"):
        from ray.train.lightgbm import LightGBMTrainer
    else:
        # In Ray Train's first version that of ray.train.lightgbm wants data sets of Ray's own.
        from ray.train.lightgbm.v2 import LightGBMTrainer
    settings = Settings.read(os.environ)
    if reason := refused(settings):
        sys.exit(f"cannot train: {reason}")
    ray.init()
    wait_for_room(settings)
    # Here, since a worker's error reaches the log wrapped in several others.
    for key in filter(None, (settings.train_key, settings.validation_key)):
        print(f"{key}: {len(read_table(settings, key))} rows", flush=True)
    trainer = LightGBMTrainer(
        train_worker,
        scaling_config=scaling(settings),
        run_config=ray.train.RunConfig(name=settings.run_name, storage_path=settings.storage_path),
    )
    result = trainer.fit()
    with result.checkpoint.as_directory() as directory:
        shutil.copyfile(os.path.join(directory, MODEL), settings.directory / MODEL)
    metrics = {name: value for name, value in result.metrics.items() if "-" in name}
    run = {"settings": settings.without_keys(), "metrics": metrics}
    (settings.directory / "run.json").write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")
    print(f"wrote {settings.directory / MODEL}: {metrics}", flush=True)


if __name__ == "__main__":
    main()
