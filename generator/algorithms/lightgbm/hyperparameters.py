"""The hyperparameters of LightGBM with their ranges.

Names and defaults are lightgbm's own, but for ``tree_learner``; ranges are those that lightgbm
4.3.0 and 4.7.0 enforce (measured). What needs groups of rows, such as ranking, is left out: a job
has no field that could name them.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from generator.algorithms.base import Hyperparameters
from generator.fields.kubernetes import MAX_INT32
from generator.fields.scalars import WHOLE, Int32, PositiveInt32, UniqueList
from generator.fields.settings import setting

LARGEST = 1e300
"""lightgbm reads double precision; ten digits of the largest double are beyond it."""

Positive: TypeAlias = Annotated[float, Field(gt=0, le=LARGEST)]
NonNegative: TypeAlias = Annotated[float, Field(ge=0, le=LARGEST)]
Share: TypeAlias = Annotated[float, Field(gt=0, le=1)]
Fraction: TypeAlias = Annotated[float, Field(ge=0, le=1)]

Objective: TypeAlias = Literal[
    "regression",
    "regression_l1",
    "huber",
    "fair",
    "poisson",
    "quantile",
    "mape",
    "gamma",
    "tweedie",
    "binary",
    "multiclass",
    "multiclassova",
    "cross_entropy",
    "cross_entropy_lambda",
]
Metric: TypeAlias = Literal[
    "l1",
    "l2",
    "rmse",
    "quantile",
    "mape",
    "huber",
    "fair",
    "poisson",
    "gamma",
    "gamma_deviance",
    "tweedie",
    "auc",
    "average_precision",
    "binary_logloss",
    "binary_error",
    "auc_mu",
    "multi_logloss",
    "multi_error",
    "cross_entropy",
    "cross_entropy_lambda",
    "kullback_leibler",
]


class LightGBM(Hyperparameters):
    """Hyperparameters of LightGBM."""

    num_iterations: PositiveInt32 = setting(
        100,
        title="Boosting iterations",
        description="How many iterations of boosting are run.",
        unit="iterations",
    )
    early_stopping_round: Int32 = setting(
        0,
        title="Early stopping",
        description=(
            "Stop when no metric has improved on the validation data for this many iterations; 0 "
            "never stops early."
        ),
        unit="iterations",
        examples=[0, 20],
    )
    objective: Objective = setting(
        "regression",
        title="Objective",
        description="What is learned.",
        examples=["binary", "multiclass"],
    )
    num_class: PositiveInt32 = setting(
        1,
        title="Classes",
        description="Classes of multiclass and multiclassova; 1 for every other objective.",
        unit="classes",
        examples=[1, 3],
    )
    metric: UniqueList[Metric] = setting(
        [],
        title="Metrics",
        description="What is evaluated after each iteration; none: the objective's own metric.",
        examples=[["auc", "binary_logloss"]],
    )
    boosting: Literal["gbdt", "rf", "dart"] = setting(
        "gbdt",
        title="Boosting",
        description="gbdt: gradient boosting. rf: a random forest. dart: boosting with dropout.",
    )
    data_sample_strategy: Literal["bagging", "goss"] = setting(
        "bagging",
        title="Sampling of rows",
        description="bagging: at random. goss: rows with large gradients, and some of the others.",
    )
    tree_learner: Literal["serial", "data", "voting"] = setting(
        "data",
        title="Tree learner",
        description=(
            "How workers share the training: data and voting train one model on the rows of all. "
            "lightgbm's own default is serial, with which each worker trains for itself."
        ),
    )
    device_type: Literal["cpu", "gpu", "cuda"] | None = setting(
        None,
        title="Device",
        description=(
            "Where trees are grown; gpu and cuda need a lightgbm that was built for them. null: "
            "cuda where the workers have GPUs, else cpu."
        ),
        examples=[None, "gpu"],
        json_schema_extra={"errorMessage": 'must be null, "cpu", "gpu" or "cuda"'},
    )
    num_threads: Int32 = setting(
        0,
        title="Threads",
        description="Threads of each process; 0: one for each CPU of its own.",
        unit="threads",
        examples=[0, 4],
    )
    seed: Int32 | None = setting(
        None,
        title="Seed",
        description="Seed of everything random; null: lightgbm's own fixed seeds.",
        examples=[None, 42],
        json_schema_extra={"errorMessage": "must be null or a whole number, 0 or more"},
    )
    verbosity: Annotated[int, Field(ge=-1, le=2), WHOLE] = setting(
        1,
        title="Verbosity",
        description="-1 errors that end the training, 0 warnings, 1 information, 2 debugging.",
    )
    learning_rate: Positive = setting(
        0.1, title="Learning rate", description="How much each tree's contribution is shrunk."
    )
    num_leaves: Annotated[int, Field(ge=2, le=131072), WHOLE] = setting(
        31, title="Leaves", description="Most leaves of a tree.", unit="leaves"
    )
    max_depth: Annotated[int, Field(ge=-1, le=MAX_INT32), WHOLE] = setting(
        -1,
        title="Maximum depth",
        description="Levels of a tree; 0 and -1 set no limit.",
        unit="levels",
        examples=[-1, 6],
    )
    min_data_in_leaf: Int32 = setting(
        20, title="Rows in a leaf", description="Rows that a leaf must hold.", unit="rows"
    )
    min_sum_hessian_in_leaf: NonNegative = setting(
        0.001, title="Hessian in a leaf", description="Sum of the hessian that a leaf must hold."
    )
    min_gain_to_split: NonNegative = setting(
        0, title="Gain of a split", description="Gain that a split must bring."
    )
    max_delta_step: NonNegative = setting(
        0, title="Maximum delta step", description="Largest output of a leaf; 0 sets no limit."
    )
    lambda_l1: NonNegative = setting(0, title="L1 regularisation", description="Weight of L1.")
    lambda_l2: NonNegative = setting(0, title="L2 regularisation", description="Weight of L2.")
    bagging_fraction: Share = setting(
        1,
        title="Bagging fraction",
        description="Share of the rows that trees see; used while bagging_freq is above 0.",
        unit="fraction of rows",
        examples=[1, 0.8],
    )
    bagging_freq: Int32 = setting(
        0,
        title="Bagging frequency",
        description="Rows are drawn anew every so many iterations; 0: they are not drawn.",
        unit="iterations",
        examples=[0, 5],
    )
    feature_fraction: Share = setting(
        1,
        title="Columns per tree",
        description="Share of the columns that each tree sees.",
        unit="fraction of columns",
        examples=[1, 0.8],
    )
    feature_fraction_bynode: Share = setting(
        1,
        title="Columns per split",
        description="Share of the columns that each split sees.",
        unit="fraction of columns",
    )
    max_bin: Annotated[int, Field(ge=2, le=MAX_INT32), WHOLE] = setting(
        255,
        title="Maximum bins",
        description="Bins that a column's values are put into.",
        unit="bins",
    )
    top_rate: Fraction = setting(
        0.2,
        title="Goss: large gradients",
        description="goss only: share of the rows that are kept for their large gradients.",
        unit="fraction of rows",
    )
    other_rate: Fraction = setting(
        0.1,
        title="Goss: other rows",
        description="goss only: share of the rows that are drawn from the others.",
        unit="fraction of rows",
    )
    drop_rate: Fraction = setting(
        0.1,
        title="Dart: drop rate",
        description="dart only: share of the trees that an iteration drops.",
        unit="fraction of trees",
    )
    max_drop: Annotated[int, Field(ge=-1, le=MAX_INT32), WHOLE] = setting(
        50,
        title="Dart: most dropped",
        description="dart only: most trees that an iteration drops; -1 sets no limit.",
        unit="trees",
    )
    skip_drop: Fraction = setting(
        0.5,
        title="Dart: skipping",
        description="dart only: how likely an iteration drops no tree.",
        unit="probability",
    )
    uniform_drop: bool = setting(
        False,
        title="Dart: uniform",
        description="dart only: every tree is dropped with the same probability.",
    )
    is_unbalance: bool = setting(
        False,
        title="Unbalanced classes",
        description="binary and multiclassova: weighs the classes by how rare they are.",
    )
    scale_pos_weight: Positive = setting(
        1,
        title="Weight of the positive class",
        description="binary and multiclassova: weight of the rows of the positive class.",
    )
    alpha: Positive = setting(
        0.9,
        title="Alpha",
        description="huber: where the loss becomes linear. quantile: the quantile, below 1.",
    )
    tweedie_variance_power: Annotated[float, Field(ge=1, lt=2)] = setting(
        1.5, title="Tweedie variance power", description="tweedie: 1 is Poisson, near 2 is gamma."
    )
