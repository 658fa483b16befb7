"""What tests of recordings share."""

from __future__ import annotations

from pathlib import Path

RECORDED = Path(__file__).parent / "recorded"
