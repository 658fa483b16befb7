"""Trains what it is asked to, one parameter set at a time, as the sample's training script does.

Reads JSON lines ``{"id", "variables", "validation"}`` and answers each with ``{"id", "ok", "error",
"models"}``: ``models`` are digests of the predictions by the kind of labels that was trained on.
Needs lightgbm, which no other module does.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import sys
import warnings
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np

from sample.training.lightgbm_train import parameters

GIB = 1 << 30
ROWS = 120
KINDS = ("real", "binary", "classes", "positive", "unit")
"""Labels that some objective or metric wants; a set is accepted when it trains on any of them."""
CLASSES = ("classes", "binary")
"""Those of several classes; multiclassova does not look at labels, and others end the process."""


def _data(kind: str, seed: int) -> tuple[Any, Any]:
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(ROWS, 4))
    signal = features[:, 0] + 0.5 * features[:, 1] + 0.3 * generator.normal(size=ROWS)
    labels = {
        "real": signal,
        "binary": (signal > 0).astype(np.float64),
        "classes": np.digitize(signal, [-0.5, 0.5]).astype(np.float64),
        "positive": np.exp(signal),
        "unit": 1 / (1 + np.exp(-signal)),
    }
    return features, labels[kind]


def _train_once(kind: str, request: dict[str, Any]) -> tuple[str | None, str]:
    """The error of one training, and the digest of what its model predicts."""
    variables = request["variables"]
    try:
        features, labels = _data(kind, seed=1)
        evaluated = [lightgbm.Dataset(features, labels)]
        if request["validation"]:
            evaluated.append(evaluated[0].create_valid(*_data(kind, seed=2)))
        model = lightgbm.train(
            parameters(variables),
            evaluated[0],
            num_boost_round=int(variables["NUM_ITERATIONS"]),
            valid_sets=evaluated,
            valid_names=["train", "validation"][: len(evaluated)],
            callbacks=[lightgbm.record_evaluation({})],
        )
        predicted = np.ascontiguousarray(model.predict(features, num_iteration=-1))
    except (lightgbm.basic.LightGBMError, KeyError, TypeError, ValueError) as error:
        return str(error).strip().splitlines()[0], ""
    return None, hashlib.sha256(predicted.tobytes()).hexdigest()[:16]


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    errors, models = {}, {}
    several = request["variables"]["OBJECTIVE"].startswith("multiclass")
    kinds = CLASSES if several else KINDS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for kind in kinds:
            errors[kind], models[kind] = _train_once(kind, request)
    trained = {kind: digest for kind, digest in models.items() if errors[kind] is None}
    error = None if trained else errors[kinds[0]]
    return {"id": request["id"], "ok": bool(trained), "error": error, "models": trained}


def main() -> None:
    """Answer requests from stdin until it ends."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--stderr", required=True, help="file for what the library prints")
    parser.add_argument("--memory", type=int, required=True, help="address space, GiB")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (options.memory * GIB, options.memory * GIB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(1), "w")
    printed = os.open(Path(options.stderr), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    for line in sys.stdin:
        os.truncate(options.stderr, 0)
        print(json.dumps(_answer(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
