"""Train with every sample on each shape of cluster, or with those that are named.

The exit code is 1 if one fails. With --short it is what the gate trains: two samples, each on one
shape.
"""

from __future__ import annotations

import argparse
import sys
from itertools import groupby

from tests.training.run import tables, train
from tests.training.samples import SAMPLES, SHAPES, SHORT, TrainingError


def main() -> int:
    """Train on one cluster after another."""
    names = [sample.algorithm for sample in SAMPLES]
    parser = argparse.ArgumentParser(prog="python -m tests.training", description=__doc__)
    parser.add_argument("algorithm", nargs="*", help=f"which to train; default: {', '.join(names)}")
    parser.add_argument("--short", action="store_true", help="what the gate trains")
    options = parser.parse_args()
    chosen = options.algorithm or names
    if unknown := set(chosen) - set(names):
        parser.error(f"there is no sample for {', '.join(sorted(unknown))}")
    samples = [sample for sample in SAMPLES if sample.algorithm in chosen]
    if options.short:
        plan = [([one], SHORT[one.algorithm]) for one in samples if one.algorithm in SHORT]
    else:
        alike = [list(group) for _, group in groupby(samples, key=lambda sample: sample.lock)]
        plan = [(group, shape) for group in alike for shape in SHAPES]
    # Several large frameworks in 8 processes each take their time.
    seconds = 240 if options.short else 900
    failed = 0
    with tables() as storage:
        for group, shape in plan:
            try:
                print("\n".join(train(group, shape, storage, seconds)), flush=True)
            except TrainingError as error:
                failed += 1
                print(f"{group[-1].script.name}: {error}", file=sys.stderr, flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
