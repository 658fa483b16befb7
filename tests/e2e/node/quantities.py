"""Kubernetes' quantities, and what a pod asks of a node."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal

from tests.e2e.node.pod import Pod

_FORM = re.compile(r"([+-]?[0-9.]+)(|m|[kKMGTPE]i?)")
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}


def quantity(text: str) -> Decimal:
    """The number that ``text`` means: "500m" is 0.5, "1Gi" is 1073741824."""
    form = _FORM.fullmatch(text)
    if not form:
        raise ValueError(f"no quantity: {text}")
    number, suffix = Decimal(form[1]), form[2]
    if suffix == "m":
        return number / 1000
    base = 1024 if suffix.endswith("i") else 1000
    return number * Decimal(base) ** _POWERS[suffix[:1].upper()]


def requests(pod: Pod) -> Counter[str]:
    """What the pod's containers ask for together, in thousandths, by the resource's name."""
    asked: Counter[str] = Counter({"pods": 1000})
    for container in pod.containers:
        resources = container.get("resources") or {}
        for name, text in {**resources.get("limits", {}), **resources.get("requests", {})}.items():
            asked[name] += int(quantity(text) * 1000)
    return asked
