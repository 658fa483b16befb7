"""Parameter sets about what is learned: objectives, metrics, base scores, custom parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product

from . import names, spaces
from .parameter_set import ParameterSet, fitting, parameter_set, text

#: Some end with an updater that knows where rows are, some do not: forests of some objectives care.
FOREST_UPDATERS = (
    "auto",
    "grow_histmaker",
    "grow_histmaker,",
    "grow_histmaker,prune",
    "grow_quantile_histmaker,refresh",
    "grow_quantile_histmaker,sync",
    "grow_histmaker,grow_quantile_histmaker",
)


def objectives() -> Iterator[ParameterSet]:
    """Every objective with every booster and tree method, forests, and wrong names."""
    for objective, booster, method in product(
        names.OBJECTIVES, spaces.BOOSTERS, ("hist", "approx", "exact")
    ):
        chosen = {**fitting(objective), "booster": booster, "tree_method": method}
        custom = names.CUSTOM_OF.get(objective)
        yield parameter_set(f"objective/{objective}/{booster}/{method}", chosen, custom)
    for objective, forest, updater in product(
        names.OBJECTIVES,
        (1, 2),
        FOREST_UPDATERS,
    ):
        chosen = {**fitting(objective), "num_parallel_tree": forest, "updater": updater}
        custom = names.CUSTOM_OF.get(objective)
        for booster in ("gbtree", "dart"):
            both = {**chosen, "booster": booster}
            yield parameter_set(f"forest/{objective}/{forest}/{updater}/{booster}", both, custom)
    for objective, method in product(
        ("reg:absoluteerror", "reg:quantileerror"), ("hist", "approx")
    ):
        chosen = {**fitting(objective), "num_parallel_tree": 2, "tree_method": method}
        custom = names.CUSTOM_OF.get(objective)
        yield parameter_set(f"forest/{objective}/{method}", chosen, custom)
    for objective in (*names.OBJECTIVES, *names.WRONG_OBJECTIVES):
        yield parameter_set(f"objective-alone/{text(objective)}", {"objective": objective})


def objective_fields() -> Iterator[ParameterSet]:
    """Fields that only some objectives read."""
    fields: dict[str, tuple[float, ...]] = {
        "scale_pos_weight": (-1.0, 0.0, 2.0),
        "max_delta_step": (-1.0, 0.0, 0.7),
        "tweedie_variance_power": (
            -1.0,
            0.0,
            0.999,
            0.99999999,
            1.0,
            1.0000001,
            1.5,
            1.9999999,
            2.0,
            2.0000001,
            2.000001,
            3.0,
        ),
    }
    for objective, booster in product(names.OBJECTIVES, spaces.BOOSTERS):
        custom = names.CUSTOM_OF.get(objective)
        for name, values in fields.items():
            for value in values:
                chosen = {**fitting(objective), "booster": booster, name: value}
                yield parameter_set(
                    f"of-objective/{name}/{objective}/{booster}/{value!r}", chosen, custom
                )


def base_scores() -> Iterator[ParameterSet]:
    """base_score with every objective."""
    for objective, value in product(names.OBJECTIVES, spaces.BASE_SCORES):
        chosen = {**fitting(objective), "base_score": value}
        custom = names.CUSTOM_OF.get(objective)
        yield parameter_set(f"base-score/{objective}/{text(value)}", chosen, custom)


def metrics() -> Iterator[ParameterSet]:
    """Every spelling of every metric, lists, and wrong names."""
    for name, suffix in product(names.METRIC_NAMES, names.METRIC_SUFFIXES):
        multi = name in {"merror", "mlogloss"}
        objective = "multi:softprob" if multi else "reg:squarederror"
        metric = name + suffix
        chosen: dict[str, object] = {"objective": objective, "eval_metric": [metric]}
        yield parameter_set(f"metric/{metric!r}", chosen, names.CUSTOM_OF.get(objective))
    for metric in names.WRONG_METRICS:
        yield parameter_set(f"metric/{metric!r}", {"eval_metric": [metric]})
    lists: tuple[list[str], ...] = (
        [],
        ["rmse", "rmse"],
        ["rmse", "mae", "mape"],
        ["rmse", "unknown"],
        ["unknown", "rmse"],
        ["ndcg@5", "ndcg@5-"],
        ["error@0.5", "error"],
        ["rmse", ""],
        ["rmse", " mae"],
        ["auc", "aucpr", "logloss", "error@0.1"],
    )
    for several in lists:
        yield parameter_set(f"metric-list/{several!r}", {"eval_metric": several})


def pairs() -> Iterator[ParameterSet]:
    """Every objective with every metric."""
    for objective, metric in product(names.OBJECTIVES, names.METRIC_FORMS):
        chosen: dict[str, object] = {"objective": objective, "eval_metric": [metric]}
        custom = names.CUSTOM_OF.get(objective, {})
        yield parameter_set(f"pair/{objective}/{metric}", chosen, custom)
        if metric == "quantile" and "quantile_alpha" not in custom:
            with_alpha = {**custom, "quantile_alpha": "0.5"}
            yield parameter_set(f"pair/{objective}/{metric}+quantile_alpha", chosen, with_alpha)


def _custom_sets() -> Iterator[tuple[str, dict[str, object], dict[str, str]]]:
    for objective, classes in product(names.OBJECTIVES, ("-1", "0", "1", "2", "3", "4", "3.0", "")):
        chosen = fitting(objective)
        yield objective, chosen, {**names.CUSTOM_OF.get(objective, {}), "num_class": classes}
    for metric, classes in product(names.METRIC_FORMS, ("1", "2", "3")):
        chosen = {"objective": "multi:softmax", "eval_metric": [metric]}
        yield f"multi:softmax/{metric}", chosen, {"num_class": classes}
    alphas = ("0", "-0.1", "0.5", "1", "1.1", "[0.5]", "[0.1, 0.9]", "0.1,0.9", "[]", "", "x")
    for alpha, metric in product(alphas, ("rmse", "quantile", "mae", "auc", "mlogloss")):
        chosen = {"objective": "reg:quantileerror", "eval_metric": [metric]}
        yield f"reg:quantileerror/{metric}", chosen, {"quantile_alpha": alpha}
        chosen = {"eval_metric": [metric]}
        yield f"reg:squarederror/{metric}", chosen, {"quantile_alpha": alpha}


def customs() -> Iterator[ParameterSet]:
    """Parameters beyond the 38, as a script of one's own could pass them."""
    for label, chosen, custom in _custom_sets():
        yield parameter_set(f"custom/{label}/{json.dumps(custom)}", chosen, custom)
    single: tuple[tuple[dict[str, object], dict[str, str]], ...] = (
        ({}, {"num_class": "2", "eta": "0.1"}),
        ({"objective": "reg:pseudohubererror"}, {"huber_slope": "0"}),
        ({"objective": "reg:pseudohubererror"}, {"huber_slope": "2"}),
        ({"objective": "survival:aft"}, {"aft_loss_distribution": "normal"}),
        ({"objective": "survival:aft"}, {"aft_loss_distribution": "other"}),
        (fitting("rank:ndcg"), {"lambdarank_pair_method": "mean"}),
        (fitting("rank:ndcg"), {"lambdarank_pair_method": "other"}),
        (fitting("rank:ndcg"), {"lambdarank_num_pair_per_sample": "0"}),
        (fitting("rank:ndcg"), {"lambdarank_unbiased": "true"}),
        ({}, {"learning_rate": "0.1"}),
        ({}, {"reg_lambda": "-1"}),
        ({}, {"device": "cuda"}),
        ({}, {"device": "cpu"}),
        ({}, {"device": "tpu"}),
        ({}, {"seed": "7"}),
        ({}, {"random_state": "7"}),
        ({}, {"n_jobs": "1"}),
        ({}, {"multi_strategy": "multi_output_tree"}),
        ({}, {"monotone_constraints": "(1,0,0,0)"}),
        ({}, {"monotone_constraints": "(1,0,0,0,0)"}),
        ({}, {"max_cat_to_onehot": "0"}),
        ({}, {"disable_default_eval_metric": "1"}),
        ({}, {"validate_parameters": "0"}),
        ({}, {"no_such_parameter": "1"}),
        ({}, {"no such parameter": "1"}),
        ({"booster": "gblinear"}, {"feature_selector": "shuffle"}),
        ({"booster": "gblinear"}, {"feature_selector": "greedy"}),
        ({"booster": "gblinear", "updater": "coord_descent"}, {"feature_selector": "greedy"}),
        ({"booster": "gblinear", "updater": "coord_descent"}, {"top_k": "2"}),
    )
    for chosen, custom in single:
        label = f"{chosen.get('booster', '')}{chosen.get('objective', '')}"
        label += str(chosen.get("updater", ""))
        yield parameter_set(f"custom-single/{label}/{json.dumps(custom)}", chosen, custom)


