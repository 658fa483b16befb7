"""Objectives, metrics and base_score: what fits each other and the labels that a job can have."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator

from generator.algorithms.base import Training, refusal
from generator.algorithms.xgboost.hyperparameters import XGBoost
from generator.algorithms.xgboost.metrics import NAMES, parse
from generator.diagnostics import Diagnostic, warning

Run = Training[XGBoost]

NUM_CLASS = refusal("xgboost/num-class", "num_class does not fit the objective.")
QUANTILE_ALPHA = refusal("xgboost/quantile-alpha", "quantile_alpha is missing or cannot be read.")
LABEL_BOUNDS = refusal("xgboost/label-bounds", "survival:aft needs bounds of the labels.")
METRIC = refusal("xgboost/metric", "A metric that xgboost does not parse.")
METRIC_FORM = warning("xgboost/metric-form", "A metric that is read in part only.")
METRIC_OBJECTIVE = refusal("xgboost/metric-objective", "A metric that fails with the objective.")
BASE_SCORE = refusal("xgboost/base-score", "base_score is outside what the objective takes.")
BASE_SCORE_NAN = warning("xgboost/base-score-nan", "base_score makes every prediction useless.")
ALIAS = warning("xgboost/alias", "reg:linear is an alias of reg:squarederror.")
ONE_GROUP = warning("xgboost/one-group", "Ranking without groups takes all rows as one.")
POISSON_STEP = warning("xgboost/poisson-step", "The platform sends max_delta_step 0.")

_SEVERAL_OUTPUTS = frozenset({"merror", "mlogloss", "auc", "aucpr", "mphe", "quantile"})
_BOUNDED = frozenset({"aft-nloglik", "interval-regression-accuracy"})
_POSITIVE_START = frozenset({"count:poisson", "reg:gamma", "reg:tweedie", "survival:cox"})


def check_labels(run: Run) -> Iterator[Diagnostic]:
    """What is wrong with objective, metrics and base_score together."""
    yield from _objective(run)
    yield from _base_score(run)
    for index, text in enumerate(run.chosen.eval_metric):
        yield from _metric(run, text, f"/eval_metric/{index}")


def alphas_of(run: Run) -> list[float] | None:
    """The quantiles in quantile_alpha as xgboost reads them, None where it cannot.

    With ``[`` the text is JSON; without, it needs a point and what follows a comma is dropped.
    """
    text = run.custom.get("quantile_alpha")
    if text is None:
        return None
    try:
        if "[" in text:
            read = json.loads(text)
        else:
            first = re.fullmatch(r"([^,]*\.[^,]*)(?:,.*)?", text)
            read = [float(first[1])] if first else None
        values = [float(value) for value in read or ()]
    except (TypeError, ValueError):
        return None
    return values if values and all(0 <= value <= 1 for value in values) else None


def _classes(run: Run) -> int | None:
    """num_class, 0 where it is not given, None where it is no whole number."""
    text = run.custom.get("num_class")
    if text is None:
        return 0
    whole = re.fullmatch(r"\s*[+-]?[0-9]{1,10}\s*", text)
    return int(text) if whole and 0 <= int(text) < 2**31 else None


def _objective(run: Run) -> Iterator[Diagnostic]:
    objective, classes = run.chosen.objective, _classes(run)
    if classes is None:
        yield NUM_CLASS.found(
            "num_class is no whole number", hint="write it plainly", at=run.at("/objective")
        )
    elif objective.startswith("multi:") and classes < 2:
        yield NUM_CLASS.found(
            f"{objective} needs num_class, 2 or more, {_not_given(run, 'num_class')}",
            hint=_hint_for_custom("num_class"),
            at=run.at("/objective"),
        )
    elif not objective.startswith("multi:") and classes > 1:
        yield NUM_CLASS.found(
            f"{objective} fails with num_class {classes}",
            hint="leave num_class out, or choose multi:softprob",
            at=run.at("/objective"),
        )
    if objective == "reg:quantileerror" and alphas_of(run) is None:
        yield QUANTILE_ALPHA.found(
            f"reg:quantileerror needs quantile_alpha, {_not_given(run, 'quantile_alpha')}",
            hint=_hint_for_custom("quantile_alpha"),
            at=run.at("/objective"),
        )
    if objective == "survival:aft" and not run.own_script:
        yield LABEL_BOUNDS.found(
            "survival:aft needs bounds of the labels, which the platform's script does not give",
            hint="choose survival:cox, or use an image whose script sets them",
            at=run.at("/objective"),
        )
    yield from _objective_surprises(run)


def _objective_surprises(run: Run) -> Iterator[Diagnostic]:
    chosen, objective = run.chosen, run.chosen.objective
    if objective == "reg:linear":
        yield ALIAS.found(
            "reg:linear is a deprecated name",
            hint='write "reg:squarederror"',
            at=run.at("/objective"),
        )
    if objective.startswith("rank:"):
        yield ONE_GROUP.found(
            "without a qid column all rows are one group",
            hint="use an image whose script sets groups",
            at=run.at("/objective"),
        )
    if objective == "count:poisson" and "max_delta_step" not in chosen.model_fields_set:
        yield POISSON_STEP.found(
            "max_delta_step 0 is sent; without it xgboost takes 0.7 for count:poisson",
            hint='add "max_delta_step": 0.7, or 0 to say that it is meant',
            at=run.at("/objective"),
        )


def _not_given(run: Run, name: str) -> str:
    if run.own_script:
        return "and it is not given" if name not in run.custom else "and what is given is not it"
    return "which the platform's script does not read"


def _hint_for_custom(name: str) -> str:
    return f"choose another objective, or give {name} to an image whose script reads it"


def _base_score(run: Run) -> Iterator[Diagnostic]:
    objective, score = run.chosen.objective, run.chosen.base_score
    single: float = struct.unpack("f", struct.pack("f", score))[0]
    if objective in ("reg:logistic", "binary:logistic") and not 0 < single < 1:
        yield BASE_SCORE.found(
            f"{objective} takes a base_score between 0 and 1, not {score:g}",
            hint="write 0.5",
            at=run.at("/base_score"),
        )
    if objective in _POSITIVE_START and score <= 0:
        words = "0" if objective == "count:poisson" and score == 0 else "not a number"
        yield BASE_SCORE_NAN.found(
            f"with {objective} and base_score {score:g} every prediction is {words}",
            hint="write a number above 0, near the labels' mean",
            at=run.at("/base_score"),
        )


def _metric(run: Run, text: str, pointer: str) -> Iterator[Diagnostic]:
    metric = parse(text)
    if metric.refused:
        yield METRIC.found(
            f'"{text}" {metric.refused}', hint=f"there is: {', '.join(NAMES)}", at=run.at(pointer)
        )
        return
    if metric.surprise:
        yield METRIC_FORM.found(
            f'"{text}" {metric.surprise}', hint="write the form that is meant", at=run.at(pointer)
        )
    if reason := _why_metric_fails(run, metric.name):
        yield METRIC_OBJECTIVE.found(
            f"{metric.name} {reason}", hint=_hint_for_metric(run), at=run.at(pointer)
        )


def _why_metric_fails(run: Run, name: str) -> str | None:
    alphas, objective = alphas_of(run), run.chosen.objective
    outputs = _outputs(run)
    if name == "cox-nloglik":
        return "does not support distributed training"
    if name in _BOUNDED and not run.own_script:
        return "needs bounds of the labels, which the platform's script does not give"
    if name == "quantile":
        if alphas is None:
            return "needs quantile_alpha"
        return "has more quantiles than the model has outputs" if len(alphas) > outputs else None
    if name in ("merror", "mlogloss") and outputs == 1:
        return f"is for several classes, and {objective} has one output"
    if outputs > 1 and name not in _SEVERAL_OUTPUTS:
        return f"does not take the {outputs} outputs of {objective}"
    if objective == "reg:gamma" and name in ("pre", "map"):
        return "wants labels 0 and 1, and reg:gamma wants labels above 0"
    return None


def _outputs(run: Run) -> int:
    objective = run.chosen.objective
    if objective.startswith("multi:"):
        # Without num_class the objective itself is refused: metrics are judged as if it were given.
        return max(_classes(run) or 0, 2)
    if objective == "reg:quantileerror":
        return len(alphas_of(run) or [0.5])
    return 1


def _hint_for_metric(run: Run) -> str:
    if _outputs(run) > 1:
        return "write mlogloss, merror or auc"
    return "choose a metric of the objective: rmse, mae, logloss, auc"
