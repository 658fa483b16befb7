"""What the algorithms that train a neural network have in common: no algorithm by itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from generator.algorithms.base import Hyperparameters
from generator.fields.scalars import WHOLE, Int32, PositiveInt32
from generator.fields.settings import setting

Positive: TypeAlias = Annotated[float, Field(ge=1e-30, le=1e30)]
"""Above 0, and far enough from the ends of single precision."""
Amount: TypeAlias = Annotated[float, Field(ge=0, le=1e30)]
"""0 or more; torch stops where a number overflows single precision."""
Decay: TypeAlias = Annotated[float, Field(ge=0, le=0.999999)]
"""0 to below 1: at 1 what it weighs would never fade."""
Units: TypeAlias = Annotated[int, Field(ge=1, le=65536), WHOLE]


def _or_null(words: str) -> dict[str, Any]:
    return {"errorMessage": f"must be null or {words}"}


class Network(Hyperparameters):
    """Hyperparameters that every library has."""

    loss: Literal["mse", "mae", "huber", "cross_entropy"] = setting(
        "mse",
        title="Loss",
        description=(
            "What is minimised: cross_entropy tells classes apart, the others fit a number."
        ),
        examples=["mse", "cross_entropy"],
    )
    huber_delta: Positive = setting(
        1, title="Huber delta", description="huber only: errors above it count linearly."
    )
    label_smoothing: Decay = setting(
        0,
        title="Label smoothing",
        description="cross_entropy only: share of a row's label that is spread over all classes.",
        unit="fraction of the label",
        examples=[0, 0.1],
    )
    hidden_units: Annotated[list[Units], Field(max_length=64)] = setting(
        [64, 64],
        title="Hidden units",
        description="Units of each hidden layer, from the input on; an empty list: a linear model.",
        unit="units",
        examples=[[64, 64], []],
    )
    activation: Literal["relu", "gelu", "silu", "tanh", "sigmoid"] = setting(
        "relu", title="Activation", description="What follows each hidden layer."
    )
    dropout: Decay = setting(
        0,
        title="Dropout",
        description="Share of a hidden layer's outputs that a step of training leaves out.",
        unit="fraction of outputs",
        examples=[0, 0.2],
    )
    standardize: bool = setting(
        True,
        title="Standardise",
        description="Scale each column to mean 0 and deviation 1 of the training data.",
    )
    epochs: PositiveInt32 = setting(
        10,
        title="Epochs",
        description="How often the training data is gone through.",
        unit="epochs",
    )
    batch_size: PositiveInt32 = setting(
        32,
        title="Batch size",
        description="Rows of one step in each training process.",
        unit="rows",
    )
    shuffle: bool = setting(
        True, title="Shuffle", description="Whether each epoch takes the rows in another order."
    )
    seed: Int32 = setting(
        0,
        title="Seed",
        description="Where random numbers start: first weights, order of rows, dropout.",
    )
    optimizer: Literal["sgd", "rmsprop", "adagrad", "adam", "adamw"] = setting(
        "adam", title="Optimizer", description="How weights follow gradients."
    )
    learning_rate: Positive = setting(
        0.001, title="Learning rate", description="Size of a step, before the schedule changes it."
    )
    momentum: Decay = setting(
        0,
        title="Momentum",
        description="sgd and rmsprop only: how much of the last step is kept.",
        examples=[0, 0.9],
    )
    nesterov: bool = setting(
        False, title="Nesterov", description="sgd only: whether the momentum looks ahead."
    )
    beta1: Decay = setting(
        0.9,
        title="Beta 1",
        description="adam and adamw only: how slowly the mean of gradients fades.",
    )
    beta2: Decay = setting(
        0.999,
        title="Beta 2",
        description="adam and adamw only: how slowly the mean of squared gradients fades.",
    )
    rho: Decay = setting(
        0.9,
        title="Rho",
        description="rmsprop only: how slowly the mean of squared gradients fades.",
    )
    epsilon: Positive = setting(
        1e-8,
        title="Epsilon",
        description="Keeps the division by gradients away from 0; not used by sgd.",
    )
    weight_decay: Amount = setting(
        0,
        title="Weight decay",
        description=(
            "How much weights shrink: beside the gradient with adamw, as a part of it with the "
            "other optimizers."
        ),
        examples=[0, 0.01],
    )
    gradient_clip_norm: Positive | None = setting(
        None,
        title="Gradient clipping",
        description="Largest norm of all gradients of a step together; null sets no limit.",
        examples=[None, 1],
        json_schema_extra=_or_null("a number above 0"),
    )
    scheduler: Literal["constant", "step", "exponential", "cosine"] = setting(
        "constant",
        title="Schedule",
        description="How the learning rate changes from epoch to epoch.",
        examples=["constant", "cosine"],
    )
    scheduler_step_epochs: PositiveInt32 = setting(
        3,
        title="Step",
        description="step only: epochs after which the learning rate changes.",
        unit="epochs",
    )
    scheduler_gamma: Annotated[float, Field(ge=1e-6, le=1)] = setting(
        0.9,
        title="Decay of the learning rate",
        description="step and exponential only: what the learning rate is multiplied with.",
    )
    min_learning_rate: Amount = setting(
        0,
        title="Lowest learning rate",
        description="cosine only: the learning rate that the schedule ends at.",
    )
    warmup_epochs: Int32 = setting(
        0,
        title="Warm-up",
        description="First epochs, in which the learning rate rises; the schedule follows.",
        unit="epochs",
        examples=[0, 2],
    )
    early_stopping_patience: PositiveInt32 | None = setting(
        None,
        title="Early stopping",
        description=(
            "Stop when the loss on the validation data has not improved for this many epochs, and "
            "keep the best weights; null never stops early."
        ),
        unit="epochs",
        examples=[None, 3],
        json_schema_extra=_or_null("a whole number, 1 or more"),
    )
    early_stopping_min_delta: Amount = setting(
        0,
        title="Least improvement",
        description="With early stopping: a smaller improvement counts as none.",
    )
    checkpoint_frequency: Int32 = setting(
        0,
        title="Checkpoint frequency",
        description="Epochs between checkpoints; 0 writes one, when training ends.",
        unit="epochs",
        examples=[0, 5],
    )
    checkpoint_num_to_keep: PositiveInt32 | None = setting(
        None,
        title="Checkpoints kept",
        description="How many checkpoints stay, the latest ones; null keeps all.",
        unit="checkpoints",
        examples=[None, 2],
        json_schema_extra=_or_null("a whole number, 1 or more"),
    )
    max_failures: Int32 = setting(
        0,
        title="Restarts",
        description=(
            "How often Ray Train starts again from the latest checkpoint when a worker is lost."
        ),
        unit="restarts",
        examples=[0, 2],
    )
    precision: Literal["fp32", "bf16", "fp16"] = setting(
        "fp32",
        title="Precision",
        description=(
            "What layers compute in; weights stay fp32. fp16 scales the loss, so that small "
            "gradients survive."
        ),
        examples=["fp32", "bf16"],
    )


class WithoutFp16(Network):
    """Hyperparameters of a library that does not scale the loss."""

    precision: Literal["fp32", "bf16"] = setting(
        "fp32",
        title="Precision",
        description="What layers compute in; weights stay fp32. fp16 would need a scaled loss.",
        examples=["fp32", "bf16"],
    )
