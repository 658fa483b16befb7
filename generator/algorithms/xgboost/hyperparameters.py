"""The hyperparameters of XGBoost with their ranges.

Ranges are those that xgboost 2.1.4 and 3.0.5 enforce where they read the field (measured).
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from generator.algorithms.base import Hyperparameters
from generator.algorithms.xgboost.metrics import MetricText
from generator.diagnostics.wording import RENDERED_TEXT
from generator.fields.kubernetes import MAX_INT32
from generator.fields.scalars import (
    FLOAT32,
    NOT_SUBNORMAL,
    WHOLE,
    Flag,
    Fraction,
    Int32,
    NonNegative,
    PositiveInt32,
    Real,
    Says,
)
from generator.fields.settings import setting

Objective: TypeAlias = Literal[
    "reg:squarederror",
    "reg:squaredlogerror",
    "reg:logistic",
    "reg:pseudohubererror",
    "reg:absoluteerror",
    "reg:quantileerror",
    "reg:gamma",
    "reg:tweedie",
    "reg:linear",
    "binary:logistic",
    "binary:logitraw",
    "binary:hinge",
    "count:poisson",
    "survival:cox",
    "survival:aft",
    "multi:softmax",
    "multi:softprob",
    "rank:pairwise",
    "rank:ndcg",
    "rank:map",
]

BASE_SCORE_MAX = 3.402823314e38
"""Above it xgboost reads infinity and refuses the score."""

Updaters: TypeAlias = Annotated[
    str,
    Field(pattern=RENDERED_TEXT, min_length=1, max_length=128),
    Says(patternErrorMessage="must be updaters, joined by commas: grow_histmaker"),
]
"""A list of updaters; which there are is decided by ``updaters``."""


class XGBoost(Hyperparameters):
    """Hyperparameters of XGBoost."""

    num_round: PositiveInt32 = setting(
        300,
        title="Boosting rounds",
        description="How many rounds of boosting are run.",
        unit="rounds",
    )
    early_stopping_rounds: Int32 | None = setting(
        None,
        title="Early stopping rounds",
        description=(
            "Stop when the last metric has not improved on the validation data for this many "
            "rounds; null never stops early. The default training script does not read it."
        ),
        unit="rounds",
        examples=[None, 20],
        json_schema_extra={"errorMessage": "must be null or a whole number, 0 or more"},
    )
    csv_weights: Flag = setting(
        0,
        title="CSV weights",
        description="1: the second column of CSV input is the weight of the row.",
    )
    booster: Literal["gbtree", "gblinear", "dart"] = setting(
        "gbtree", title="Booster", description="Which booster is trained."
    )
    verbosity: Annotated[int, Field(ge=0, le=3), WHOLE] = setting(
        1, title="Verbosity", description="0 silent, 1 warnings, 2 information, 3 debugging."
    )
    nthread: Annotated[int, Field(ge=-MAX_INT32 - 1, le=MAX_INT32), WHOLE] | Literal["auto"] = (
        setting(
            "auto",
            title="Threads",
            description='Threads of each process; "auto": one for each CPU of its own.',
            unit="threads",
            examples=["auto", 4],
            json_schema_extra={"errorMessage": 'must be "auto" or a whole number of threads'},
        )
    )
    eta: NonNegative = setting(
        0.3, title="Learning rate", description="How much each tree's contribution is shrunk."
    )
    gamma: NonNegative = setting(
        0, title="Minimum split loss", description="Loss reduction that a further split must bring."
    )
    max_depth: Int32 = setting(
        6, title="Maximum depth", description="Levels of a tree; 0 sets no limit.", unit="levels"
    )
    min_child_weight: NonNegative = setting(
        1,
        title="Minimum child weight",
        description="Sum of instance weights (hessian) that a child must hold.",
    )
    max_delta_step: NonNegative = setting(
        0,
        title="Maximum delta step",
        description="Largest step of a leaf's output; 0 sets no limit.",
    )
    subsample: Fraction = setting(
        1,
        title="Row subsample",
        description="Share of the rows that each tree sees.",
        unit="fraction of rows",
        examples=[1, 0.8],
    )
    sampling_method: Literal["uniform", "gradient_based"] = setting(
        "uniform", title="Sampling method", description="How rows are sampled."
    )
    colsample_bytree: Fraction = setting(
        1,
        title="Columns per tree",
        description="Share of the columns that each tree sees.",
        unit="fraction of columns",
    )
    colsample_bylevel: Fraction = setting(
        1,
        title="Columns per level",
        description="Share of the columns that each level of a tree sees.",
        unit="fraction of columns",
    )
    colsample_bynode: Fraction = setting(
        1,
        title="Columns per split",
        description="Share of the columns that each split sees.",
        unit="fraction of columns",
    )
    lambda_: NonNegative = setting(
        1, alias="lambda", title="L2 regularisation", description="Weight of L2."
    )
    alpha: NonNegative = setting(0, title="L1 regularisation", description="Weight of L1.")
    tree_method: Literal["auto", "exact", "approx", "hist", "gpu_hist"] = setting(
        "auto",
        title="Tree method",
        description="How trees are built; exact does not train distributed.",
        examples=["hist"],
    )
    sketch_eps: Real = setting(
        0.03,
        title="Sketch epsilon",
        description="Not used by xgboost since 2.0: any value only warns.",
    )
    scale_pos_weight: NonNegative = setting(
        1, title="Weight of the positive class", description="Balances positive and negative rows."
    )
    updater: Updaters = setting(
        "auto",
        title="Updater",
        description='The sequence of tree updaters; "auto" leaves it to the tree method.',
        examples=["auto", "grow_quantile_histmaker"],
    )
    dsplit: Literal["row", "col"] = setting(
        "row",
        title="Data split",
        description="Not used by xgboost since 2.0: any value only warns.",
    )
    refresh_leaf: Flag = setting(
        1,
        title="Refresh leaves",
        description="1: the refresh updater updates leaves as well as node statistics.",
    )
    process_type: Literal["default", "update"] = setting(
        "default",
        title="Process type",
        description="update needs a starting model, which a job cannot give.",
    )
    grow_policy: Literal["depthwise", "lossguide"] = setting(
        "depthwise", title="Growth policy", description="Which node is split next."
    )
    max_leaves: Int32 = setting(
        0, title="Maximum leaves", description="Leaves of a tree; 0 sets no limit.", unit="leaves"
    )
    max_bin: Annotated[int, Field(ge=2, le=MAX_INT32), WHOLE] = setting(
        256,
        title="Maximum bins",
        description="Bins that a column's values are put into.",
        unit="bins",
    )
    num_parallel_tree: PositiveInt32 = setting(
        1,
        title="Parallel trees",
        description="Trees that each round builds: more than 1 is a random forest.",
        unit="trees",
    )
    sample_type: Literal["uniform", "weighted"] = setting(
        "uniform", title="Dart sampling", description="dart only: how dropped trees are chosen."
    )
    normalize_type: Literal["tree", "forest"] = setting(
        "tree", title="Dart normalisation", description="dart only: how new trees are weighted."
    )
    rate_drop: Fraction = setting(
        0,
        title="Dart drop rate",
        description="dart only: share of the trees that a round drops.",
        unit="fraction of trees",
    )
    one_drop: Flag = setting(
        0, title="Dart drops one", description="dart only: 1 drops at least one tree a round."
    )
    skip_drop: Fraction = setting(
        0,
        title="Dart skip rate",
        description="dart only: chance that a round drops nothing.",
        unit="probability",
    )
    lambda_bias: Real = setting(
        0,
        title="L2 on the bias",
        description="Not used by xgboost since 2.0: any value only warns.",
    )
    tweedie_variance_power: Annotated[float, Field(ge=1, le=2)] = setting(
        1.5,
        title="Tweedie variance power",
        description="reg:tweedie only: towards 2 is gamma, towards 1 is Poisson.",
    )
    objective: Objective = setting(
        "reg:squarederror",
        title="Objective",
        description="What is minimised.",
        examples=["reg:squarederror", "binary:logistic"],
    )
    base_score: Annotated[
        float, Field(ge=-BASE_SCORE_MAX, le=BASE_SCORE_MAX), FLOAT32, NOT_SUBNORMAL
    ] = setting(0.5, title="Base score", description="Prediction that boosting starts from.")
    eval_metric: Annotated[list[MetricText], Field(min_length=1, max_length=64)] = setting(
        ["rmse"],
        title="Evaluation metrics",
        description="Metrics that are reported after every round.",
        examples=[["rmse"], ["auc", "logloss"]],
    )
