"""Compare what rayjobs says of XGBoost's hyperparameters with what xgboost does.

Each version gets an environment of its own below ``.tools/``; thousands of parameter sets are
trained with it in a collective of one worker, and every disagreement is reported.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tools.trainings.comparison import report_disagreements
from tools.trainings.environments import ROOT, interpreter

from .generate import ParameterSet, parameter_sets, request
from .verdict import disagreements

VERSIONS = ("2.1.4", "3.0.5")
"""What images of Ray 2.46 carry."""


def train(python: Path, sets: Sequence[ParameterSet]) -> dict[str, dict[str, Any]]:
    """What xgboost did with each set, by id."""
    lines = "".join(f"{json.dumps(request(one))}\n" for one in sets)
    ran = subprocess.run(
        [str(python), "-m", "tools.check_xgboost.train"],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        input=lines,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    results = [json.loads(line) for line in ran.stdout.splitlines()]
    return {result["id"]: result for result in results}


def compare(sets: Sequence[ParameterSet], pythons: dict[str, Path]) -> list[str]:
    """A line for each disagreement."""
    trained = {version: train(python, sets) for version, python in pythons.items()}
    return [
        f"{one.id}: {words}"
        for one in sets
        for words in disagreements(one, {v: results[one.id] for v, results in trained.items()})
    ]


def main() -> int:
    """Report every disagreement; the exit code is 1 when there is one."""
    interpreters = {
        version: partial(interpreter, f"xgboost-{version}", f"xgboost-cpu=={version}", "numpy<2")
        for version in VERSIONS
    }
    return report_disagreements("tools.check_xgboost", parameter_sets, interpreters, compare)


if __name__ == "__main__":
    sys.exit(main())
