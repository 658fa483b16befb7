"""What is trained: a sample for each script of sample/training/, on clusters of these shapes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from tests.e2e.images.build import LOCK
from tests.helpers.command import ROOT

HERE = Path(__file__).parent
SCRIPTS = ROOT / "sample" / "training"


class Shape(NamedTuple):
    """What a job asks for: workers, and the CPUs and GPUs of each."""

    workers: int
    cpus: int
    gpus: int

    @property
    def processes(self) -> int:
        """How many processes have to train: one a GPU, or one a worker without GPUs."""
        return self.workers * max(self.gpus, 1)

    @property
    def threads(self) -> int:
        """How many CPUs each process has."""
        return self.cpus // max(self.gpus, 1)


class TrainingError(Exception):
    """A training did not do what it should; the text says what, with the script's output."""


SHAPES = (
    Shape(1, 1, 0),
    Shape(1, 2, 0),
    Shape(2, 4, 0),
    Shape(3, 4, 0),
    Shape(2, 4, 1),
    Shape(2, 8, 4),
    Shape(1, 16, 8),
)
SHORT = {"xgboost": Shape(2, 4, 2), "lightgbm": Shape(2, 4, 0)}
"""What the gate trains, and on which shapes: workers and GPUs that Ray would leave idle."""


@dataclass(frozen=True)
class Sample:
    """An algorithm's script, what it is told, and what it has to leave behind.

    ``model`` is a file below STORAGE_PATH/RUN_NAME, and the metric ``metric`` in its ``run.json``
    has to be below ``below``: the labels' variance is 0.42. ``lock`` is what is installed for it:
    for xgboost and lightgbm the image of the end-to-end tests, whose S3 server serves them all.
    ``threads`` is what its processes print of the library's own settings. Where there are GPUs,
    which on a simulated cluster are numbers, ``on_gpus`` is told beside, and ``variables`` replace
    those that are rendered.
    """

    algorithm: str
    hyperparameters: dict[str, Any]
    model: str
    metric: str
    below: float
    threads: str = "threads"
    on_gpus: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    lock: Path = LOCK

    def device(self, shape: Shape) -> str:
        """What the library has to be given: the GPU where there is one, unless told otherwise."""
        if not shape.gpus:
            return "cpu"
        return str(self.on_gpus.get("device_type", self.variables.get("DEVICE", "cuda")))

    @property
    def script(self) -> Path:
        """The script that is run."""
        return SCRIPTS / f"{self.algorithm}_train.py"


def _network(algorithm: str, model: str, variables: dict[str, str] | None = None) -> Sample:
    """A network's sample, whose metric is the mean of squared errors."""
    return Sample(
        algorithm=algorithm,
        hyperparameters={
            "hidden_units": [16],
            "epochs": 30,
            "batch_size": 16,
            "learning_rate": 0.01,
            "early_stopping_patience": 10,
        },
        model=model,
        metric="validation-loss",
        below=0.05,
        variables=variables or {},
        lock=HERE / f"requirements-{algorithm}.lock",
    )


SAMPLES = (
    Sample(
        algorithm="xgboost",
        hyperparameters={"num_round": 30, "max_depth": 3, "eval_metric": ["rmse"]},
        model="model.ubj",
        metric="validation-rmse",
        below=0.3,
        threads="nthread",
    ),
    Sample(
        algorithm="lightgbm",
        hyperparameters={
            "num_iterations": 60,
            "early_stopping_round": 10,
            "metric": ["rmse"],
            "min_data_in_leaf": 5,
        },
        model="model.txt",
        metric="validation-rmse",
        below=0.3,
        threads="num_threads",
        # Its wheel has no cuda, and gpu stops where there is none.
        on_gpus={"device_type": "cpu"},
    ),
    # NCCL, which cuda goes with, stops where no GPU is.
    _network("pytorch", "model.pt", {"DEVICE": "cpu"}),
    _network("tensorflow", "model.npz"),
    _network("jax", "model.npz"),
)
