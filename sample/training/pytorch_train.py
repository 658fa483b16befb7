"""Train a network on a table with torch on Ray, as the variables of the RayJob say.

It shows what the script in an image for the algorithm ``pytorch`` has to do with each variable that
is rendered. It reads those and no others; one that is missing, or is not what it has to be, stops
it. The image needs ray[train], torch, pandas and boto3 (measured with Ray 2.46.0, torch 2.7.1).

It is one file, though networks have much alike: what it defines Ray sends to the workers, whose
image then needs the libraries only. A module beside it would have to be in both images.

Each GPU of a worker gets a training process of its own, with its share of the worker's CPUs; a
worker without GPUs gets one process, with all CPUs. A process has as many threads as CPUs and needs
at least one; Ray Train's coordinator takes none. Where Ray cannot place them, the script says so
in numbers and ends. Rows are dealt to the processes, and gradients are averaged
after each step.

It trains with either version of Ray Train: measured with both of Ray 2.46.0, where
RAY_TRAIN_V2_ENABLED chooses.

What it leaves in ``STORAGE_PATH/RUN_NAME``:

- ``model.pt``: the weights, and what turns a row of the table into the network's input;
- ``run.json``: the settings as they arrived, without the keys, and the last metrics;
- the checkpoints of Ray Train, from which a restart goes on.
"""

from __future__ import annotations

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
from typing import Any, NamedTuple

MODEL = "model.pt"
STATE = "state.pt"


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


def _number_or_none(text: str) -> float | None:
    return float(text) if text else None


def _whole_numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


class Variable(NamedTuple):
    """A variable of the environment: its setting, how it is read, and what is done with it."""

    setting: str
    parse: Callable[[str], Any]
    use: str


