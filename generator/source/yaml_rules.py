"""What platform.yaml may not hold, apart from its reader, which takes long to import."""

from __future__ import annotations

import math
import re

from generator.diagnostics import error

SYNTAX = error("yaml/syntax", "The file is not YAML.")
DUPLICATE_KEY = error("yaml/duplicate-key", "A mapping has the same key twice.")
NOT_PLAIN = error("yaml/not-plain", "An anchor, alias, tag, or key that is no short text.")
AMBIGUOUS = error("yaml/ambiguous-number", "A number that versions of YAML read differently.")
TOO_DEEP = error("yaml/too-deep", "The document is nested too deeply.")
NOT_FINITE = error("yaml/not-finite", "A number is not finite.")

_ONE_READING = re.compile(
    r"[-+]?(?:0|[1-9][0-9]*)"
    r"|(?:[-+]?(?:0|[1-9][0-9]*)\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?"
    r"|[-+]?\.(?:inf|nan)",
    re.IGNORECASE,
)
_BASES = {"0x": 16, "0o": 8, "0b": 2}
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_OCTAL = re.compile(r"0[0-7]+")
_LONGEST = 20
"""Characters of a number that is said in another way."""
_PLAIN_NUMBER = "write a plain decimal number, or put it in quotes if it is a text"


def why_ambiguous(written: str) -> str | None:
    """What to write for a number that some reader takes otherwise; None if all agree on it."""
    if _ONE_READING.fullmatch(written):
        return None
    if len(written) > _LONGEST:
        return _PLAIN_NUMBER
    if _BASE_60.fullmatch(written):
        return why_ambiguous_text(written)
    try:
        return _other_way(written)
    except ValueError:
        # A tag says that it is a number.
        return None


def _other_way(written: str) -> str | None:
    sign = "-" if written.startswith("-") else ""
    digits = written.lstrip("-+").replace("_", "").lower()
    base = _BASES.get(digits[:2])
    if base:
        return _write(f"{sign}{int(digits, base)}")
    if _OCTAL.fullmatch(digits) and (octal := int(digits, 8)) != int(digits):
        return _write(f"{sign}{int(digits)}, or {sign}{octal} if it is octal")
    decimal = _decimal(digits)
    # What is too large is no number anywhere, which is said of it.
    return None if decimal is None else _write(f"{sign}{decimal}")


def why_ambiguous_text(written: str) -> str | None:
    """What to write for a text that YAML 1.1 takes for a number to the base of 60; else None."""
    if ":" not in written or not _BASE_60.fullmatch(written):
        return None
    if len(written) > _LONGEST:
        return _PLAIN_NUMBER
    total = 0.0
    sign = "-" if written.startswith("-") else ""
    for part in written.lstrip("-+").replace("_", "").split(":"):
        total = total * 60 + float(part or 0)
    return _write(f"{sign}{int(total) if total.is_integer() else total}")


def _decimal(digits: str) -> str | None:
    """A decimal number as every reader takes it; None of one that is too large."""
    if digits.isdecimal():
        return str(int(digits))
    if math.isinf(float(digits)):
        return None
    mantissa, exponent, power = repr(float(digits)).partition("e")
    if not exponent:
        return mantissa.removesuffix(".0")
    point = "" if "." in mantissa else ".0"
    return f"{mantissa}{point}e{power if power[0] in '-+' else f'+{power}'}"


def _write(number: str) -> str:
    return f"write {number}; in quotes it is a text"
