"""Train a network on a table with TensorFlow on Ray, as the variables of the RayJob say.

It shows what the script in an image for the algorithm ``tensorflow`` has to do with each variable
that is rendered. It reads those and no others; one that is missing, or is not what it has to be,
stops it. The image needs ray[train], tensorflow, keras, pandas and boto3 (measured with Ray 2.46.0,
tensorflow 2.21.0, keras 3.15.1).

It is one file, though networks have much alike: what it defines Ray sends to the workers, whose
image then needs the libraries only. A module beside it would have to be in both images.

The script makes its steps itself: with several workers keras 3 stops in its own ``fit`` (an
"unsupported type" PerReplica). Layers, optimizers and schedules are keras's.

Each GPU of a worker gets a training process of its own, with its share of the worker's CPUs; a
worker without GPUs gets one process, with all CPUs. A process has as many threads as CPUs and needs
at least one; Ray Train's coordinator takes none. Where Ray cannot place them, the script says so
in numbers and ends. A step takes rows of every process, and their gradients are
averaged.

It trains with either version of Ray Train: measured with both of Ray 2.46.0, where
RAY_TRAIN_V2_ENABLED chooses.

What it leaves in ``STORAGE_PATH/RUN_NAME``:

- ``model.npz``: the weights, and what turns a row of the table into the network's input;
- ``run.json``: the settings as they arrived, without the keys, and the last metrics;
- the checkpoints of Ray Train, from which a restart goes on.
"""

from __future__ import annotations

import io
import json
import os
import pickle
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

MODEL = "model.npz"
STATE = "state.pickle"


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
    "DEVICE": Variable("device", _device, "what is expected to train: cuda or cpu"),
    "S3_ENDPOINT": Variable("endpoint", str, "the S3 server"),
    "S3_BUCKET": Variable("bucket", str, "the bucket of both tables"),
    "S3_TRAIN_KEY": Variable("train_key", str, "the CSV that is trained on"),
    "S3_VAL_KEY": Variable("validation_key", str, "the CSV that each epoch is judged by, if any"),
    "S3_REGION": Variable("region", str, "the region that requests are signed for"),
    "S3_ACCESS_KEY": Variable("access_key", _key, "signs requests"),
    "S3_SECRET_KEY": Variable("secret_key", _key, "signs requests"),
    "LOSS": Variable("loss", str, "what is minimised"),
    "HUBER_DELTA": Variable("huber_delta", float, "keras.losses.Huber(delta)"),
    "LABEL_SMOOTHING": Variable(
        "label_smoothing", float, "CategoricalCrossentropy(label_smoothing)"
    ),
    "HIDDEN_UNITS": Variable("hidden_units", _whole_numbers, "one Dense layer for each"),
    "ACTIVATION": Variable("activation", str, "follows each hidden layer"),
    "DROPOUT": Variable("dropout", float, "share of outputs left out after each activation"),
    "STANDARDIZE": Variable("standardize", _flag, "true: columns get mean 0 and deviation 1"),
    "EPOCHS": Variable("epochs", int, "passes over the training data"),
    "BATCH_SIZE": Variable("batch_size", int, "rows of a step in each process"),
    "SHUFFLE": Variable("shuffle", _flag, "true: each epoch takes the rows in another order"),
    "SEED": Variable("seed", int, "keras.utils.set_random_seed, and the order of rows"),
    "OPTIMIZER": Variable("optimizer", str, "which of keras.optimizers"),
    "LEARNING_RATE": Variable(
        "learning_rate", float, "where the schedule starts, or gets to by warming up"
    ),
    "MOMENTUM": Variable("momentum", float, "momentum of SGD and RMSprop"),
    "NESTEROV": Variable("nesterov", _flag, "nesterov of SGD"),
    "BETA1": Variable("beta1", float, "beta_1 of Adam and AdamW"),
    "BETA2": Variable("beta2", float, "beta_2 of Adam and AdamW"),
    "RHO": Variable("rho", float, "rho of RMSprop"),
    "EPSILON": Variable("epsilon", float, "epsilon of RMSprop, Adagrad, Adam and AdamW"),
    "WEIGHT_DECAY": Variable(
        "weight_decay", float, "weight_decay of AdamW, else added to the gradient"
    ),
    "GRADIENT_CLIP_NORM": Variable(
        "clip_norm", _number_or_none, "clip_by_global_norm, unless empty"
    ),
    "SCHEDULER": Variable("scheduler", str, "which of keras.optimizers.schedules"),
    "SCHEDULER_STEP_EPOCHS": Variable("step_epochs", int, "ExponentialDecay(decay_steps) in steps"),
    "SCHEDULER_GAMMA": Variable("gamma", float, "ExponentialDecay(decay_rate)"),
    "MIN_LEARNING_RATE": Variable("min_learning_rate", float, "where CosineDecay ends"),
    "WARMUP_EPOCHS": Variable("warmup_epochs", int, "epochs of a rising rate before the schedule"),
    "EARLY_STOPPING_PATIENCE": Variable("patience", _whole_or_none, "ends training, unless empty"),
    "EARLY_STOPPING_MIN_DELTA": Variable("min_delta", float, "what counts as an improvement"),
    "CHECKPOINT_FREQUENCY": Variable("checkpoint_frequency", int, "epochs between checkpoints"),
    "CHECKPOINT_NUM_TO_KEEP": Variable(
        "num_to_keep", _whole_or_none, "CheckpointConfig(num_to_keep), unless empty"
    ),
    "MAX_FAILURES": Variable("max_failures", int, "FailureConfig(max_failures)"),
    "PRECISION": Variable("precision", str, "what layers compute in: fp32 or bf16"),
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

    def arrays(self, settings: Settings, table: Any) -> tuple[Any, Any]:
        """Inputs and targets; ValueError where a label is no class of the training data."""
        import numpy

        values = table[self.columns].to_numpy(dtype="float64")
        scaled = ((values - self.means) / self.deviations).astype("float32")
        labels = table[settings.label_column].tolist()
        if self.classes is None:
            return scaled, numpy.array(labels, dtype="float32")[:, None]
        index = {name: number for number, name in enumerate(self.classes)}
        unknown = set(labels) - set(index)
        if unknown:
            raise ValueError(f"labels that the training data does not have: {sorted(unknown)}")
        return scaled, numpy.array([index[label] for label in labels])