VARIABLES = {
    "NUM_WORKER": Variable("workers", _positive, "workers of Ray, each a pod"),
    "USE_GPU": Variable("use_gpu", _flag, "ScalingConfig(use_gpu)"),
    "LABEL_COLUMN": Variable("label_column", str, "the column that is predicted from the others"),
    "RUN_NAME": Variable("run_name", str, "RunConfig.name; files go to STORAGE_PATH/RUN_NAME"),
    "STORAGE_PATH": Variable("storage_path", str, "RunConfig.storage_path"),
    "CPUS_PER_WORKER": Variable(
        "cpus_per_worker", _positive, "CPUs, and threads, of its processes"
    ),
    "GPUS_PER_WORKER": Variable(
        "gpus_per_worker", _whole, "processes of a worker, one a GPU; 0: one"
    ),
    "DEVICE": Variable("device", _device, "TorchConfig(backend): nccl for cuda, gloo for cpu"),
    "S3_ENDPOINT": Variable("endpoint", str, "the S3 server"),
    "S3_BUCKET": Variable("bucket", str, "the bucket of both tables"),
    "S3_TRAIN_KEY": Variable("train_key", str, "the CSV that is trained on"),
    "S3_VAL_KEY": Variable("validation_key", str, "the CSV that each epoch is judged by, if any"),
    "S3_REGION": Variable("region", str, "the region that requests are signed for"),
    "S3_ACCESS_KEY": Variable("access_key", _key, "signs requests"),
    "S3_SECRET_KEY": Variable("secret_key", _key, "signs requests"),
    "LOSS": Variable("loss", str, "what is minimised"),
    "HUBER_DELTA": Variable("huber_delta", float, "HuberLoss(delta)"),
    "LABEL_SMOOTHING": Variable("label_smoothing", float, "CrossEntropyLoss(label_smoothing)"),
    "HIDDEN_UNITS": Variable("hidden_units", _whole_numbers, "one Linear layer for each"),
    "ACTIVATION": Variable("activation", str, "follows each hidden layer"),
    "DROPOUT": Variable("dropout", float, "Dropout(p) after each activation"),
    "STANDARDIZE": Variable("standardize", _flag, "true: columns get mean 0 and deviation 1"),
    "EPOCHS": Variable("epochs", int, "passes over the training data"),
    "BATCH_SIZE": Variable("batch_size", int, "rows of a step in each process"),
    "SHUFFLE": Variable("shuffle", _flag, "DistributedSampler(shuffle)"),
    "SEED": Variable("seed", int, "torch.manual_seed, and the order of rows"),
    "OPTIMIZER": Variable("optimizer", str, "which of torch.optim"),
    "LEARNING_RATE": Variable("learning_rate", float, "lr of every optimizer"),
    "MOMENTUM": Variable("momentum", float, "momentum of SGD and RMSprop"),
    "NESTEROV": Variable("nesterov", _flag, "nesterov of SGD"),
    "BETA1": Variable("beta1", float, "the first of Adam's and AdamW's betas"),
    "BETA2": Variable("beta2", float, "the second of Adam's and AdamW's betas"),
    "RHO": Variable("rho", float, "alpha of RMSprop"),
    "EPSILON": Variable("epsilon", float, "eps of RMSprop, Adagrad, Adam and AdamW"),
    "WEIGHT_DECAY": Variable("weight_decay", float, "weight_decay of every optimizer"),
    "GRADIENT_CLIP_NORM": Variable("clip_norm", _number_or_none, "clip_grad_norm_, unless empty"),
    "SCHEDULER": Variable("scheduler", str, "which of torch.optim.lr_scheduler"),
    "SCHEDULER_STEP_EPOCHS": Variable("step_epochs", int, "StepLR(step_size)"),
    "SCHEDULER_GAMMA": Variable("gamma", float, "gamma of StepLR and ExponentialLR"),
    "MIN_LEARNING_RATE": Variable("min_learning_rate", float, "CosineAnnealingLR(eta_min)"),
    "WARMUP_EPOCHS": Variable("warmup_epochs", int, "LinearLR before the schedule, unless 0"),
    "EARLY_STOPPING_PATIENCE": Variable("patience", _whole_or_none, "ends training, unless empty"),
    "EARLY_STOPPING_MIN_DELTA": Variable("min_delta", float, "what counts as an improvement"),
    "CHECKPOINT_FREQUENCY": Variable("checkpoint_frequency", int, "epochs between checkpoints"),
    "CHECKPOINT_NUM_TO_KEEP": Variable(
        "num_to_keep", _whole_or_none, "CheckpointConfig(num_to_keep), unless empty"
    ),
    "MAX_FAILURES": Variable("max_failures", int, "FailureConfig(max_failures)"),
    "PRECISION": Variable("precision", str, "torch.autocast, unless fp32; fp16 scales the loss"),
}
OPTIONAL = "S3_VAL_KEY"
"""The variable that is absent where there is no validation data."""
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
    validation_key: str | None
    region: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    loss: str
    huber_delta: float
    label_smoothing: float
    hidden_units: list[int]
    activation: str
    dropout: float
    standardize: bool
    epochs: int
    batch_size: int
    shuffle: bool
    seed: int
    optimizer: str
    learning_rate: float
    momentum: float
    nesterov: bool
    beta1: float
    beta2: float
    rho: float
    epsilon: float
    weight_decay: float
    clip_norm: float | None
    scheduler: str
    step_epochs: int
    gamma: float
    min_learning_rate: float
    warmup_epochs: int
    patience: int | None
    min_delta: float
    checkpoint_frequency: int
    num_to_keep: int | None
    max_failures: int
    precision: str

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Settings:
        """The settings in ``variables``; KeyError or ValueError where one cannot be used."""
        values: dict[str, Any] = {}
        for name, variable in VARIABLES.items():
            if name == OPTIONAL and name not in variables:
                values[variable.setting] = None
                continue
            values[variable.setting] = parsed(variables, name, variable.parse)
        if values["patience"] is not None and values["validation_key"] is None:
            raise ValueError(f"EARLY_STOPPING_PATIENCE needs validation data, and no {OPTIONAL}")
        if values["warmup_epochs"] >= values["epochs"]:
            raise ValueError("WARMUP_EPOCHS leaves no epoch for the schedule")
        return cls(**values)

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

    @property
    def classifies(self) -> bool:
        """Whether the label is a class, and not a number."""
        return self.loss == "cross_entropy"


def described(settings: Settings) -> list[str]:
    """What is done with each variable, one a line; of keys not even their lengths."""
    lines = []
    for name, variable in VARIABLES.items():
        value = getattr(settings, variable.setting)
        shown = "(not shown)" if variable.setting in SECRET else repr(value)
        lines.append(f"{name} {shown}: {variable.use}")
    return lines


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


