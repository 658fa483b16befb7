"""XGBoost: its hyperparameters, the variables its training script reads, and its rules."""

from __future__ import annotations

from typing import Any

from generator.algorithms.base import Algorithm, text_of
from generator.algorithms.xgboost.hyperparameters import XGBoost
from generator.algorithms.xgboost.rules import check
from generator.fields.labels import Variable

_SPECIAL_NAMES = {"num_round": "NUM_BOOST_ROUND", "csv_weights": "CSV_WEIGHT", "lambda_": "LAMBDA"}
NAMES = {name: _SPECIAL_NAMES.get(name, name.upper()) for name in XGBoost.model_fields}


def environment(chosen: XGBoost) -> list[Variable]:
    """The variables that the training script reads, in the order of the fields.

    ``nthread`` and ``updater`` are left out while "auto": the script would pass the word to
    xgboost, which refuses it.
    """
    values, given = chosen.__dict__, chosen.model_fields_set
    variables = []
    for field, name, default in _DEFAULTS:
        text = _text(field, values[field]) if field in given else default
        if text is not None:
            variables.append((name, text))
    return variables


def _text(field: str, value: Any) -> str | None:
    if field in ("nthread", "updater") and value == "auto":
        return None
    return text_of(value)


_DEFAULTS = [(field, NAMES[field], _text(field, value)) for field, value in XGBoost()]


ALGORITHM = Algorithm(
    name="xgboost",
    title="XGBoost",
    hyperparameters=XGBoost,
    environment=environment,
    variables=frozenset(NAMES.values()),
    check=check,
    image="kiepdoden123/iris-training-ray:v1.2",
    entrypoint="python /home/ray/xgboost_train.py",
    needs_validation=True,
)