class Network:
    """Dense layers, with dropout between them whose masks follow from a seed alone."""

    def __init__(self, settings: Settings, inputs: int, outputs: int) -> None:
        import keras

        keras.utils.set_random_seed(settings.seed)
        kind = {"fp32": "float32", "bf16": "mixed_bfloat16"}[settings.precision]
        activation = {
            "relu": "relu",
            "gelu": "gelu",
            "silu": "silu",
            "tanh": "tanh",
            "sigmoid": "sigmoid",
        }[settings.activation]
        self.dropout = settings.dropout
        self.layers = [
            *(keras.layers.Dense(units, activation, dtype=kind) for units in settings.hidden_units),
            keras.layers.Dense(outputs, dtype="float32"),
        ]
        for layer in self.layers:
            layer.build((None, inputs))
            inputs = layer.units

    @property
    def variables(self) -> list[Any]:
        """What is trained: a matrix and a bias of each layer."""
        return [variable for layer in self.layers for variable in layer.trainable_variables]

    def __call__(self, inputs: Any, seed: Any = None) -> Any:
        """What the network says of rows; with a seed, as in training, units are left out."""
        import tensorflow

        values = inputs
        for number, layer in enumerate(self.layers):
            values = layer(values)
            if seed is not None and self.dropout and number < len(self.layers) - 1:
                values = tensorflow.nn.experimental.stateless_dropout(
                    values, self.dropout, seed=seed + number
                )
        return values


def build_loss(settings: Settings) -> Any:
    """What is minimised: targets and what the network says to the mean over rows."""
    import keras
    import tensorflow

    # Of a mean that keras takes itself, it gives each of several processes only its share.
    if settings.loss == "cross_entropy":
        each = keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=settings.label_smoothing, reduction=None
        )
    elif settings.loss == "huber":
        each = keras.losses.Huber(delta=settings.huber_delta, reduction=None)
    else:
        kind = {"mse": keras.losses.MeanSquaredError, "mae": keras.losses.MeanAbsoluteError}
        each = kind[settings.loss](reduction=None)

    def loss(targets: Any, said: Any) -> Any:
        if settings.classifies:
            targets = keras.ops.one_hot(targets, said.shape[1])
        return tensorflow.reduce_mean(each(targets, said))

    return loss


def build_schedule(settings: Settings) -> Any:
    """The learning rate by the number of epochs that are done."""
    from keras.optimizers import schedules

    rate, warmup = settings.learning_rate, settings.warmup_epochs
    left = settings.epochs - warmup
    if settings.scheduler == "step":
        after = schedules.ExponentialDecay(
            rate, settings.step_epochs, settings.gamma, staircase=True
        )
    elif settings.scheduler == "exponential":
        after = schedules.ExponentialDecay(rate, 1, settings.gamma)
    elif settings.scheduler == "cosine":
        after = schedules.CosineDecay(rate, left, alpha=settings.min_learning_rate / rate)
    elif settings.scheduler == "constant":
        after = schedules.ExponentialDecay(rate, 1, 1)
    else:
        raise ValueError(f'SCHEDULER is "{settings.scheduler}"')
    return lambda epoch: float(
        rate * (epoch + 1) / (warmup + 1) if epoch < warmup else after(epoch - warmup)
    )


