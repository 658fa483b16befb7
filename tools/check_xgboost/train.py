"""Trains tiny models with given parameters and says what XGBoost thought of each.

Reads JSON lines on stdin, as ``generate.py`` prints them::

    {"id": "eta/at/0", "params": {"eta": "0", ...}, "num_round": "3", "custom": {}, "gpus": 0}

and prints one JSON line each: id, ok, error (first line of the message), warnings, seconds,
data (what happened with each kind of data that was tried), model (what came out).  ``params``
holds rendered text, read as the platform's script reads it.  A worker process does the
training; one that dies, hangs or asks for too much memory fails its set and is replaced.

Run it as a module, with the interpreter whose XGBoost is to be measured::

    venv/bin/python -m check_xgboost.train < sets.jsonl > results.jsonl
"""

from __future__ import annotations

import argparse
import json
import sys

from tools.trainings.supervision import TIMEOUT, supervise


def parse_options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--timeout", type=float, default=TIMEOUT, help="seconds a set may take")
    parser.add_argument("--memory", type=int, default=6, help="address space of a worker, GiB")
    parser.add_argument(
        "--every-kind", action="store_true", help="try every kind of data, not only up to a success"
    )
    parser.add_argument(
        "--early-stopping", action="store_true", help="pass early_stopping_rounds to xgboost.train"
    )
    return parser.parse_args(arguments)


def main() -> None:
    """Entry point."""
    options = parse_options()
    worker = [sys.executable, "-m", f"{__package__}.worker", "--memory", str(options.memory)]
    worker += ["--every-kind"] if options.every_kind else []
    worker += ["--early-stopping"] if options.early_stopping else []
    for result in supervise(sys.stdin, worker, timeout=options.timeout):
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
