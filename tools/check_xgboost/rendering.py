"""What is rendered of hyperparameters, those included that a params.json may not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.algorithms.xgboost.hyperparameters import XGBoost
from generator.fields.labels import as_text

#: Left out of the environment when they have the value "auto".
OMITTED_WHEN_AUTO = frozenset({"nthread", "updater"})
_DEFAULTS: dict[str, Any] = XGBoost().model_dump(by_alias=True)


def render_value(value: Any) -> str:
    """The text of one value as it is rendered."""
    if value is None:
        return ""
    return ",".join(map(str, value)) if isinstance(value, list) else as_text(value)


def render(hyperparameters: Mapping[str, object]) -> dict[str, str]:
    """All hyperparameters as text, defaults filled in; "auto" left out where it must be."""
    return {
        name: render_value(value)
        for name, value in {**_DEFAULTS, **hyperparameters}.items()
        if not (name in OMITTED_WHEN_AUTO and value == "auto")
    }
