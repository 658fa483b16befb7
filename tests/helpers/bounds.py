"""What tests of bounds share."""

from __future__ import annotations

from pathlib import Path

from generator.check import pipeline
from generator.diagnostics import Located

FILE = "jobs/team/train-1/params.json"


def platform(root: Path, text: str) -> None:
    (root / "platform.yaml").write_text(text, encoding="utf-8")


def found(root: Path) -> list[Located]:
    """The findings, without those that the cases here always have."""
    usual = ("fleet/full-copies", "fleet/priority", "fleet/unlisted-namespace", "fleet/no-claim")
    return [d for d in pipeline.validate(root, []).diagnostics if d.rule.id not in usual]


def places(root: Path) -> list[tuple[str, str | None]]:
    assert {d.file for d in found(root)} <= {FILE}
    return [(d.rule.id, d.pointer) for d in found(root)]