@dataclass(frozen=True)
class Encoding:
    """How a row of the table becomes the network's input, and its label the target."""

    columns: list[str]
    means: list[float]
    deviations: list[float]
    classes: list[Any] | None

    @classmethod
    def of(cls, settings: Settings, table: Any) -> Encoding:
        """The encoding that the training data gives."""
        columns = [name for name in table if name != settings.label_column]
        values = table[columns].to_numpy(dtype="float64")
        count = len(columns)
        means, deviations = [0.0] * count, [1.0] * count
        if settings.standardize:
            means = values.mean(axis=0).tolist()
            # A column that never changes has no deviation to divide by.
            deviations = [found or 1.0 for found in values.std(axis=0).tolist()]
        classes = sorted(table[settings.label_column].unique().tolist())
        return cls(columns, means, deviations, classes if settings.classifies else None)

    @property
    def outputs(self) -> int:
        """How many numbers the network says of a row."""
        return len(self.classes) if self.classes is not None else 1

    def tensors(self, settings: Settings, table: Any) -> tuple[Any, Any]:
        """Inputs and targets; ValueError where a label is no class of the training data."""
        import torch

        values = table[self.columns].to_numpy(dtype="float64")
        scaled = torch.tensor((values - self.means) / self.deviations, dtype=torch.float32)
        labels = table[settings.label_column].tolist()
        if self.classes is None:
            return scaled, torch.tensor(labels, dtype=torch.float32).unsqueeze(1)
        index = {name: number for number, name in enumerate(self.classes)}
        unknown = set(labels) - set(index)
        if unknown:
            raise ValueError(f"labels that the training data does not have: {sorted(unknown)}")
        return scaled, torch.tensor([index[label] for label in labels])


def build_model(settings: Settings, inputs: int, outputs: int) -> Any:
    """The network: hidden layers, each with activation and dropout, and a linear one."""
    from torch import nn

    activation = {
        "relu": nn.ReLU,
        "gelu": nn.GELU,
        "silu": nn.SiLU,
        "tanh": nn.Tanh,
        "sigmoid": nn.Sigmoid,
    }[settings.activation]
    layers: list[Any] = []
    for units in settings.hidden_units:
        layers += [nn.Linear(inputs, units), activation(), nn.Dropout(settings.dropout)]
        inputs = units
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


def build_loss(settings: Settings) -> Any:
    """What is minimised."""
    from torch import nn

    if settings.loss == "cross_entropy":
        return nn.CrossEntropyLoss(label_smoothing=settings.label_smoothing)
    if settings.loss == "huber":
        return nn.HuberLoss(delta=settings.huber_delta)
    return {"mse": nn.MSELoss, "mae": nn.L1Loss}[settings.loss]()


def build_optimizer(settings: Settings, parameters: Any) -> Any:
    """The optimizer; ValueError where torch refuses a parameter."""
    from torch import optim

    shared = {"lr": settings.learning_rate, "weight_decay": settings.weight_decay}
    if settings.optimizer == "sgd":
        return optim.SGD(
            parameters, **shared, momentum=settings.momentum, nesterov=settings.nesterov
        )
    shared["eps"] = settings.epsilon
    if settings.optimizer == "rmsprop":
        return optim.RMSprop(parameters, **shared, momentum=settings.momentum, alpha=settings.rho)
    if settings.optimizer == "adagrad":
        return optim.Adagrad(parameters, **shared)
    kind = {"adam": optim.Adam, "adamw": optim.AdamW}[settings.optimizer]
    return kind(parameters, **shared, betas=(settings.beta1, settings.beta2))


def build_scheduler(settings: Settings, optimizer: Any) -> Any:
    """The schedule of the learning rate, which makes a step after each epoch."""
    from torch.optim import lr_scheduler

    warmup = settings.warmup_epochs
    left = settings.epochs - warmup
    if settings.scheduler == "step":
        schedule = lr_scheduler.StepLR(optimizer, settings.step_epochs, settings.gamma)
    elif settings.scheduler == "exponential":
        schedule = lr_scheduler.ExponentialLR(optimizer, settings.gamma)
    elif settings.scheduler == "cosine":
        schedule = lr_scheduler.CosineAnnealingLR(optimizer, left, settings.min_learning_rate)
    elif settings.scheduler == "constant":
        schedule = lr_scheduler.LambdaLR(optimizer, lambda epoch: 1.0)
    else:
        raise ValueError(f'SCHEDULER is "{settings.scheduler}"')
    if not warmup:
        return schedule
    rising = lr_scheduler.LinearLR(optimizer, 1 / (warmup + 1), total_iters=warmup)
    return lr_scheduler.SequentialLR(optimizer, [rising, schedule], milestones=[warmup])


