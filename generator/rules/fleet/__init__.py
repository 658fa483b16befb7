"""The rules ``fleet/…``: jobs beside each other, and what they share."""

from __future__ import annotations

from functools import partial

from generator import diagnostics

error = partial(diagnostics.error, scope=diagnostics.Scope.FLEET)
warning = partial(diagnostics.warning, scope=diagnostics.Scope.FLEET)
