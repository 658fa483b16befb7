"""Compare what rayjobs says of LightGBM's hyperparameters with what lightgbm does.

Each version gets an environment of its own below ``.tools/``; thousands of parameter sets are
trained with it, and every disagreement is reported.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tools.trainings.comparison import report_disagreements
from tools.trainings.environments import interpreter
from tools.trainings.supervision import supervise

from .parameter_sets import ParameterSet, parameter_sets
from .verdict import counterparts, disagreements, findings, request

VERSIONS = {"4.3.0": "numpy<2", "4.7.0": "numpy"}
"""The oldest and the newest that the rules are said to hold for, and the numpy each goes with."""
_MEMORY = 6
"""Address space of a training process, GiB."""


def train(python: Path, sets: Sequence[ParameterSet]) -> dict[str, dict[str, Any]]:
    """What lightgbm did with each set, by id."""
    # More threads than free cores wait for each other longer than they train.
    worker = ["env", "OMP_NUM_THREADS=1", str(python), "-m", "tools.check_lightgbm.worker"]
    worker += ["--memory", str(_MEMORY)]
    lines = (f"{json.dumps(request(one))}\n" for one in sets)
    return {result["id"]: {"models": {}, **result} for result in supervise(lines, worker)}


def compare(sets: Sequence[ParameterSet], pythons: dict[str, Path]) -> list[str]:
    """A line for each disagreement."""
    said = {one.id: findings(one) for one in sets}
    others = {one.id: list(counterparts(one, said[one.id])) for one in sets}
    needed = {one.id: one for one in sets}
    needed |= {other.id: other for found in others.values() for other in found}
    trained = {version: train(python, [*needed.values()]) for version, python in pythons.items()}
    return [
        f"{one.id}: {words}"
        for one in sets
        for words in disagreements(one, said[one.id], others[one.id], trained)
    ]


def main() -> int:
    """Report every disagreement; the exit code is 1 when there is one."""
    interpreters = {
        version: partial(interpreter, f"lightgbm-{version}", f"lightgbm=={version}", numpy)
        for version, numpy in VERSIONS.items()
    }
    return report_disagreements("tools.check_lightgbm", parameter_sets, interpreters, compare)


if __name__ == "__main__":
    sys.exit(main())