@dataclass
class Parts:
    """What trains: all of it follows from the settings."""

    settings: Settings
    device: Any
    model: Any
    loss: Any
    optimizer: Any
    scheduler: Any
    scaler: Any

    @classmethod
    def build(cls, settings: Settings, inputs: int, outputs: int, device: Any = "cpu") -> Parts:
        """The parts on a device, by themselves; ValueError where torch refuses a setting."""
        import torch

        torch.manual_seed(settings.seed)
        device = torch.device(device)
        model = build_model(settings, inputs, outputs).to(device)
        optimizer = build_optimizer(settings, model.parameters())
        scaled = settings.precision == "fp16"
        return cls(
            settings=settings,
            device=device,
            model=model,
            loss=build_loss(settings),
            optimizer=optimizer,
            scheduler=build_scheduler(settings, optimizer),
            scaler=torch.amp.GradScaler(device.type, enabled=scaled),
        )

    def autocast(self) -> Any:
        """Where layers compute in the precision that was asked for."""
        import torch

        kinds = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}
        kind = kinds[self.settings.precision]
        return torch.autocast(self.device.type, dtype=kind, enabled=kind is not None)

    def evaluate(self, inputs: Any, targets: Any) -> dict[str, float]:
        """The loss on a table and, of classes, how many are told right."""
        import torch

        self.model.eval()
        with torch.no_grad(), self.autocast():
            said = self.model(inputs.to(self.device))
            targets = targets.to(self.device)
            found = {"loss": float(self.loss(said, targets))}
        if self.settings.classifies:
            found["accuracy"] = float((said.argmax(dim=1) == targets).float().mean())
        return found


def train_epoch(settings: Settings, parts: Parts, loader: Any) -> float:
    """One pass over the training data; gives the mean loss of its steps."""
    import torch

    parts.model.train()
    total = torch.zeros((), device=parts.device)
    for inputs, targets in loader:
        parts.optimizer.zero_grad()
        with parts.autocast():
            loss = parts.loss(parts.model(inputs.to(parts.device)), targets.to(parts.device))
        parts.scaler.scale(loss).backward()
        if settings.clip_norm is not None:
            parts.scaler.unscale_(parts.optimizer)
            torch.nn.utils.clip_grad_norm_(parts.model.parameters(), settings.clip_norm)
        parts.scaler.step(parts.optimizer)
        parts.scaler.update()
        total += loss.detach()
    return float(total / len(loader))


@dataclass
class Progress:
    """How far training is: the epochs that are done, and the best of them."""

    settings: Settings
    epoch: int = 0
    best: float = float("inf")
    waited: int = 0
    weights: dict[str, Any] | None = None

    def after(self, loss: float | None, weights: dict[str, Any]) -> None:
        """Count an epoch whose loss on the validation data is ``loss``."""
        self.epoch += 1
        if self.settings.patience is None or loss is None:
            return
        if loss < self.best - self.settings.min_delta:
            self.best, self.waited = loss, 0
            self.weights = {name: value.clone() for name, value in weights.items()}
        else:
            self.waited += 1

    @property
    def ended(self) -> bool:
        """Whether no further epoch is trained."""
        patience = self.settings.patience
        return self.epoch >= self.settings.epochs or self.waited >= (patience or self.epoch + 1)

    @property
    def writes_checkpoint(self) -> bool:
        """Whether a checkpoint is written now."""
        frequency = self.settings.checkpoint_frequency
        return self.ended or bool(frequency and self.epoch % frequency == 0)


def _mean(value: float, parts: Parts, processes: int) -> float:
    """The mean over all processes, so that each decides the same."""
    import torch

    if processes == 1:
        return value
    total = torch.tensor(value, device=parts.device)
    torch.distributed.all_reduce(total)
    return float(total) / processes


def _bare(model: Any) -> Any:
    # Ray wraps the model for several processes; a wrapper's weights have other names.
    return getattr(model, "module", model)


def _save(directory: str, parts: Parts, progress: Progress, encoding: Encoding) -> None:
    import torch

    weights = _bare(parts.model).state_dict()
    kept = progress.weights or weights
    torch.save({"weights": kept, "encoding": asdict(encoding)}, os.path.join(directory, MODEL))
    state = {
        "model": weights,
        "optimizer": parts.optimizer.state_dict(),
        "scheduler": parts.scheduler.state_dict(),
        "scaler": parts.scaler.state_dict(),
        "progress": {
            name: getattr(progress, name) for name in ("epoch", "best", "waited", "weights")
        },
    }
    torch.save(state, os.path.join(directory, STATE))


