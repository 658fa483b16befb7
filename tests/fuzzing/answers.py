"""Answers of API servers in which a value was replaced by one that nobody expects there."""

from __future__ import annotations

import contextlib
import copy
import json
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.live.doctor import openapi
from tests.live.recorded import Recorded, serving
from tests.live.world import COMMANDS, hold_world, run, write_repository

STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 5, 2**63, 10**400, 1.5, "", "x", "..", "a/../b", "a?b=c#d", "a\n",
    "\x1b[31m", "9" * 5000, "1e999", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
    "Failed" * 3000, [], [None], [5], ["x"], [[]], [{}], {}, {"": ""}, {"a": {"b": []}},
    {"name": 5}, {"metadata": 5}, {"status": {"conditions": [5]}},
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """A command, and which values of which of its answers are replaced."""

    command: str
    seed: int
    changes: int

    def dumped(self) -> str:
        """To be kept in a file."""
        return json.dumps(asdict(self))


CHANGES = st.builds(
    Change, st.sampled_from(sorted(COMMANDS)), st.integers(0, 2**32), st.integers(1, 3)
)


class World:
    """A repository and an API server for many cases."""

    def __init__(self, root: Path, karmada: Recorded) -> None:
        self.root, self._karmada = root / "repository", karmada
        self.root.mkdir()
        write_repository(self.root)
        hold_world(karmada, openapi())
        self._kubeconfig = root / "kubeconfig"
        self._kubeconfig.write_text(json.dumps(karmada.kubeconfig), encoding="utf-8")

    def assert_handled(self, case: Change) -> int:
        """Run the command with changed answers; gives its exit code. AssertionError."""
        chosen = random.Random(case.seed)
        left = Counter({chosen.randrange(_ANSWERS[case.command]): case.changes})
        asked = iter(range(10**9))

        def changed(_: str, answer: Any) -> Any:
            number = left[next(asked)]
            if not number:
                return answer
            new = copy.deepcopy(answer)
            for _change in range(number):
                new = replaced(new, chosen)
            return new

        self._karmada.changed = changed
        ran = run(self.root, str(self._kubeconfig), COMMANDS[case.command])
        assert ran.exit_code in (0, 1, 3), ran.output
        assert "\x1b" not in ran.output
        if case.command != "doctor":
            assert (ran.exit_code == 3) == ("error: " in ran.stderr), ran.output
        return ran.exit_code


_ANSWERS = {name: 25 if name in ("doctor", "status-jobs") else 3 for name in COMMANDS}
"""Among how many answers one is chosen."""


def replaced(value: Any, chosen: random.Random) -> Any:
    """``value`` with something of it replaced, added or taken away."""
    is_inner = isinstance(value, dict | list) and value and chosen.random() < _DEEPER
    if not is_inner:
        return copy.deepcopy(chosen.choice(STRANGE))
    if isinstance(value, list):
        index = chosen.randrange(len(value))
        return [*value[:index], replaced(value[index], chosen), *value[index + 1 :]]
    key = chosen.choice(sorted(value))
    if chosen.random() < _GONE:
        return {name: one for name, one in value.items() if name != key}
    return {**value, key: replaced(value[key], chosen)}


_DEEPER, _GONE = 0.9, 0.05


@contextlib.contextmanager
def world() -> Iterator[World]:
    """One world, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="rayjobs-fuzz-") as directory, serving() as karmada:
        yield World(Path(directory), karmada)
