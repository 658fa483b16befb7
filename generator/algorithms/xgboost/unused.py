"""Hyperparameters that xgboost takes and does not use, given at another value than the default."""

from __future__ import annotations

from collections.abc import Iterator

from generator.algorithms.base import Training, differs, unused_fields
from generator.algorithms.xgboost.hyperparameters import XGBoost
from generator.diagnostics import Diagnostic, warning

UNUSED = warning("xgboost/unused", "A hyperparameter that has no effect here.")
SCRIPT_UNREAD = warning("xgboost/script-unread", "The platform's script does not read this.")
POSITIVE_WEIGHT = warning(
    "xgboost/positive-weight", "scale_pos_weight weighs rows of a regression whose label is 1."
)

DEAD = ("sketch_eps", "dsplit", "lambda_bias")
"""Not read by any booster since xgboost 2."""
DART = ("sample_type", "normalize_type", "rate_drop", "one_drop", "skip_drop")
TREES = (
    "gamma", "max_depth", "min_child_weight", "subsample", "sampling_method", "colsample_bytree",
    "colsample_bylevel", "colsample_bynode", "tree_method", "refresh_leaf", "process_type",
    "grow_policy", "max_leaves", "max_bin", "num_parallel_tree",
)  # fmt: skip
POSITIVE_WEIGHT_USED = frozenset(
    [
        "reg:squarederror",
        "reg:linear",
        "reg:logistic",
        "reg:gamma",
        "binary:logistic",
        "binary:logitraw",
        "reg:squaredlogerror",
    ]
)
"""Objectives that read scale_pos_weight; reg:squaredlogerror in xgboost 2.1 only."""
_REGRESSIONS = frozenset({"reg:squarederror", "reg:linear", "reg:gamma", "reg:squaredlogerror"})


def check_unused(run: Training[XGBoost]) -> Iterator[Diagnostic]:
    """A warning for each hyperparameter that is given, is not the default, and has no effect."""
    yield from unused_fields(UNUSED, run, _unused(run.chosen))
    if run.chosen.early_stopping_rounds is not None and not run.own_script:
        yield SCRIPT_UNREAD.found(
            "the platform's training script does not read early_stopping_rounds",
            hint="leave it out, or use an image whose script reads EARLY_STOPPING_ROUNDS",
            at=run.at("/early_stopping_rounds"),
        )
    objective = run.chosen.objective
    if differs(run.chosen, "scale_pos_weight") and objective in _REGRESSIONS:
        yield POSITIVE_WEIGHT.found(
            f"with {objective} it weighs the rows whose label is exactly 1",
            hint="leave it out unless that is meant",
            at=run.at("/scale_pos_weight"),
        )


def _unused(chosen: XGBoost) -> Iterator[tuple[str, str]]:
    """Fields without effect and why, in words that follow the field's name."""
    linear = chosen.booster == "gblinear"
    yield from ((field, "has not been used by xgboost since 2.0") for field in DEAD)
    if chosen.booster != "dart":
        yield from ((field, "is used by the booster dart only") for field in DART)
    elif chosen.rate_drop == 0 and chosen.one_drop == 0:
        fields = ("sample_type", "normalize_type", "skip_drop")
        yield from ((f, "has no effect while rate_drop and one_drop are 0") for f in fields)
    elif chosen.skip_drop == 1:
        skipped = ("sample_type", "normalize_type", "rate_drop", "one_drop")
        yield from ((f, "has no effect while skip_drop is 1") for f in skipped)
    if linear:
        yield from ((field, "is not used by the booster gblinear") for field in TREES)
        if chosen.objective != "count:poisson":
            yield "max_delta_step", "is not used by the booster gblinear"
    else:
        yield from _unused_by_trees(chosen)
    if chosen.objective != "reg:tweedie":
        yield "tweedie_variance_power", "is used by the objective reg:tweedie only"
    if chosen.objective not in POSITIVE_WEIGHT_USED:
        yield "scale_pos_weight", f"is not used by the objective {chosen.objective}"
    elif chosen.objective == "reg:squaredlogerror":
        yield "scale_pos_weight", "is used by xgboost 2.1 and not by 3.0 with this objective"


def _unused_by_trees(chosen: XGBoost) -> Iterator[tuple[str, str]]:
    if chosen.updater != "auto":
        yield "tree_method", "is not looked at when updater is given"
    if chosen.max_leaves == 0:
        yield "grow_policy", "changes nothing while max_leaves is 0"
    if "refresh" not in chosen.updater.split(","):
        yield "refresh_leaf", "has an effect only with the updater refresh"
