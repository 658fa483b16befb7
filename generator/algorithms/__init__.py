"""The built-in algorithms: every module of this package that has an ``ALGORITHM``.

Adding an algorithm is adding a module; nothing lists them by hand.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from generator.algorithms.base import Algorithm, Hyperparameters


def _discover() -> dict[str, Algorithm[Hyperparameters]]:
    found: dict[str, Algorithm[Hyperparameters]] = {}
    for name in sorted(module.name for module in iter_modules(__path__)):
        algorithm = getattr(import_module(f"{__name__}.{name}"), "ALGORITHM", None)
        if isinstance(algorithm, Algorithm):
            found[algorithm.name] = algorithm
    return found


BUILT_IN = _discover()
"""Algorithms by name, in alphabetical order of their modules."""
