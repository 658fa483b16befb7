"""What tests of script settings share."""

from __future__ import annotations

from typing import Any

from sample.training import (
    jax_train,
    lightgbm_train,
    pytorch_train,
    tensorflow_train,
    xgboost_train,
)
from tests.helpers.scripts import rendered
from tests.training.samples import Shape

SCRIPTS: dict[str, Any] = {
    "jax": jax_train,
    "lightgbm": lightgbm_train,
    "pytorch": pytorch_train,
    "tensorflow": tensorflow_train,
    "xgboost": xgboost_train,
}


def settings(name: str, shape: Shape, **variables: str) -> Any:
    """The settings of a job of this shape, with ``variables`` in place of those it renders."""
    changed = {
        "NUM_WORKER": str(shape.workers),
        "CPUS_PER_WORKER": str(shape.cpus),
        "GPUS_PER_WORKER": str(shape.gpus),
        "USE_GPU": "true" if shape.gpus else "false",
        "DEVICE": "cuda" if shape.gpus else "cpu",
    }
    return SCRIPTS[name].Settings.read({**rendered(name, {}), **changed, **variables})
