"""What a training has to take of the pods that a job reserves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.training.samples import Sample, Shape


class Run(NamedTuple):
    """A script's run on simulated nodes, as ``local_ray.py`` saw it.

    ``seconds`` count from when it has connected. ``processes`` is what each training process
    printed of itself; ``taken`` is the most of Ray's CPUs and GPUs that was in use at once.
    """

    code: int
    seconds: float
    printed: str
    processes: list[dict[str, Any]]
    taken: dict[str, float]


def wrongs(sample: Sample, shape: Shape, nodes: dict[str, dict[str, float]], run: Run) -> list[str]:
    """What is wrong with where a training ran; ``nodes`` are Ray's by their ids."""
    return list(_wrongs(sample, shape, nodes, run))


def _wrongs(
    sample: Sample, shape: Shape, nodes: dict[str, dict[str, float]], run: Run
) -> Iterator[str]:
    each, threads = max(shape.gpus, 1), shape.threads
    asked = {"CPU": float(threads)} | ({"GPU": 1.0} if shape.gpus else {})
    for process in run.processes:
        if process["resources"] != asked:
            yield f"a process has {process['resources']}, not {asked}"
        if process[sample.threads] != threads:
            yield f"{sample.threads} is {process[sample.threads]}, not {threads}"
        if process["given"] != sample.device(shape):
            yield f"the library was given {process['given']}, not {sample.device(shape)}"
    for node, has in nodes.items():
        there = [process for process in run.processes if process["node"] == node]
        wanted = 0 if has["head"] else each
        if len(there) != wanted:
            yield f"{len(there)} processes train on {has}, not {wanted}"
        gpus = sorted(gpu for process in there for gpu in process["gpus"])
        if gpus != list(range(0 if has["head"] else shape.gpus)):
            yield f"processes on {has} have the GPUs {gpus}"
    if sorted(process["rank"] for process in run.processes) != list(range(shape.processes)):
        yield f"{shape.processes} processes should train: {run.processes}"
    # The rest is what no GPU's share has: 3 of 11 CPUs with 4 GPUs.
    taken = {"CPU": shape.processes * threads, "GPU": shape.workers * shape.gpus}
    if run.taken != taken:
        yield f"{run.taken} were taken of Ray, not {taken}"
