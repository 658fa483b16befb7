"""Generates parameter sets around every bound of every XGBoost hyperparameter.

``parameter_sets`` yields them in a fixed order; run as a program it prints them as the JSON
lines that ``train.py`` reads.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterator

from . import fields, learning, names, rendering, spaces
from .parameter_set import ParameterSet, parameter_set

__all__ = ["ParameterSet", "parameter_sets", "request"]

RANDOM_SETS = 600


def _choices() -> dict[str, tuple[object, ...]]:
    """What a random combination draws from: mostly what is accepted."""
    return {
        "booster": (*spaces.BOOSTERS, "gbtree"),
        "tree_method": ("auto", "hist", "approx", "hist", "exact"),
        "updater": ("auto",) * 6 + spaces.UPDATERS[2:20] + ("shotgun", "coord_descent"),
        "grow_policy": ("depthwise", "lossguide"),
        "sampling_method": ("uniform", "uniform", "uniform", "gradient_based"),
        "process_type": ("default",) * 9 + ("update",),
        "max_depth": (0, 1, 3, 6, 31, 6, 6),
        "max_leaves": (0, 1, 7, 0),
        "max_bin": (2, 16, 256, 512, 256, 1),
        "num_parallel_tree": (1, 1, 1, 2),
        "subsample": (0, 0.3, 1, 1, 1, 1.5),
        "colsample_bytree": (0, 0.5, 1, 1),
        "colsample_bylevel": (0.5, 1, 1),
        "colsample_bynode": (0.5, 1, 1),
        "eta": (0, 0.1, 0.3, 1, 5, 0.3, -0.1),
        "gamma": (0, 0, 1),
        "lambda": (0, 1, 1),
        "alpha": (0, 0, 1),
        "min_child_weight": (0, 1, 1),
        "max_delta_step": (0, 0, 0.7),
        "scale_pos_weight": (1, 1, 3),
        "rate_drop": (0, 0.5, 0, 2),
        "skip_drop": (0, 0.5),
        "one_drop": (0, 1),
        "sample_type": ("uniform", "weighted"),
        "normalize_type": ("tree", "forest"),
        "tweedie_variance_power": (1.5, 1.5, 1, 2, 3),
        "base_score": (0.5, 0.5, 0.5, 0, 1, 0.9, 2, -1),
        "refresh_leaf": (0, 1),
        "verbosity": (0, 1),
        "sketch_eps": (0.03, 0.1),
    }


def randoms(seed: int) -> Iterator[ParameterSet]:
    """Random combinations of many fields."""
    generator = random.Random(seed)
    choices = _choices()
    for number in range(RANDOM_SETS):
        some = generator.sample(sorted(choices), k=generator.randint(2, 12))
        chosen: dict[str, object] = {name: generator.choice(choices[name]) for name in some}
        custom: dict[str, str] = {}
        if generator.random() < 0.7:
            objective = generator.choice(names.OBJECTIVES)
            chosen["objective"] = objective
            count = generator.randint(1, 2)
            chosen["eval_metric"] = generator.sample(names.METRIC_FORMS, k=count)
            if generator.random() < 0.5:
                chosen["eval_metric"] = [names.METRIC_OF.get(objective, "rmse")]
            if generator.random() < 0.8:
                custom = names.CUSTOM_OF.get(objective, {})
        yield parameter_set(f"random/{seed}/{number}", chosen, custom)


GROUPS: tuple[Callable[[], Iterator[ParameterSet]], ...] = (
    fields.defaults,
    fields.floats,
    fields.integers,
    fields.not_integers,
    fields.enumerations,
    fields.updaters,
    fields.shapes,
    fields.sampling,
    fields.dart,
    learning.objectives,
    learning.objective_fields,
    learning.base_scores,
    learning.metrics,
    learning.pairs,
    learning.customs,
    learning.crossings,
)


def parameter_sets(seed: int = 0) -> Iterator[ParameterSet]:
    """All parameter sets, each id once; the seed only decides the random combinations."""
    for group in GROUPS:
        yield from group()
    yield from randoms(seed)


def request(parameters: ParameterSet) -> dict[str, object]:
    """What ``train.py`` reads for a parameter set: rendered text and custom text."""
    rendered = rendering.render(parameters.hyperparameters)
    return {
        "id": parameters.id,
        "params": rendered,
        "num_round": rendered["num_round"],
        "custom": parameters.custom,
        "gpus": parameters.gpus,
    }


def main() -> None:
    """Print every parameter set as a JSON line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--shuffle", action="store_true", help="in random order, by the seed")
    options = parser.parse_args()
    found = list(parameter_sets(options.seed))
    if options.shuffle:
        random.Random(options.seed).shuffle(found)
    for parameters in found:
        print(json.dumps(request(parameters)))


if __name__ == "__main__":
    main()
