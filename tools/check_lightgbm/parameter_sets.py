"""Parameter sets around every bound of every LightGBM hyperparameter, and where fields meet."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, get_args

from generator.algorithms.lightgbm.hyperparameters import LARGEST, Metric, Objective

ITERATIONS = 12
"""Enough for goss, which lets the first 10 see all rows; few enough to be quick."""
RANDOM_SETS = 1200
OBJECTIVES: tuple[str, ...] = get_args(Objective)
METRICS: tuple[str, ...] = get_args(Metric)
INT32 = 2**31 - 1

Chosen = dict[str, Any]

KINDS: tuple[Chosen, ...] = (
    {},
    {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5},
    {"boosting": "dart"},
    {"data_sample_strategy": "goss"},
)
"""The ways to boost and sample that fields behave differently in."""

NUMBERS: dict[str, tuple[float | int, ...]] = {
    "num_iterations": (-1, 0, 1, 2, 40),
    "early_stopping_round": (-1, 0, 1, 5, INT32),
    "num_class": (-1, 0, 1, 2, 3),
    "num_threads": (-1, 0, 1),
    "seed": (-1, 0, 7, INT32),
    "verbosity": (-2, -1, 0, 1, 2, 3),
    "learning_rate": (-0.1, 0, 1e-300, 1e-9, 0.09, 0.1, 1, 3, LARGEST),
    "num_leaves": (0, 1, 2, 3, 31, 131072, 131073),
    "max_depth": (-2, -1, 0, 1, 2, 5, 16, 17, 31, 64, INT32),
    "min_data_in_leaf": (-1, 0, 1, 20, 1000, INT32),
    "min_sum_hessian_in_leaf": (-1e-9, 0, 1e-3, 1, LARGEST),
    "min_gain_to_split": (-1e-9, 0, 0.1, LARGEST),
    "max_delta_step": (-1, 0, 0.1, LARGEST),
    "lambda_l1": (-1e-9, 0, 1, LARGEST),
    "lambda_l2": (-1e-9, 0, 1, LARGEST),
    "bagging_fraction": (-0.1, 0, 0.3, 0.99, 1, 1.01),
    "bagging_freq": (-1, 0, 1, 5, 100, INT32),
    "feature_fraction": (-0.1, 0, 1e-9, 0.5, 1, 1.01),
    "feature_fraction_bynode": (-0.1, 0, 1e-9, 0.5, 1, 1.01),
    "max_bin": (-1, 0, 1, 2, 3, 255, 256, 65535, 65536, INT32),
    "top_rate": (-0.1, 0, 0.1, 0.5, 0.9, 0.91, 1, 1.01),
    "other_rate": (-0.1, 0, 0.1, 0.5, 0.8, 0.81, 1, 1.01),
    "drop_rate": (-0.1, 0, 0.5, 1, 1.01),
    "max_drop": (-2, -1, 0, 1, 2, INT32),
    "skip_drop": (-0.1, 0, 0.5, 1, 1.01),
    "scale_pos_weight": (-1, 0, 0.5, 1, 3, LARGEST),
    "alpha": (-0.1, 0, 0.1, 0.99, 1, 1.01, 5),
    "tweedie_variance_power": (0.99, 1, 1.5, 1.999999999, 2, 2.1),
}
NAMES: dict[str, tuple[str, ...]] = {
    "boosting": ("gbdt", "rf", "dart", "xgboost"),
    "data_sample_strategy": ("bagging", "goss", "uniform"),
    "tree_learner": ("serial", "data", "voting", "exact"),
    "device_type": ("cpu", "gpu", "cuda", "tpu"),
    "objective": (*OBJECTIVES, "lambdarank", "rank_xendcg", "unknown"),
}


@dataclass(frozen=True)
class ParameterSet:
    """Hyperparameters as a params.json would give them; what is left out has its default."""

    id: str
    hyperparameters: Chosen
    validation: bool = True


def defaults() -> Iterator[ParameterSet]:
    """The defaults, with every way to boost."""
    for kind in KINDS:
        yield _set("default", kind)


def numbers() -> Iterator[ParameterSet]:
    """Every number around its bounds, with every way to boost and two objectives."""
    for kind, objective in product(KINDS, ("regression", "binary")):
        for name, values in NUMBERS.items():
            for value in values:
                yield _set("number", kind, {"objective": objective, name: value})


def names() -> Iterator[ParameterSet]:
    """Every name of every enumeration, and a wrong one."""
    for kind, (name, values) in product(KINDS, NAMES.items()):
        for value in values:
            yield _set("name", kind, {name: value})


def labels() -> Iterator[ParameterSet]:
    """Every objective with every metric and number of classes."""
    for objective, metric, classes in product(OBJECTIVES, METRICS, (1, 3)):
        yield _set("metric", {"objective": objective, "metric": [metric], "num_class": classes})


def weights() -> Iterator[ParameterSet]:
    """Every objective with what only some of them read."""
    for objective, unbalanced, weight in product(OBJECTIVES, (False, True), (1, 3)):
        chosen = {"objective": objective, "is_unbalance": unbalanced, "scale_pos_weight": weight}
        yield _set("weight", chosen, _classes(objective))
    for objective, alpha in product(OBJECTIVES, (0.2, 1, 1.5)):
        yield _set("alpha", {"objective": objective, "alpha": alpha}, _classes(objective))
    for objective in OBJECTIVES:
        power = {"objective": objective, "tweedie_variance_power": 1.2}
        yield _set("power", power, _classes(objective))


def sampling() -> Iterator[ParameterSet]:
    """How rows and columns are sampled."""
    for boosting, strategy, freq, bagged, columns in product(
        ("gbdt", "rf", "dart"), ("bagging", "goss"), (0, 1), (0.5, 1), (0.5, 1)
    ):
        yield _set(
            "sampling",
            {
                "boosting": boosting,
                "data_sample_strategy": strategy,
                "bagging_freq": freq,
                "bagging_fraction": bagged,
                "feature_fraction": columns,
            },
        )
    for boosting, top, other in product(("gbdt", "dart"), (0, 0.2, 0.6, 1), (0, 0.1, 0.4, 1)):
        goss = {"data_sample_strategy": "goss", "top_rate": top, "other_rate": other}
        yield _set("goss", {"boosting": boosting}, goss)
    for rate, iterations in product((0.05, 0.09, 0.1, 0.3, 1, 2), (1, 2, 3, 4, 10, 11, 12, 20, 21)):
        goss = {"data_sample_strategy": "goss", "learning_rate": rate}
        yield _set("goss-start", goss, {"num_iterations": iterations})


def dropping() -> Iterator[ParameterSet]:
    """Dropout, with both boosters."""
    for boosting, rate, most, skip, uniform in product(
        ("gbdt", "dart"), (0, 0.5, 1), (-1, 0, 1, 50), (0, 0.5, 1), (False, True)
    ):
        drop = {"drop_rate": rate, "max_drop": most, "skip_drop": skip, "uniform_drop": uniform}
        yield _set("drop", {"boosting": boosting}, drop)


def sizes() -> Iterator[ParameterSet]:
    """What limits a tree."""
    for depth, leaves in product((-1, 0, 1, 2, 3, 5, 16, 17), (2, 3, 4, 5, 8, 9, 31, 32, 33, 1000)):
        yield _set("size", {"max_depth": depth, "num_leaves": leaves, "min_data_in_leaf": 1})


def stopping() -> Iterator[ParameterSet]:
    """Early stopping, with and without validation data."""
    for kind, rounds, metric, validation in product(
        KINDS, (0, 1, 5), ([], ["l1"], ["l1", "l2"]), (True, False)
    ):
        chosen = {"early_stopping_round": rounds, "metric": metric, "num_iterations": 30}
        yield _set("stopping", kind, chosen, validation=validation)


def randoms(seed: int) -> Iterator[ParameterSet]:
    """Random combinations of many fields, mostly of values that are accepted."""
    generator = random.Random(seed)
    accepted = {name: values[1:] for name, values in NUMBERS.items()}
    for number in range(RANDOM_SETS):
        some = generator.sample(sorted(accepted), k=generator.randint(2, 8))
        chosen: Chosen = {name: generator.choice(accepted[name]) for name in some}
        objective = generator.choice(OBJECTIVES)
        chosen = {**chosen, "objective": objective}
        if generator.random() < 0.8:
            chosen |= {"num_class": 1, **_classes(objective)}
        if generator.random() < 0.5:
            chosen["metric"] = generator.sample(METRICS, k=generator.randint(0, 2))
        chosen["is_unbalance"] = generator.random() < 0.2
        yield _set(f"random/{seed}/{number}", generator.choice(KINDS), chosen)


GROUPS: tuple[Callable[[], Iterator[ParameterSet]], ...] = (
    defaults,
    numbers,
    names,
    labels,
    weights,
    sampling,
    dropping,
    sizes,
    stopping,
)


def parameter_sets(seed: int = 0) -> Iterator[ParameterSet]:
    """All parameter sets, each id once; the seed only decides the random combinations."""
    seen: set[str] = set()
    for one in (*(one for group in GROUPS for one in group()), *randoms(seed)):
        if one.id not in seen:
            seen.add(one.id)
            yield one


def _set(group: str, *parts: Chosen, validation: bool = True) -> ParameterSet:
    chosen: Chosen = {"num_iterations": ITERATIONS}
    for part in parts:
        chosen |= part
    written = " ".join(f"{name}={value}" for name, value in chosen.items())
    without = "" if validation else " without validation"
    return ParameterSet(f"{group}: {written}{without}", chosen, validation)


def _classes(objective: str) -> Chosen:
    return {"num_class": 3} if objective.startswith("multiclass") else {}
