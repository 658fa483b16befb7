"""What tests of recordings share."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeAlias

Observed: TypeAlias = Callable[[str], None]


SCALE = int(os.environ.get("RAYJOBS_SCALE", "0"))
"""How many jobs `make scale` times; more than some 1,000 are too many for one Kustomization."""
