"""Train a model with xgboost on Ray, as the variables of the RayJob say.

Copy it to ``/home/ray/xgboost_train.py`` of an image with ray[train], xgboost 2.0 or newer, pandas
and boto3, for head and workers (measured with Ray 2.46.0 and xgboost 2.1.4). Unlike the script in
the platform's default image it uses GPUs, where xgboost is built with CUDA. It reads the variables
that are rendered for xgboost, the keys of the object storage from ``S3_ACCESS_KEY`` and
``S3_SECRET_KEY``, and no others; one that is missing, or is no number where xgboost wants one,
stops it. The job needs a train and a validation channel.

Each GPU of a worker gets a training process of its own, with its share of the worker's CPUs; a
worker without GPUs gets one process, with all CPUs. A process has as many threads as CPUs and needs
at least one; Ray Train's coordinator takes none. Where Ray cannot place them, the script says so
in numbers and ends.

It trains with either version of Ray Train: measured with both of Ray 2.46.0, where
RAY_TRAIN_V2_ENABLED chooses, and with the second of Ray 2.60.0 (and xgboost 3.2.0).

What it leaves in ``STORAGE_PATH/RUN_NAME``:

- ``model.ubj``: the model;
- ``run.json``: the settings as they arrived, without the keys, and the last value of each metric.
"""

from __future__ import annotations

import ctypes
import io
import json
import os
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

MODEL = "model.ubj"


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


def _whole_or_none(text: str) -> int | None:
    return int(text) if text else None


def _names(text: str) -> list[str]:
    return text.split(",")


PARAMETERS: dict[str, Callable[[str], int | float | str | list[str]]] = {
    "booster": str,
    "verbosity": int,
    "nthread": int,
    "eta": float,
    "gamma": float,
    "max_depth": int,
    "min_child_weight": float,
    "max_delta_step": float,
    "subsample": float,
    "sampling_method": str,
    "colsample_bytree": float,
    "colsample_bylevel": float,
    "colsample_bynode": float,
    "lambda": float,
    "alpha": float,
    "tree_method": str,
    "sketch_eps": float,
    "scale_pos_weight": float,
    "updater": str,
    "dsplit": str,
    "refresh_leaf": int,
    "process_type": str,
    "grow_policy": str,
    "max_leaves": int,
    "max_bin": int,
    "num_parallel_tree": int,
    "sample_type": str,
    "normalize_type": str,
    "rate_drop": float,
    "one_drop": int,
    "skip_drop": float,
    "lambda_bias": float,
    "tweedie_variance_power": float,
    "objective": str,
    "base_score": float,
    "eval_metric": _names,
}
OPTIONAL = ("nthread", "updater")
"""Parameters whose variables are absent where the job leaves the choice."""
SECRET = ("access_key", "secret_key")
"""Settings that are never shown."""
HEAD = "node:__internal_head__"
"""The resource by which Ray marks the head."""
PATIENCE = 60
"""Seconds that workers have to join Ray.

KubeRay submits a job once every pod is ready, which a pod is once the Ray cluster knows it
(raycluster_controller.go of KubeRay 1.6.0): one that is missing has ended since.
"""


@dataclass(frozen=True)
class Settings:
    """A run's settings."""

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
    validation_key: str
    region: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    rounds: int
    early_stopping_rounds: int | None
    csv_weights: bool
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
            validation_key=variables["S3_VAL_KEY"],
            region=variables["S3_REGION"],
            access_key=parsed(variables, "S3_ACCESS_KEY", _key),
            secret_key=parsed(variables, "S3_SECRET_KEY", _key),
            rounds=parsed(variables, "NUM_BOOST_ROUND", int),
            early_stopping_rounds=parsed(variables, "EARLY_STOPPING_ROUNDS", _whole_or_none),
            csv_weights=variables["CSV_WEIGHT"] == "1",
            parameters={
                name: parsed(variables, name.upper(), parse)
                for name, parse in PARAMETERS.items()
                if name not in OPTIONAL or name.upper() in variables
            },
        )

    @property
    def given(self) -> dict[str, int | float | str | list[str]]:
        """What xgboost is given: with threads and a device where the job names none."""
        chosen = self.parameters
        parameters = {"nthread": self.threads, **chosen}
        # gpu_hist names the GPU itself; an updater belongs to one device, and that of gblinear,
        # shotgun, to the CPU (src/gbm/ of xgboost 2.1.4).
        decided = chosen["tree_method"] == "gpu_hist" or chosen["booster"] == "gblinear"
        if not decided and "updater" not in chosen:
            parameters["device"] = self.device
        return parameters

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


def _matrix(settings: Settings, key: str, rank: int, workers: int) -> Any:
    import xgboost

    # Every worker takes rows of its own: together they train on each row once.
    table = read_table(settings, key).iloc[rank::workers]
    label = table.pop(settings.label_column)
    weight = table.pop(table.columns[0]) if settings.csv_weights else None
    return xgboost.DMatrix(table, label=label, weight=weight, nthread=settings.given["nthread"])


def _openmp(settings: Settings) -> Any:
    """xgboost's OpenMP, which lets it have the threads that it is given.

    OMP_NUM_THREADS of an image bounds nthread, and OpenMP reads it when it is loaded: Ray Train
    loads xgboost before ``train_worker`` runs (measured with xgboost 2.1.4; lightgbm and torch
    take the number that they are given).
    """
    import xgboost.libpath

    openmp = ctypes.CDLL(xgboost.libpath.find_lib_path()[0])
    openmp.omp_set_num_threads(max(settings.threads, settings.given["nthread"]))
    return openmp


def train_worker() -> None:
    """What each worker of Ray Train runs."""
    import ray.train
    import xgboost

    settings = Settings.read(os.environ)
    context = ray.train.get_context()
    rank, workers = context.get_world_rank(), context.get_world_size()
    evaluated: dict[str, dict[str, list[float]]] = {}
    given = settings.given
    openmp = _openmp(settings)
    training = _matrix(settings, settings.train_key, rank, workers)
    validation = _matrix(settings, settings.validation_key, rank, workers)
    model = xgboost.train(
        given,
        training,
        num_boost_round=settings.rounds,
        evals=[(training, "train"), (validation, "validation")],
        early_stopping_rounds=settings.early_stopping_rounds,
        evals_result=evaluated,
        verbose_eval=False,
    )
    used = json.loads(model.save_config())["learner"]["generic_param"]
    threads = min(int(used["nthread"]), openmp.omp_get_max_threads())
    print_process(settings, given.get("device"), used["device"], nthread=threads)
    metrics = {
        f"{data}-{metric}": values[-1]
        for data, found in evaluated.items()
        for metric, values in found.items()
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


def main() -> None:
    """Train, and leave the model in the claim."""
    import ray
    import ray.train
    import ray.train.xgboost

    settings = Settings.read(os.environ)
    ray.init()
    wait_for_room(settings)
    # Here, since a worker's error reaches the log wrapped in several others.
    for key in (settings.train_key, settings.validation_key):
        print(f"{key}: {len(read_table(settings, key))} rows", flush=True)
    trainer = ray.train.xgboost.XGBoostTrainer(
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
