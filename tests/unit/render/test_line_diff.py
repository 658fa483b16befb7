"""The diff of files of many lines: what git takes, and no slower than the lines are many."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.render import drift
from generator.render.drift import file_diff

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n"]), max_size=12).map("".join)


@given(LINES, LINES, st.sampled_from(["", "end"]))
def test_git_makes_one_file_of_the_other(old: str, new: str, last: str) -> None:
    # Without looking for the fewest changes, whatever the lines.
    before, after = f"{old}x\n{last}", f"{new}x\n{last}"
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as top:
        patch.setattr(drift, "MOST_COMPARED", 0)
        file = Path(top, "f")
        file.write_text(before)
        written = "".join(file_diff("f", before.encode(), after.encode()))
        if before != after:
            subprocess.run(["git", "apply", "-"], input=written.encode(), check=True, cwd=top)
        assert file.read_text() == after


def test_a_large_file_is_exchanged_between_what_is_alike() -> None:
    old = ["first\n", *(f"{index}\n" for index in range(3000)), "last\n"]
    new = ["first\n", *(f"{index}\n" for index in reversed(range(3000))), "last\n"]
    lines = drift.unified(old, new, "a/f", "b/f")
    assert lines[2] == "@@ -1,3002 +1,3002 @@\n"
    assert (lines[3], lines[-1]) == (" first\n", " last\n")
    assert sum(line.startswith("-") for line in lines[2:]) == 3000
