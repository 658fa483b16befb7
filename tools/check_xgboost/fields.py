"""Parameter sets about single fields and what shapes a tree: bounds, names, combinations."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from . import script, spaces
from .parameter_set import ParameterSet, parameter_set, text


def defaults() -> Iterator[ParameterSet]:
    """The defaults, with each booster."""
    for booster in spaces.BOOSTERS:
        yield parameter_set(f"default/{booster}", {"booster": booster})


def floats() -> Iterator[ParameterSet]:
    """Every float field around its bounds and float32's, with every booster."""
    positive = (*spaces.NEGATIVE_FLOATS, 0.0, 0.5, 1.0, 2.0, 100.0, *spaces.EXTREME_FLOATS)
    fraction = (
        *spaces.NEGATIVE_FLOATS,
        *spaces.BELOW_ONE,
        *spaces.ABOVE_ONE,
        *spaces.EXTREME_FLOATS,
    )
    fields = [(name, positive) for name in spaces.NON_NEGATIVE_FLOATS]
    fields += [(name, fraction) for name in spaces.FRACTIONS]
    for (name, values), booster in product(fields, spaces.BOOSTERS):
        for value in values:
            yield parameter_set(
                f"float/{name}/{booster}/{text(value)}", {name: value, "booster": booster}
            )


def integers() -> Iterator[ParameterSet]:
    """Every integer field around its bounds, with every booster and both grow policies."""
    for (name, values), booster in product(spaces.INTEGERS.items(), spaces.BOOSTERS):
        for value in values:
            yield parameter_set(f"int/{name}/{booster}/{value}", {name: value, "booster": booster})


def not_integers() -> Iterator[ParameterSet]:
    """What is no integer in an integer field: the script's int() decides."""
    for name in sorted(script.INTEGERS):
        for value in (6.5, True, "6.0", "", "auto", "1e2", " 1 ", "1_0"):
            yield parameter_set(f"no-int/{name}/{value!r}", {name: value})


def enumerations() -> Iterator[ParameterSet]:
    """Every name of every enumeration, and wrong ones, with every booster."""
    for (name, values), booster in product(spaces.ENUMERATIONS.items(), spaces.BOOSTERS):
        for value in values:
            chosen: dict[str, object] = {"booster": booster, name: value}
            yield parameter_set(f"enum/{name}/{booster}/{text(value)}", chosen)


def updaters() -> Iterator[ParameterSet]:
    """Booster, updater and tree method: all combinations; and updaters under process_type."""
    for booster, updater, method in product(spaces.BOOSTERS, spaces.UPDATERS, spaces.TREE_METHODS):
        chosen: dict[str, object] = {"booster": booster, "updater": updater, "tree_method": method}
        yield parameter_set(f"updater/{booster}/{text(updater)}/{method}", chosen)
    for updater, leaf in product(spaces.UPDATERS, (0, 1)):
        chosen = {"updater": updater, "process_type": "update", "refresh_leaf": leaf}
        yield parameter_set(f"updater/update/{text(updater)}/{leaf}", chosen)


def shapes() -> Iterator[ParameterSet]:
    """What limits the size of a tree: depth, leaves, grow policy, by tree method."""
    for depth, leaves, policy, method in product(
        (0, 1, 6, 31, 63, 64, spaces.INT32_MAX),
        (0, 1, 2, 3, 1000, spaces.INT32_MAX),
        ("depthwise", "lossguide"),
        ("auto", "hist", "approx", "exact"),
    ):
        yield parameter_set(
            f"shape/{depth}/{leaves}/{policy}/{method}",
            {
                "max_depth": depth,
                "max_leaves": leaves,
                "grow_policy": policy,
                "tree_method": method,
            },
        )


def sampling() -> Iterator[ParameterSet]:
    """Row and column sampling by tree method and booster."""
    for method, sampling_method, subsample, booster in product(
        spaces.TREE_METHODS, ("uniform", "gradient_based"), (0.0, 0.5, 1.0), spaces.BOOSTERS
    ):
        yield parameter_set(
            f"sampling/{booster}/{method}/{sampling_method}/{subsample}",
            {
                "booster": booster,
                "tree_method": method,
                "sampling_method": sampling_method,
                "subsample": subsample,
            },
        )
    columns = ("colsample_bytree", "colsample_bylevel", "colsample_bynode")
    for method, values in product(("hist", "approx", "exact"), product((0.0, 0.01, 1.0), repeat=3)):
        chosen: dict[str, object] = dict(zip(columns, values, strict=True))
        yield parameter_set(f"columns/{method}/{values}", {"tree_method": method, **chosen})


def dart() -> Iterator[ParameterSet]:
    """Dropout: rates, flags and types, with both boosters of trees."""
    for booster, rate, skip, one, sample, normalize, forest in product(
        ("dart", "gbtree"),
        (0.0, 0.5, 1.0),
        (0.0, 1.0),
        (0, 1),
        ("uniform", "weighted"),
        ("tree", "forest"),
        (1, 2),
    ):
        yield parameter_set(
            f"dart/{booster}/{rate}/{skip}/{one}/{sample}/{normalize}/{forest}",
            {
                "booster": booster,
                "rate_drop": rate,
                "skip_drop": skip,
                "one_drop": one,
                "sample_type": sample,
                "normalize_type": normalize,
                "num_parallel_tree": forest,
            },
        )
