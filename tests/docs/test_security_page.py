"""docs/security.md: what it says holds a boundary is there."""

from __future__ import annotations

import re

from tests.helpers.command import ROOT

PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
ROWS = re.findall(
    r"^\| (.+?) \| (.+?) \| (.+?) \|$", PAGE.partition("## What each boundary")[2], re.M
)


def test_each_boundary_names_code_and_tests_that_are_there() -> None:
    assert len(ROWS) > 15
    for boundary, code, tests in ROWS[2:]:
        places = re.findall(r"`([^`]+)`", f"{code} {tests}")
        assert any(place.startswith("tests/") for place in places), boundary
        for place in places:
            assert (ROOT / place).exists(), place
