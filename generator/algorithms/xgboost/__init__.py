"""XGBoost: its hyperparameters, the variables its training script reads, and its rules."""

from __future__ import annotations

from generator.algorithms.base import Algorithm
from generator.algorithms.xgboost.environment import NAMES, environment
from generator.algorithms.xgboost.hyperparameters import XGBoost
from generator.algorithms.xgboost.rules import check

ALGORITHM = Algorithm(
    name="xgboost",
    title="XGBoost",
    hyperparameters=XGBoost,
    environment=environment,
    variables=frozenset(NAMES.values()),
    check=check,
    image="kiepdoden123/iris-training-ray:v1.2",
    entrypoint="python /home/ray/xgboost_train.py",
    needs_validation=True,
)