def build_optimizer(settings: Settings) -> Any:
    """The optimizer; ValueError where keras refuses a parameter."""
    from keras import optimizers

    rate, epsilon = settings.learning_rate, settings.epsilon
    betas = {"beta_1": settings.beta1, "beta_2": settings.beta2}
    if settings.optimizer == "sgd":
        return optimizers.SGD(rate, momentum=settings.momentum, nesterov=settings.nesterov)
    if settings.optimizer == "rmsprop":
        return optimizers.RMSprop(
            rate, rho=settings.rho, momentum=settings.momentum, epsilon=epsilon
        )
    if settings.optimizer == "adagrad":
        return optimizers.Adagrad(rate, initial_accumulator_value=0, epsilon=epsilon)
    if settings.optimizer == "adam":
        return optimizers.Adam(rate, **betas, epsilon=epsilon)
    if settings.optimizer == "adamw":
        decay = settings.weight_decay
        return optimizers.AdamW(rate, **betas, epsilon=epsilon, weight_decay=decay)
    raise ValueError(f'OPTIMIZER is "{settings.optimizer}"')


def build_step(settings: Settings, network: Network, optimizer: Any) -> Any:
    """A step of training: seed, inputs and targets of this process to the loss of all."""
    import tensorflow

    strategy = tensorflow.distribute.get_strategy()
    mean = tensorflow.distribute.ReduceOp.MEAN
    loss_of = build_loss(settings)
    # AdamW shrinks the weights itself.
    decay = 0.0 if settings.optimizer == "adamw" else settings.weight_decay
    optimizer.build(network.variables)

    def replica(seed: Any, inputs: Any, targets: Any) -> Any:
        with tensorflow.GradientTape() as tape:
            loss = loss_of(targets, network(inputs, seed))
        gradients = tape.gradient(loss, network.variables)
        context = tensorflow.distribute.get_replica_context()
        gradients = context.all_reduce(mean, gradients)
        if settings.clip_norm is not None:
            gradients, _ = tensorflow.clip_by_global_norm(gradients, settings.clip_norm)
        # keras adds up what the processes give it, and here each gives the same.
        share = 1 / strategy.num_replicas_in_sync
        optimizer.apply(
            [
                (gradient + decay * variable) * share
                for gradient, variable in zip(gradients, network.variables, strict=True)
            ]
        )
        return loss

    def step(seed: Any, inputs: Any, targets: Any) -> Any:
        return strategy.reduce(mean, strategy.run(replica, (seed, inputs, targets)), axis=None)

    return tensorflow.function(step)


