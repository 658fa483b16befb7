"""Tiny data sets, one for each kind of label that some objective or metric wants.

A parameter set counts as accepted when it trains on any of the kinds the platform's
script can load (PLATFORM_KINDS): what a job's labels look like is not known when its
parameters are checked.  Labels that hide a mismatch are left out on purpose: merror of a
model with one output, say, passes when every label lies between -1 and 1.  EXTRA_KINDS
need what that script never gives (query groups, bounds of a censored label); they tell
what a script of one's own could do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost as xgb

ROWS = 60
COLUMNS = 4
GROUP_ROWS = 10

PLATFORM_KINDS = ("binary", "classes", "levels", "positive", "real")
EXTRA_KINDS = ("binary+groups", "classes+groups", "bounds")


@dataclass(frozen=True)
class DataSet:
    """A matrix to train on and one to evaluate."""

    train: xgb.DMatrix
    validation: xgb.DMatrix


def _labels(kind: str, signal: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    if kind == "binary":
        return (signal > 0).astype(np.float64)
    if kind == "classes":
        return np.digitize(signal, [-0.5, 0.5]).astype(np.float64)
    if kind == "levels":
        return np.digitize(signal, [-0.5, 0.5]).astype(np.float64) + 1
    if kind in {"positive", "bounds"}:
        return np.asarray(np.exp(signal), dtype=np.float64)
    return signal


def _matrix(kind: str, seed: int) -> xgb.DMatrix:
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(ROWS, COLUMNS))
    signal = features[:, 0] + 0.5 * features[:, 1] + 0.1 * generator.normal(size=ROWS)
    base, _, groups = kind.partition("+")
    labels = _labels(base, signal)
    options: dict[str, Any] = {}
    if groups:
        options["qid"] = np.repeat(np.arange(ROWS // GROUP_ROWS), GROUP_ROWS)
    if kind == "bounds":
        options["label_lower_bound"] = labels
        options["label_upper_bound"] = labels * 2
    return xgb.DMatrix(features, labels, **options)


def data_set(kind: str) -> DataSet:
    """A fresh data set, so that nothing cached in a matrix outlives a training."""
    return DataSet(train=_matrix(kind, seed=1), validation=_matrix(kind, seed=2))
