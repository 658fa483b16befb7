"""The hyperparameters of a network that is trained with TensorFlow."""

from __future__ import annotations

from typing import Literal

from generator.params.algorithms.network.hyperparameters import Network
from generator.params.model import setting


class TensorFlow(Network):
    """Hyperparameters of TensorFlow."""

    precision: Literal["fp32", "bf16"] = setting(
        "fp32",
        title="Precision",
        description="What layers compute in; weights stay fp32. fp16 would need a scaled loss.",
        examples=["fp32", "bf16"],
    )
