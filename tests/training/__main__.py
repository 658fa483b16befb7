"""Train with every sample, or with those that are named; the exit code is 1 if one fails."""

from __future__ import annotations

import argparse
import sys

from tests.training.run import HERE, Sample, TrainingError, train


def _network(algorithm: str, model: str) -> Sample:
    """A network's sample, whose metric is the mean of squared errors."""
    return Sample(
        algorithm=algorithm,
        hyperparameters={
            "hidden_units": [16],
            "epochs": 30,
            "batch_size": 16,
            "learning_rate": 0.01,
            "early_stopping_patience": 10,
        },
        model=model,
        metric="validation-loss",
        below=0.05,
        lock=HERE / f"requirements-{algorithm}.lock",
    )


SAMPLES = (
    Sample(
        algorithm="xgboost",
        hyperparameters={"num_round": 30, "max_depth": 3, "eval_metric": ["rmse"]},
        model="model.ubj",
        metric="validation-rmse",
        below=0.3,
    ),
    Sample(
        algorithm="lightgbm",
        hyperparameters={
            "num_iterations": 60,
            "early_stopping_round": 10,
            "metric": ["rmse"],
            "min_data_in_leaf": 5,
        },
        model="model.txt",
        metric="validation-rmse",
        below=0.3,
    ),
    _network("pytorch", "model.pt"),
    _network("tensorflow", "model.npz"),
    _network("jax", "model.npz"),
)


def main() -> int:
    """Train one sample after another."""
    names = [sample.algorithm for sample in SAMPLES]
    parser = argparse.ArgumentParser(prog="python -m tests.training", description=__doc__)
    parser.add_argument("algorithm", nargs="*", help=f"which to train; default: {', '.join(names)}")
    chosen = parser.parse_args().algorithm or names
    if unknown := set(chosen) - set(names):
        parser.error(f"there is no sample for {', '.join(sorted(unknown))}")
    failed = 0
    for sample in SAMPLES:
        if sample.algorithm in chosen:
            try:
                print(train(sample), flush=True)
            except TrainingError as error:
                failed += 1
                print(f"{sample.script.name}: {error}", file=sys.stderr, flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
