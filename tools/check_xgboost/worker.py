"""Trains what it is asked to, one parameter set at a time; ``train.py`` starts and watches it.

Training happens inside a collective of one worker, since what XGBoost refuses in distributed
mode it refuses there too.  Needs xgboost, which no other module but ``data`` does.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb
from xgboost import collective
from xgboost.tracker import RabitTracker

from . import script
from .data import EXTRA_KINDS, PLATFORM_KINDS, DataSet, data_set

GIB = 1 << 30
#: "[12:00:00] /build/src/learner.cc:740: " and the like, which say nothing about the parameters.
_PREFIX = re.compile(r"^(\[\d\d:\d\d:\d\d\] )?(WARNING: )?(/\S+?:\d+: )?")
Result = dict[str, Any]


def clean(message: str) -> str:
    """A message of XGBoost without time, file and line."""
    text = _PREFIX.sub("", message.strip(), count=1).strip()
    return _PREFIX.sub("", text, count=1).strip()


def first_line(message: str) -> str:
    """The first line that says something."""
    lines = clean(message).splitlines()
    return lines[0] if lines else ""


def _describe(booster: xgb.Booster, data: DataSet, rounds_asked: int) -> Result:
    predictions = np.asarray(booster.predict(data.train))
    rounds = booster.num_boosted_rounds()
    try:
        dump = booster.get_dump() if rounds else []
        splits = sum(tree.count("yes=") for tree in dump)
    except xgb.core.XGBoostError:  # a linear model of several classes has no dump; it only informs
        splits = -1
    return {
        "rounds": rounds,
        "splits": splits,
        "finite": bool(np.isfinite(predictions).all()),
        "constant": bool(rounds_asked > 0 and (predictions == predictions[:1]).all()),
    }


def _train_once(kind: str, request: Result, early_stopping: bool) -> Result:
    """One training on one kind of data; an exception of XGBoost becomes a value."""
    scores: dict[str, dict[str, list[float]]] = {}
    options: dict[str, Any] = {}
    try:
        parameters: dict[str, Any] = script.parse(request["params"])
        parameters.update(request.get("custom", {}))
        rounds = int(request["num_round"])
        if early_stopping and request["params"].get("early_stopping_rounds"):
            options["early_stopping_rounds"] = int(request["params"]["early_stopping_rounds"])
        xgb.set_config(verbosity=1)
        data = data_set(kind)
        booster = xgb.train(
            parameters,
            data.train,
            num_boost_round=rounds,
            evals=[(data.train, "train"), (data.validation, "validation")],
            evals_result=scores,
            verbose_eval=False,
            **options,
        )
        model = _describe(booster, data, rounds)
    except Exception as error:
        return {"error": first_line(str(error)) or type(error).__name__}
    model["scores"] = {name: values[-1] for name, values in scores.get("train", {}).items()}
    return {"error": None, **model}


def _warned(caught: list[warnings.WarningMessage], stderr: str) -> list[str]:
    """Distinct warnings, from Python and from the library's own stream.

    XGBoost says some things once a process, such as that updater was set by hand.
    """
    found = [str(item.message) for item in caught]
    found += [line for line in stderr.splitlines() if "WARNING" in line]
    return list(dict.fromkeys(" ".join(clean(text).split()) for text in found))


def _answer(request: Result, stderr: Path, every: bool, early_stopping: bool) -> Result:
    """Try kinds of data until one trains (or all of them) and sum up."""
    started = time.monotonic()
    outcomes: dict[str, str | None] = {}
    model: Result = {}
    kind_used: str | None = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for kind in (*PLATFORM_KINDS, *EXTRA_KINDS) if every else PLATFORM_KINDS:
            result = _train_once(kind, request, early_stopping)
            outcomes[kind] = result.pop("error")
            if outcomes[kind] is None and kind in PLATFORM_KINDS and kind_used is None:
                model, kind_used = result, kind
                if not every:
                    break
    said = stderr.read_text(errors="replace")
    return {
        "id": request["id"],
        "ok": kind_used is not None,
        "error": None if kind_used else outcomes[PLATFORM_KINDS[0]],
        "warnings": _warned(caught, said),
        "seconds": round(time.monotonic() - started, 4),
        "data": outcomes,
        "model": model,
    }


@contextmanager
def _collective() -> Iterator[None]:
    """A communicator of one worker: what Ray sets up around a training."""
    tracker = RabitTracker(host_ip="127.0.0.1", n_workers=1)
    tracker.start()
    with collective.CommunicatorContext(**tracker.worker_args()):
        if not collective.is_distributed():
            raise RuntimeError("the collective is not distributed: nothing would be measured")
        yield
    tracker.wait_for(60)


def work(options: argparse.Namespace) -> None:
    """Answer requests from stdin until it ends."""
    resource.setrlimit(resource.RLIMIT_AS, (options.memory * GIB, options.memory * GIB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(1), "w")
    stderr = Path(options.stderr)
    descriptor = os.open(stderr, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    with _collective():
        for line in sys.stdin:
            os.truncate(stderr, 0)
            answer = _answer(json.loads(line), stderr, options.every_kind, options.early_stopping)
            print(json.dumps(answer), file=answers, flush=True)


def parse_options() -> argparse.Namespace:
    """The options ``train.py`` passes on."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--stderr", required=True, help="file for what the library prints")
    parser.add_argument("--memory", type=int, required=True, help="address space, GiB")
    parser.add_argument("--every-kind", action="store_true")
    parser.add_argument("--early-stopping", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    work(parse_options())
