"""One set of hyperparameters to try, and short ways to write it."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import names, rendering

#: Enough rounds for a failure of the second one to show, few enough to be quick.
ROUNDS = 3


@dataclass(frozen=True)
class ParameterSet:
    """Hyperparameters as a params.json would give them; what is left out has its default."""

    id: str
    hyperparameters: dict[str, object]
    #: customHyperparameters that a script of one's own would read, as text.
    custom: dict[str, str] = field(default_factory=dict)
    gpus: int = 0


def parameter_set(
    id_: str, hyperparameters: dict[str, object], custom: dict[str, str] | None = None
) -> ParameterSet:
    """A set of a few rounds, unless it says how many."""
    return ParameterSet(id_, {"num_round": ROUNDS, **hyperparameters}, custom or {})


def fitting(objective: str) -> dict[str, object]:
    """An objective with a metric that goes with it."""
    return {
        "objective": objective,
        "eval_metric": [names.METRIC_OF.get(objective, "rmse")],
    }


def text(value: object) -> str:
    """A value as it appears in an id: as it is rendered, and to be seen when empty."""
    return rendering.render_value(value) or "''"
