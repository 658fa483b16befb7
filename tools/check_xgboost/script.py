"""What the platform's training script makes of the text that is rendered.

Every hyperparameter is text; the script reads each with
``int()``, ``float()`` or ``str()`` and hands them to ``xgboost.train``.  Three
never reach the parameters: ``num_round`` is an argument of its own,
``early_stopping_rounds`` is not read, ``csv_weights`` concerns the data.
"""

from __future__ import annotations

from collections.abc import Mapping

ParameterValue = int | float | str | list[str]

INTEGERS = frozenset(
    {
        "verbosity",
        "nthread",
        "max_depth",
        "refresh_leaf",
        "max_leaves",
        "max_bin",
        "num_parallel_tree",
        "one_drop",
    }
)
FLOATS = frozenset(
    {
        "eta",
        "gamma",
        "min_child_weight",
        "max_delta_step",
        "subsample",
        "colsample_bytree",
        "colsample_bylevel",
        "colsample_bynode",
        "lambda",
        "alpha",
        "sketch_eps",
        "scale_pos_weight",
        "rate_drop",
        "skip_drop",
        "lambda_bias",
        "tweedie_variance_power",
        "base_score",
    }
)
#: Not parameters of xgboost.
APART = frozenset({"num_round", "early_stopping_rounds", "csv_weights"})


def parse(texts: Mapping[str, str]) -> dict[str, ParameterValue]:
    """The parameters the training script makes of rendered text.

    Raises ValueError where the script's ``int()`` or ``float()`` would.
    """
    parameters: dict[str, ParameterValue] = {}
    for name, text in texts.items():
        if name in APART:
            continue
        if name in INTEGERS:
            parameters[name] = int(text)
        elif name in FLOATS:
            parameters[name] = float(text)
        elif name == "eval_metric":
            parameters[name] = text.split(",")
        else:
            parameters[name] = text
    return parameters
