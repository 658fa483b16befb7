"""The variables that the training script of a network reads."""

from __future__ import annotations

from typing import Any

from generator.params.algorithms.network.hyperparameters import Network
from generator.params.variables import Variable, as_text


def names(model: type[Network]) -> frozenset[str]:
    """Every variable that the hyperparameters become."""
    return frozenset(map(str.upper, model.model_fields))


def environment(chosen: Network) -> list[Variable]:
    """The variables in the order of the fields: null is empty, a list is joined by commas."""
    return [(field.upper(), _text(value)) for field, value in chosen]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return ",".join(map(as_text, value)) if isinstance(value, list) else as_text(value)
