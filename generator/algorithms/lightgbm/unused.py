"""Hyperparameters that lightgbm takes and does not use, given at another value than the default."""

from __future__ import annotations

from collections.abc import Iterator

from generator.algorithms.base import Training, unused_fields
from generator.algorithms.lightgbm.hyperparameters import LightGBM
from generator.diagnostics import Diagnostic, warning

UNUSED = warning("lightgbm/unused", "A hyperparameter that has no effect here.")

DART = ("drop_rate", "max_drop", "skip_drop", "uniform_drop")
GOSS = ("top_rate", "other_rate")


def check_unused(run: Training[LightGBM]) -> Iterator[Diagnostic]:
    """A warning for each hyperparameter that is given, is not the default, and has no effect."""
    yield from unused_fields(UNUSED, run, _unused(run))
    depth, leaves = run.chosen.max_depth, run.chosen.num_leaves
    if 0 < depth < 17 and leaves > 2**depth and "num_leaves" in run.chosen.model_fields_set:
        yield UNUSED.found(
            f"num_leaves is never reached: max_depth {depth} leaves room for {2**depth}",
            hint=f"write {2**depth}, or raise max_depth",
            at=run.at("/num_leaves"),
        )


def _unused(run: Training[LightGBM]) -> Iterator[tuple[str, str]]:
    """Fields without effect and why, in words that follow the field's name."""
    chosen = run.chosen
    yield from _unused_by_boosting(chosen)
    yield from _unused_by_sampling(chosen)
    yield from _unused_by_objective(chosen)
    if chosen.boosting == "dart":
        yield "early_stopping_round", "does not stop the booster dart"
    elif not run.validation:
        yield "early_stopping_round", "stops nothing without a validation channel"


def _unused_by_boosting(chosen: LightGBM) -> Iterator[tuple[str, str]]:
    if chosen.boosting == "rf":
        yield "learning_rate", "is not used by a random forest"
    if chosen.boosting != "dart":
        yield from ((field, "is used by the booster dart only") for field in DART)
    elif chosen.drop_rate == 0:
        fields = ("max_drop", "skip_drop", "uniform_drop")
        yield from ((field, "has no effect while drop_rate is 0") for field in fields)
    elif chosen.skip_drop == 1:
        fields = ("drop_rate", "max_drop", "uniform_drop")
        yield from ((field, "has no effect while skip_drop is 1") for field in fields)


def _unused_by_sampling(chosen: LightGBM) -> Iterator[tuple[str, str]]:
    if chosen.bagging_freq == 0:
        yield "bagging_fraction", "has no effect while bagging_freq is 0"
    if chosen.bagging_fraction == 1:
        yield "bagging_freq", "has no effect while bagging_fraction is 1"
    if chosen.data_sample_strategy != "goss":
        yield from ((field, "is used by goss only") for field in GOSS)
    elif chosen.boosting != "rf" and chosen.num_iterations <= _first_sampled(chosen):
        wait = f"{_first_sampled(chosen):g} iterations, 1 / learning_rate"
        yield "data_sample_strategy", f"has no effect: goss starts after {wait}"


def _first_sampled(chosen: LightGBM) -> int:
    """The iterations before goss draws rows: lightgbm lets the first ones see all of them."""
    return int(1 / chosen.learning_rate)


def _unused_by_objective(chosen: LightGBM) -> Iterator[tuple[str, str]]:
    objective, named = chosen.objective, {chosen.objective, *chosen.metric}
    if objective not in ("binary", "multiclassova"):
        fields = ("is_unbalance", "scale_pos_weight")
        yield from ((field, f"is not used by the objective {objective}") for field in fields)
    if not named & {"huber", "quantile"}:
        yield "alpha", "is used by huber and quantile only"
    if "tweedie" not in named:
        yield "tweedie_variance_power", "is used by tweedie only"
