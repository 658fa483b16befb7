"""Repositories whose rendered/ somebody has changed: more, less, other or odd things in it."""

from __future__ import annotations

import json
import stat
import tempfile
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from generator.check import pipeline
from generator.render.yaml_emitter import HEADER
from tests.fuzzing.trees import Item, Kind, Tree, plant, snapshot
from tests.helpers.jobs import minimal_job

_SOURCE: Tree = {
    "platform.yaml": Item("file", b"namespaces: [team]\n"),
    "jobs/a/one/params.json": Item("file", json.dumps(minimal_job("one")).encode()),
    "jobs/a/two/params.json": Item(
        "file", json.dumps(minimal_job("two", namespace="team")).encode()
    ),
}
_NAMES = [
    "x.yaml", "kustomization.yaml", ".sourceignore", ".argocd-source.yaml", ".git",
    "one.yaml", "team", "default", "storage", "namespace.yaml", ".rayjobs-1-1.tmp", ".rayjobs-.tmp",
    "x.json", "Kustomization", "-rf", "a b", "\n+++ b/pwn", '"', "\\", "\u202e", "\udcff", "::x",
]  # fmt: skip
_CONTENTS = [b"", b"kind: Secret\n", HEADER.encode(), f"{HEADER}kind: Secret\n".encode(), b"\xff"]
_KINDS: list[Kind] = ["file", "file", "program", "link", "directory", "fifo"]


@cache
def _rendered() -> Tree:
    """What the jobs render to, both trees of it."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        plant(_SOURCE, root)
        for outcome in (pipeline.render(root), pipeline.sync_flux(root)):
            assert outcome.applied
        return {
            str(Path(path).relative_to(root)): Item("file", content)
            for path, (mode, content) in snapshot(root).items()
            if stat.S_ISREG(mode) and not path.startswith((f"{root}/jobs", f"{root}/platform"))
        }


@st.composite
def changed_trees(draw: st.DrawFn) -> Tree:
    """Draw a rendered repository with up to four changes of what was rendered."""
    rendered = dict(_rendered())
    planted: Tree = {}
    for _ in range(draw(st.integers(0, 4))):
        item = Item(draw(st.sampled_from(_KINDS)), draw(st.sampled_from(_CONTENTS)))
        if draw(st.booleans()):
            path = draw(st.sampled_from(sorted(rendered) or ["rendered/x"]))
            there = rendered.pop(path, item)
            same = Item("program", there.content)
            planted |= draw(st.sampled_from([{}, {path: item}, {path: same}]))
        else:
            place = draw(st.sampled_from([*_PLACES, *map(_parent, rendered)]))
            planted[f"{place}/{draw(st.sampled_from(_NAMES))}"] = item
    # Earlier paths win: what is planted stands where it was put.
    return {**_SOURCE, **planted, **rendered}


_PLACES = ["rendered", "rendered/deep/er", "sync/flux/namespaces", "sync/flux/namespaces/x"]


def _parent(path: str) -> str:
    return path.rpartition("/")[0]
