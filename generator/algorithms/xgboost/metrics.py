"""Metrics as xgboost parses them: the name before the first ``@``, and the parameter after it.

Measured with xgboost 2.1.4 and 3.0.5: `make check-xgboost` compares again.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from pydantic import Field

from generator.diagnostics.wording import EXPANDS_OR_CONTROLS
from generator.fields.scalars import Says

MetricText: TypeAlias = Annotated[
    str,
    Field(pattern=f"^[^{EXPANDS_OR_CONTROLS},]*$", min_length=1, max_length=64),
    Says(
        patternErrorMessage="must be one metric, without commas: the list has an element for each",
        examples=["rmse", "error@0.7"],
    ),
]
"""A metric as a job writes it; which names and forms there are is decided by ``parse``."""

PLAIN = frozenset(
    [
        "rmse",
        "rmsle",
        "mae",
        "mape",
        "mphe",
        "logloss",
        "merror",
        "mlogloss",
        "auc",
        "aucpr",
        "poisson-nloglik",
        "gamma-nloglik",
        "gamma-deviance",
        "cox-nloglik",
        "aft-nloglik",
        "interval-regression-accuracy",
        "quantile",
    ]
)
"""Metrics without a parameter; xgboost ignores whatever follows an ``@``."""
RANKING = frozenset({"pre", "ndcg", "map"})
NAMES = sorted({*PLAIN, *RANKING, "error", "tweedie-nloglik", "ams"})

# A C float as strtof takes it, at the beginning of the text.
_NUMBER = re.compile(
    r"[ \t\n\v\f\r]*[+-]?(?:0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][+-]?[0-9]+)?"
    r"|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|inf(?:inity)?|nan(?:\([0-9A-Za-z_]*\))?)",
    re.IGNORECASE,
)
_TOP = re.compile(r"\s*([+-]?)([0-9]+)")
_SANE = re.compile(
    r"(error(@[0-9]*\.?[0-9]+)?|(pre|ndcg|map)(@[1-9][0-9]*)?-?|tweedie-nloglik@1\.[0-9]*[1-9])"
)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric's name, why xgboost refuses it (or None), and whether its form surprises."""

    name: str
    refused: str | None
    surprise: str | None = None


def parse(text: str) -> Metric:
    """The metric that ``text`` names; never raises."""
    name, at, parameter = text.partition("@")
    given: str | None = parameter if at else None
    if not at and name.endswith("-"):
        name, given = name[:-1], "-"
    refused = _why_refused(name, given)
    if refused:
        return Metric(name, refused)
    return Metric(name, None, _surprise(text, name, given))


def _why_refused(name: str, given: str | None) -> str | None:
    if name in PLAIN:
        return None
    if name == "error":
        unreadable = given is not None and _number(given) is None
        return "needs a number after error@, such as error@0.7" if unreadable else None
    if name == "tweedie-nloglik":
        return _why_tweedie_refused(given)
    if name in RANKING:
        return _why_ranking_refused(name, given)
    if name == "ams":
        return "does not support distributed training"
    return "is no metric of xgboost"


def _why_tweedie_refused(given: str | None) -> str | None:
    if given is None:
        return "needs its variance power: tweedie-nloglik@1.5"
    power = _single(_number(given) or 0.0)
    # The name is written out again with %g, which rounds 1.9999999 to 2.
    if not 1 <= power < 2 or not float(f"{power:g}") < 2:
        return "needs a variance power from 1 to less than 2: tweedie-nloglik@1.5"
    return None


def _why_ranking_refused(name: str, given: str | None) -> str | None:
    if given in (None, "", "-"):
        return None
    example = f"needs a whole number, 1 or more: {name}@5"
    match = _TOP.match(given or "")
    if not match or re.search(r"\s|:", given or ""):
        return example
    top = min(int(match[2]), 2**64 - 1)
    if match[1] == "-" and top != 2**64 - 1:
        top = -top
    return example if top % 2**32 == 0 else None


def _surprise(text: str, name: str, given: str | None) -> str | None:
    if name in PLAIN:
        return f'is taken as "{name}": what follows is ignored' if given is not None else None
    if _SANE.fullmatch(text):
        return None
    return "is read in part only: write the number plainly"


def _number(text: str) -> float | None:
    match = _NUMBER.match(text)
    if not match:
        return None
    written = match.group().strip()
    try:
        return float.fromhex(written) if "x" in written.lower() else float(written)
    except (ValueError, OverflowError):
        return float("nan")


def _single(number: float) -> float:
    """``number`` in single precision, as xgboost holds it."""
    try:
        rounded: float = struct.unpack("f", struct.pack("f", number))[0]
    except OverflowError:
        return float("inf")
    return rounded
