"""Repositories to run ``rayjobs`` in: this one's samples, the rules' examples, generated ones."""

from __future__ import annotations

import gzip
import os
import random
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from generator.rules.explanations import Example, explanations
from tests.fuzzing.strategies import KINDS
from tests.fuzzing.trees import Item, Tree
from tools.rule_examples import commands, lay_out
from tools.same_output.cases import Case

_ROOT = Path(__file__).resolve().parents[2]
_SHARE_OF_FLEETS = 0.5
"""Of the generated repositories; the others are what the fuzzer feeds the commands."""


def write_corpus(file: Path, generated: int, number: int) -> int:
    """Write the repositories to ``file``, ``generated`` of them made from the seed ``number``.

    Returns how many there are.
    """
    count = 0
    with gzip.open(file, "wt", compresslevel=1) as opened:
        for case in _cases(generated, number):
            opened.write(case.dumped())
            count += 1
    return count


def _cases(generated: int, number: int) -> Iterator[Case]:
    samples = _tree_of(_ROOT, ["jobs", "templates", "rendered", "platform.yaml", "sync"])
    yield Case("samples", samples)
    yield Case("samples/without-platform", _without(samples, "platform.yaml", "templates/"))
    yield Case("samples/never-rendered", _without(samples, "rendered/"), before=samples)
    examples = [*_examples()]
    yield from examples
    fleets = int(generated * _SHARE_OF_FLEETS)
    yield from _fleets([samples, *(case.tree for case in examples)], fleets, number)
    yield from _fuzzed(generated - fleets, number)


def _examples() -> Iterator[Case]:
    with commands():
        for rule, one in explanations().items():
            for kind, example in (("bad", one.bad), ("good", one.good)):
                if example is not None:
                    yield _example(f"{rule}/{kind}", example)


def _example(name: str, example: Example) -> Case:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory, "repository")
        root.mkdir()
        lay_out(root, example)
        for path in (root, *root.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | 0o600)
        tree, before = _tree_of(root), None
        if (root / ".git").is_dir():
            restored = Path(directory, "before")
            clone = ["git", "clone", "--quiet", os.fspath(root), os.fspath(restored)]
            if subprocess.run(clone, check=False, capture_output=True).returncode == 0:
                before = _tree_of(restored)
    return Case(f"examples/{name}", tree, before)


def _fleets(trees: list[Tree], count: int, number: int) -> Iterator[Case]:
    """Repositories of several jobs under one platform.yaml, half of them with a history."""
    source = random.Random(number)
    jobs = [item for tree in trees for path, item in tree.items() if path.endswith("/params.json")]
    platforms = [tree["platform.yaml"] for tree in trees if "platform.yaml" in tree]
    templates = [
        {path: item for path, item in tree.items() if path.startswith("templates/")}
        for tree in trees
    ]
    for index in range(count):
        chosen = source.choices(jobs, k=source.randint(1, 6))
        tree: Tree = {
            f"jobs/{source.choice(['text', 'audio'])}/job-{place}/params.json": job
            for place, job in enumerate(chosen)
        }
        tree |= source.choice(templates)
        if source.random() < 0.8:
            tree["platform.yaml"] = source.choice(platforms)
        yield Case(f"fleets/{index}", tree, _changed(tree, jobs, platforms, source))


def _changed(
    tree: Tree, jobs: list[Item], platforms: list[Item], source: random.Random
) -> Tree | None:
    if source.random() < 0.5:
        return None
    before = {path: item for path, item in tree.items() if source.random() < 0.8}
    for path in before:
        if path.endswith("/params.json") and source.random() < 0.3:
            before[path] = source.choice(jobs)
    if source.random() < 0.3:
        before["platform.yaml"] = source.choice(platforms)
    return before


def _fuzzed(count: int, number: int) -> Iterator[Case]:
    share = -(-count // len(KINDS))
    drawn = [_drawn(kind, share, number) for kind in sorted(KINDS)]
    mixed = [tree for trees in zip_longest(*drawn) for tree in trees if tree is not None]
    for index, tree in enumerate(mixed[:count]):
        yield Case(f"fuzzed/{index}", tree)


def _drawn(kind: str, count: int, number: int) -> list[Tree]:
    found: list[Tree] = []

    @seed(number)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(KINDS[kind])
    def keep(tree: Tree) -> None:
        # What waits for a writer, and what no file system of another machine can hold.
        if all(item.kind != "fifo" for item in tree.values()):
            found.append(tree)

    keep()
    return found


def _without(tree: Tree, *beginnings: str) -> Tree:
    return {path: item for path, item in tree.items() if not path.startswith(beginnings)}


def _tree_of(root: Path, names: list[str] | None = None) -> Tree:
    found: Tree = {}
    for top in sorted(root / name for name in names) if names else sorted(root.iterdir()):
        if top.name == ".git":
            continue
        below = sorted(top.rglob("*")) if top.is_dir() and not top.is_symlink() else []
        for path in (top, *below):
            if path.is_symlink():
                item = Item("link", os.fsencode(os.readlink(path)))
            elif path.is_file():
                item = Item("file", path.read_bytes())
            elif path.is_dir() and not any(path.iterdir()):
                item = Item("directory")
            else:
                continue
            found[os.fspath(path.relative_to(root))] = item
    return found
