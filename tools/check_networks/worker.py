"""Train two steps with the training script of one library, run by that library's Python.

    worker.py ALGORITHM

Each line of standard input is the variables of a run as JSON. It is answered with a line: the
digest of the weights after two epochs of one step each, or ``refused`` and why.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROWS, COLUMNS = 16, 3
Train = Callable[[dict[str, str], Any, Any], list[Any]]
"""From variables, inputs and targets to the weights; ValueError where they are refused."""


def _pytorch(variables: dict[str, str], inputs: Any, targets: Any) -> list[Any]:
    import torch

    from sample.training import pytorch_train as script

    settings = script.Settings.read(variables)
    parts = script.Parts.build(settings, COLUMNS, 2 if settings.classifies else 1)
    kind = torch.long if settings.classifies else torch.float32
    batch = (torch.tensor(inputs), torch.tensor(targets, dtype=kind))
    for _ in range(2):
        script.train_epoch(settings, parts, [batch])
        parts.scheduler.step()
    return [value.numpy() for value in parts.model.state_dict().values()]


def _jax(variables: dict[str, str], inputs: Any, targets: Any) -> list[Any]:
    import jax

    from sample.training import jax_train as script

    settings = script.Settings.read(variables)
    weights = script.build_weights(settings, COLUMNS, 2 if settings.classifies else 1)
    optimizer = script.build_optimizer(settings, 1)
    state, step = optimizer.init(weights), script.build_step(settings, optimizer)
    labels = targets.astype("int32" if settings.classifies else "float32")
    for _ in range(2):
        weights, state, _ = step(weights, state, jax.random.key(1), inputs, labels)
    return [part for layer in weights for part in layer]


def _tensorflow(variables: dict[str, str], inputs: Any, targets: Any) -> list[Any]:
    import tensorflow

    from sample.training import tensorflow_train as script

    settings = script.Settings.read(variables)
    network = script.Network(settings, COLUMNS, 2 if settings.classifies else 1)
    optimizer = script.build_optimizer(settings)
    schedule, step = (
        script.build_schedule(settings),
        script.build_step(settings, network, optimizer),
    )
    labels = targets.astype("int32" if settings.classifies else "float32")
    for epoch in range(2):
        optimizer.learning_rate.assign(schedule(epoch))
        step(tensorflow.constant([1, epoch << 16]), inputs, labels)
    return [variable.numpy() for variable in network.variables]


TRAIN: dict[str, Train] = {"jax": _jax, "pytorch": _pytorch, "tensorflow": _tensorflow}


def main(algorithm: str) -> None:
    """Answer until standard input ends."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import numpy

    drawn = random.Random(1)
    cells = [[drawn.gauss(0, 1) for _ in range(COLUMNS)] for _ in range(ROWS)]
    inputs = numpy.array(cells, dtype="float32")
    for line in sys.stdin:
        variables = json.loads(line)
        targets = numpy.array([row[0] > 0 for row in cells])
        if variables["LOSS"] != "cross_entropy":
            targets = targets[:, None]
        try:
            weights = TRAIN[algorithm](variables, inputs, targets)
        except (ValueError, KeyError, TypeError, RuntimeError) as error:
            answer = f"refused {type(error).__name__}: {str(error).splitlines()[0]}"
        else:
            whole = b"".join(numpy.asarray(value).tobytes() for value in weights)
            answer = hashlib.sha256(whole).hexdigest()
        print(answer, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
