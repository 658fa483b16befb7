"""The variables that the training script of LightGBM reads."""

from __future__ import annotations

from typing import Any

from generator.params.algorithms.lightgbm.hyperparameters import LightGBM
from generator.params.variables import Variable, as_text


def environment(chosen: LightGBM) -> list[Variable]:
    """The variables in the order of the fields: every one, so that the script guesses none.

    An empty ``SEED`` or ``METRIC`` leaves the choice to lightgbm; with an empty ``DEVICE_TYPE`` the
    script takes ``DEVICE``.
    """
    return [(name.upper(), _text(value)) for name, value in chosen]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return ",".join(value) if isinstance(value, list) else as_text(value)