def crossings() -> Iterator[ParameterSet]:
    """Pairs of fields suspected of disagreeing that no other group tries."""
    for objective, updater in product(
        ("reg:squarederror", "reg:absoluteerror", "reg:quantileerror", "multi:softprob"),
        spaces.UPDATERS,
    ):
        chosen = {**fitting(objective), "updater": updater}
        custom = names.CUSTOM_OF.get(objective)
        yield parameter_set(f"cross/{objective}/{text(updater)}", chosen, custom)
    for sampler, updater in product(("uniform", "gradient_based"), spaces.UPDATERS[:20]):
        chosen = {"sampling_method": sampler, "updater": updater}
        yield parameter_set(f"cross/{sampler}/{text(updater)}", chosen)
    for rounds, (name, value) in product(
        (0, 1), (("tree_method", "exact"), ("eta", -1.0), ("process_type", "update"))
    ):
        yield parameter_set(f"cross/rounds/{rounds}/{name}", {"num_round": rounds, name: value})
    for stopping in (None, -1, 0, 1, 5):
        yield parameter_set(
            f"stopping/{stopping}", {"early_stopping_rounds": stopping, "num_round": 20}
        )
    for subsample, forest, booster in product((0.0, 1e-10, 0.5), (1, 3), ("gbtree", "dart")):
        chosen = {"subsample": subsample, "num_parallel_tree": forest, "booster": booster}
        yield parameter_set(f"cross/subsample/{subsample}/{forest}/{booster}", chosen)
    regularized: tuple[dict[str, object], ...] = (
        {"lambda": 0, "alpha": 0, "min_child_weight": 0},
        {"lambda": 0, "min_child_weight": 0, "max_depth": 30},
        {"eta": 0},
        {"gamma": 1e10},
        {"min_child_weight": 1e10},
    )
    for index, chosen in enumerate(regularized):
        for objective in names.OBJECTIVES:
            both = {**fitting(objective), **chosen}
            custom = names.CUSTOM_OF.get(objective)
            yield parameter_set(f"cross/regularized/{index}/{objective}", both, custom)