def _restore(directory: str, parts: Parts, progress: Progress) -> None:
    import torch

    # The file is one that this script wrote: schedules hold more than plain tensors.
    state = torch.load(
        os.path.join(directory, STATE), map_location=parts.device, weights_only=False
    )
    _bare(parts.model).load_state_dict(state["model"])
    for name in ("optimizer", "scheduler", "scaler"):
        getattr(parts, name).load_state_dict(state[name])
    for name, value in state["progress"].items():
        setattr(progress, name, value)


def train_worker() -> None:
    """What each training process runs."""
    import ray.train
    import ray.train.torch
    import torch
    from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

    settings = Settings.read(os.environ)
    torch.set_num_threads(settings.threads)
    # Which of the GPUs that it sees is the process's own, Ray alone knows.
    on_gpu = settings.device == "cuda"
    device = ray.train.torch.get_device() if on_gpu else torch.device("cpu")
    print_process(settings, settings.device, device.type, threads=torch.get_num_threads())
    context = ray.train.get_context()
    rank, processes = context.get_world_rank(), context.get_world_size()
    table = read_table(settings, settings.train_key)
    encoding = Encoding.of(settings, table)
    training = TensorDataset(*encoding.tensors(settings, table))
    validation = None
    if settings.validation_key is not None:
        validation = encoding.tensors(settings, read_table(settings, settings.validation_key))

    parts = Parts.build(settings, len(encoding.columns), encoding.outputs, device)
    progress = Progress(settings)
    checkpoint = ray.train.get_checkpoint()
    if checkpoint is not None:
        with checkpoint.as_directory() as directory:
            _restore(directory, parts, progress)
        print(f"goes on after epoch {progress.epoch}", flush=True)
    parts.model = ray.train.torch.prepare_model(parts.model, move_to_device=device)
    # Each process leaves out other units; the weights were the same for all.
    torch.manual_seed(settings.seed + rank)
    sampler = DistributedSampler(
        training, processes, rank, shuffle=settings.shuffle, seed=settings.seed
    )
    loader = DataLoader(training, settings.batch_size, sampler=sampler)

    while not progress.ended:
        sampler.set_epoch(progress.epoch)
        rate = parts.optimizer.param_groups[0]["lr"]
        loss = _mean(train_epoch(settings, parts, loader), parts, processes)
        parts.scheduler.step()
        metrics = {"epoch": progress.epoch + 1, "learning-rate": rate, "train-loss": loss}
        judged = None
        if validation is not None:
            found = parts.evaluate(*validation)
            judged = found["loss"] = _mean(found["loss"], parts, processes)
            metrics |= {f"validation-{name}": value for name, value in found.items()}
        progress.after(judged, _bare(parts.model).state_dict())
        if rank == 0:
            print(metrics, flush=True)
        if rank or not progress.writes_checkpoint:
            ray.train.report(metrics)
            continue
        with tempfile.TemporaryDirectory() as directory:
            _save(directory, parts, progress, encoding)
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
    import ray.train.torch

    settings = Settings.read(os.environ)
    print("\n".join(described(settings)), flush=True)
    ray.init()
    wait_for_room(settings)
    # Here, since a worker's error reaches the log wrapped in several others.
    for key in (settings.train_key, settings.validation_key):
        if key is not None:
            print(f"{key}: {len(read_table(settings, key))} rows", flush=True)
    trainer = ray.train.torch.TorchTrainer(
        train_worker,
        torch_config=ray.train.torch.TorchConfig(
            backend={"cuda": "nccl", "cpu": "gloo"}[settings.device]
        ),
        scaling_config=scaling(settings),
        run_config=ray.train.RunConfig(
            name=settings.run_name,
            storage_path=settings.storage_path,
            checkpoint_config=ray.train.CheckpointConfig(num_to_keep=settings.num_to_keep),
            failure_config=ray.train.FailureConfig(max_failures=settings.max_failures),
        ),
    )
    result = trainer.fit()
    with result.checkpoint.as_directory() as directory:
        shutil.copyfile(os.path.join(directory, MODEL), settings.directory / MODEL)
    shown = {name: value for name, value in result.metrics.items() if "-" in name}
    metrics = {"epoch": result.metrics["epoch"], **shown}
    run = {"settings": settings.without_keys(), "metrics": metrics}
    (settings.directory / "run.json").write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")
    print(f"wrote {settings.directory / MODEL}: {metrics}", flush=True)


if __name__ == "__main__":
    main()
