"""Quantities as Kubernetes writes them: ``500m``, ``16Gi``, ``1e3``.

Source: k8s.io/apimachinery/pkg/api/resource/quantity.go, 0.35.
"""

from __future__ import annotations

import re
from fractions import Fraction

GIBIBYTE = 2**30

_QUANTITY = re.compile(
    r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))([eE][+-]?[0-9]{1,3}|[KMGTPE]i|[numkMGTPE])?"
)
_MOST = Fraction(2**63 - 1)
_LONGEST = 100
"""Characters; what is longer is nonsense, and takes long to compute."""
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


def quantity(text: object) -> Fraction | None:
    """Return its value in units (cores, bytes, pieces); None where ``text`` is no quantity."""
    if isinstance(text, int) and not isinstance(text, bool):
        return _capped(Fraction(text))
    if (
        not isinstance(text, str)
        or len(text) > _LONGEST
        or not (found := _QUANTITY.fullmatch(text))
    ):
        return None
    number, suffix = Fraction(found.group(1)), found.group(2)
    if suffix is None:
        return _capped(number)
    if suffix in _BINARY:
        return _capped(number * (1 << _BINARY[suffix]))
    exponent = _DECIMAL.get(suffix)
    return _capped(number * _power_of_ten(int(suffix[1:]) if exponent is None else exponent))


def _capped(number: Fraction) -> Fraction:
    """As there: no quantity is larger than an int64."""
    return max(-_MOST, min(number, _MOST))


def _power_of_ten(exponent: int) -> Fraction:
    return Fraction(f"1e{exponent}")