def rows_of(settings: Settings, rows: int, epoch: int, rank: int, processes: int) -> list[Any]:
    """The numbers of the rows of each step of an epoch that a process takes.

    Every process takes as many: the first rows come twice where they cannot be dealt evenly.
    """
    import numpy

    order = numpy.arange(rows)
    if settings.shuffle:
        order = numpy.random.default_rng([settings.seed, epoch]).permutation(rows)
    each = -(-rows // processes)
    own = numpy.resize(order, each * processes)[rank::processes]
    return [
        own[start : start + settings.batch_size] for start in range(0, each, settings.batch_size)
    ]


@dataclass
class Progress:
    """How far training is: the epochs that are done, and the best of them."""

    settings: Settings
    epoch: int = 0
    best: float = float("inf")
    waited: int = 0
    weights: Any = None

    def after(self, loss: float | None, weights: Any) -> None:
        """Count an epoch whose loss on the validation data is ``loss``."""
        self.epoch += 1
        if self.settings.patience is None or loss is None:
            return
        if loss < self.best - self.settings.min_delta:
            self.best, self.waited, self.weights = loss, 0, weights
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


def evaluate(settings: Settings, network: Network, inputs: Any, targets: Any) -> dict[str, float]:
    """The loss on a table and, of classes, how many are told right."""
    import numpy

    said = network(inputs)
    found = {"loss": float(build_loss(settings)(targets, said))}
    if settings.classifies:
        found["accuracy"] = float((numpy.argmax(said, axis=1) == targets).mean())
    return found


def _mean(value: float) -> float:
    """The mean over all processes, so that each decides the same."""
    import tensorflow

    strategy = tensorflow.distribute.get_strategy()
    each = strategy.run(lambda: tensorflow.constant(value))
    return float(strategy.reduce(tensorflow.distribute.ReduceOp.MEAN, each, axis=None))


def _values(variables: list[Any]) -> list[Any]:
    return [variable.numpy() for variable in variables]


def _save(
    directory: str, network: Network, optimizer: Any, progress: Progress, encoding: Encoding
) -> None:
    import numpy

    weights = _values(network.variables)
    model: dict[str, Any] = {"encoding": numpy.array(json.dumps(asdict(encoding)))}
    for number, value in enumerate(progress.weights or weights):
        model[f"{('matrix', 'bias')[number % 2]}-{number // 2}"] = value
    numpy.savez(os.path.join(directory, MODEL), **model)
    kept = {name: getattr(progress, name) for name in ("epoch", "best", "waited", "weights")}
    with open(os.path.join(directory, STATE), "wb") as file:
        pickle.dump((weights, _values(optimizer.variables), kept), file)


def _restore(directory: str, network: Network, optimizer: Any, progress: Progress) -> None:
    # The file is one that this script wrote.
    with open(os.path.join(directory, STATE), "rb") as file:
        weights, state, kept = pickle.load(file)  # noqa: S301
    variables = [*network.variables, *optimizer.variables]
    for variable, value in zip(variables, [*weights, *state], strict=True):
        variable.assign(value)
    for name, value in kept.items():
        setattr(progress, name, value)


def train_worker() -> None:
    """What each training process runs."""
    import tensorflow

    settings = Settings.read(os.environ)
    threading = tensorflow.config.threading
    threading.set_intra_op_parallelism_threads(settings.threads)
    threading.set_inter_op_parallelism_threads(settings.threads)
    # Ray Train has told it of the others, and it has to come before TensorFlow does anything.
    with tensorflow.distribute.MultiWorkerMirroredStrategy().scope():
        device = "cuda" if tensorflow.config.list_logical_devices("GPU") else "cpu"
        print_process(
            settings, settings.device, device, threads=threading.get_intra_op_parallelism_threads()
        )
        _train(settings)


def _train(settings: Settings) -> None:
    import ray.train
    import tensorflow

    context = ray.train.get_context()
    rank, processes = context.get_world_rank(), context.get_world_size()
    table = read_table(settings, settings.train_key)
    encoding = Encoding.of(settings, table)
    inputs, targets = encoding.arrays(settings, table)
    validation = None
    if settings.validation_key is not None:
        validation = encoding.arrays(settings, read_table(settings, settings.validation_key))

    network = Network(settings, len(encoding.columns), encoding.outputs)
    optimizer = build_optimizer(settings)
    schedule = build_schedule(settings)
    step = build_step(settings, network, optimizer)
    progress = Progress(settings)
    checkpoint = ray.train.get_checkpoint()
    if checkpoint is not None:
        with checkpoint.as_directory() as directory:
            _restore(directory, network, optimizer, progress)
        print(f"goes on after epoch {progress.epoch}", flush=True)

    while not progress.ended:
        rate = schedule(progress.epoch)
        optimizer.learning_rate.assign(rate)
        losses = []
        for number, rows in enumerate(
            rows_of(settings, len(inputs), progress.epoch, rank, processes)
        ):
            seed = tensorflow.constant([settings.seed + rank, progress.epoch << 16 | number << 6])
            losses.append(float(step(seed, inputs[rows], targets[rows])))
        loss = sum(losses) / len(losses)
        metrics = {"epoch": progress.epoch + 1, "learning-rate": rate, "train-loss": loss}
        judged = None
        if validation is not None:
            found = evaluate(settings, network, *validation)
            judged = found["loss"] = _mean(found["loss"])
            metrics |= {f"validation-{name}": value for name, value in found.items()}
        progress.after(judged, _values(network.variables))
        if rank == 0:
            print(metrics, flush=True)
        if rank or not progress.writes_checkpoint:
            ray.train.report(metrics)
            continue
        with tempfile.TemporaryDirectory() as directory:
            _save(directory, network, optimizer, progress, encoding)
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
    import ray.train.tensorflow

    settings = Settings.read(os.environ)
    print("\n".join(described(settings)), flush=True)
    ray.init()
    wait_for_room(settings)
    # Here, since a worker's error reaches the log wrapped in several others.
    for key in (settings.train_key, settings.validation_key):
        if key is not None:
            print(f"{key}: {len(read_table(settings, key))} rows", flush=True)
    trainer = ray.train.tensorflow.TensorflowTrainer(
        train_worker,
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
