"""Environment variables of a training run: names, and values as the script reads them."""

from __future__ import annotations

from typing import TypeAlias

Variable: TypeAlias = tuple[str, str]
"""A variable's name and its value, always text: Ray refuses anything else."""

_EXACT = 2**53
"""Beyond it a double no longer tells neighbouring integers apart."""


def as_text(value: str | bool | int | float) -> str:
    """``value`` as the script reads it.

    Texts stay as they are, true and false are small letters, integers have no point (JSON's
    ``6.0`` is ``6``) and other numbers are C's ``%.10g``.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if value.is_integer() and abs(value) <= _EXACT:
        return str(int(value))
    return f"{value:.10g}"


def custom_text(value: str | bool | int | float) -> str:
    """Return a custom hyperparameter as the script reads it: as :func:`as_text`, with every digit.

    A float is written in the shortest form that reads back the same.
    """
    return repr(value) if isinstance(value, float) else as_text(value)


RUN_VARIABLES = (
    "NUM_WORKER",
    "USE_GPU",
    "LABEL_COLUMN",
    "RUN_NAME",
    "STORAGE_PATH",
    "CPUS_PER_WORKER",
    "GPUS_PER_WORKER",
    "DEVICE",
)
"""How the run is controlled, in the order in which they are set."""
GIVEN_BY = {
    "NUM_WORKER": "it is resources.instanceCount",
    "USE_GPU": "it is true where gpuCount is above 0",
    "CPUS_PER_WORKER": "it is resources.instanceResources.cpuCores",
    "GPUS_PER_WORKER": "it is resources.instanceResources.gpuCount",
    "DEVICE": "it is cuda where gpuCount is above 0, else cpu",
}
"""What gives a variable that jobs have been seen to set themselves, in words."""
STORAGE_VARIABLES = ("S3_ENDPOINT", "S3_BUCKET", "S3_TRAIN_KEY", "S3_REGION", "S3_VAL_KEY")
"""Where the data lies, in the order in which they are set."""
CREDENTIAL_VARIABLES = ("S3_ACCESS_KEY", "S3_SECRET_KEY")
"""What comes from the Secret, never from a file."""
PLATFORM_VARIABLES = frozenset((*RUN_VARIABLES, *STORAGE_VARIABLES, *CREDENTIAL_VARIABLES))
"""Every variable that the platform sets for any algorithm."""
