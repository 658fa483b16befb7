"""What a model predicts, by the library that trained it; run by the image's Python.

    predict.py ALGORITHM MODEL

Standard input is rows of features, a JSON list of lists; their predictions are printed as a JSON
list.  A file that is no model of the library's ends it with the library's error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any


def _xgboost(model: str, rows: Any) -> Any:
    import xgboost

    # The model knows the names of its columns, and these rows have none.
    booster = xgboost.Booster(model_file=model)
    return booster.predict(xgboost.DMatrix(rows), validate_features=False)


def _lightgbm(model: str, rows: Any) -> Any:
    import lightgbm

    return lightgbm.Booster(model_file=model).predict(rows)


LIBRARIES: dict[str, Callable[[str, Any], Any]] = {"xgboost": _xgboost, "lightgbm": _lightgbm}


def main(algorithm: str, model: str) -> None:
    """Read rows and print what the model makes of them."""
    import numpy

    rows = numpy.array(json.load(sys.stdin), dtype=float)
    print(json.dumps(LIBRARIES[algorithm](model, rows).tolist()))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
