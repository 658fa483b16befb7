"""A repository as a value: written to a directory, kept in a file, and taken in to compare."""

from __future__ import annotations

import base64
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["file", "program", "link", "directory", "fifo"]


@dataclass(frozen=True, slots=True)
class Item:
    """What stands at a path: a file's bytes, or a link's target."""

    kind: Kind
    content: bytes = b""


Tree: TypeAlias = dict[str, Item]
"""By path, with / and surrogates for what is not UTF-8. Later paths yield to earlier ones."""

Snapshot: TypeAlias = dict[str, tuple[int, bytes]]
"""By path, a mode and a content."""


def plant(tree: Tree, root: Path) -> None:
    """Write a tree below ``root``; what cannot stand where it should is left out."""
    for path, item in tree.items():
        place = os.path.join(root, path)
        try:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            if item.kind in ("file", "program"):
                with open(place, "xb") as opened:
                    opened.write(item.content)
                    os.fchmod(opened.fileno(), 0o755 if item.kind == "program" else 0o644)
            elif item.kind == "link":
                os.symlink(item.content, os.fsencode(place))
            elif item.kind == "directory":
                os.mkdir(place)
            else:
                os.mkfifo(place)
        except (OSError, ValueError):
            continue


def snapshot(top: Path) -> Snapshot:
    """Every path below ``top`` with its mode and content."""
    found: Snapshot = {}
    pending = [os.fspath(top)]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                mode = entry.stat(follow_symlinks=False).st_mode
                found[entry.path] = mode, _content(entry.path, mode)
                if stat.S_ISDIR(mode):
                    pending.append(entry.path)
    return found


def _content(path: str, mode: int) -> bytes:
    if stat.S_ISREG(mode):
        with open(path, "rb") as opened:
            return opened.read()
    return os.fsencode(os.readlink(path)) if stat.S_ISLNK(mode) else b""


def dumped(tree: Tree) -> str:
    """A tree as JSON, for a reproducer."""
    items = {
        base64.b64encode(os.fsencode(path)).decode(): [
            item.kind,
            base64.b64encode(item.content).decode(),
        ]
        for path, item in tree.items()
    }
    shown = {ascii(path): [item.kind, ascii(item.content[:300])] for path, item in tree.items()}
    return json.dumps({"shown": shown, "tree": items}, indent=1) + "\n"


def loaded(text: str) -> Tree:
    """The tree that :func:`dumped` wrote."""
    return {
        os.fsdecode(base64.b64decode(path)): Item(kind, base64.b64decode(content))
        for path, (kind, content) in json.loads(text)["tree"].items()
    }
