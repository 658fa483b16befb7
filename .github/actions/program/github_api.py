"""GitHub's API through the runner's own ``gh``, and what a step says and gives to later ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_ANSWER_LIMIT = 32 << 20
_PAGE = 100
_PAGES = 30


class Refused(Exception):  # noqa: N818  # not an error of the program
    """Why there is no going on, in words for a person."""


def ask(place: str, **fields: str) -> Any:
    """What the API has at ``place``; Refused where it does not answer, or not with JSON."""
    given = [word for key, value in fields.items() for word in ("--raw-field", f"{key}={value}")]
    return _decoded(_gh(["api", "--method", "GET", place, *given], _ANSWER_LIMIT))


def _decoded(answer: bytes) -> Any:
    try:
        return json.loads(answer)
    except (ValueError, RecursionError) as problem:
        raise Refused("GitHub's API answered with something that is not JSON") from problem


def pages(place: str, **fields: str) -> Iterator[Any]:
    """Every item of a list; Refused where it is longer than any that can be meant."""
    for page in range(1, _PAGES + 1):
        items = ask(place, **fields, per_page=str(_PAGE), page=str(page))
        yield from items
        if len(items) < _PAGE:
            return
    raise Refused(f"GitHub lists more than {_PAGE * _PAGES} items, and not all were read")


def download(place: str, limit: int) -> bytes:
    """The bytes at ``place``; Refused where they are more than ``limit``."""
    return _gh(["api", place], limit)


def send(method: str, place: str, body: dict[str, Any]) -> Any:
    """Change what is at ``place`` and return the answer; Refused where that may not be."""
    words = ["api", "--method", method, place, "--input", "-"]
    return _decoded(_gh(words, _ANSWER_LIMIT, json.dumps(body).encode()) or b"null")


def visible(text: str) -> str:
    """``text`` without what could hide a part of it or start a line of its own."""
    hidden = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(one) in hidden else one for one in text
    )


def say(kind: str, text: str) -> None:
    """Print ``text`` as an error, a warning or a notice of the run."""
    line = f"::{kind} title=rayjobs::{visible(text).replace('%', '%25')}\n"
    sys.stdout.buffer.write(line.encode("utf-8"))
    sys.stdout.buffer.flush()


def give(name: str, value: str) -> None:
    """Set an output of the step."""
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as outputs:
        outputs.write(f"{name}={value}\n")


def _gh(arguments: list[str], limit: int, content: bytes = b"") -> bytes:
    """What ``gh`` prints, of which no more than ``limit`` is kept in memory."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as complaint:
        given.write(content)
        given.seek(0)
        try:
            running = subprocess.Popen(
                ["gh", *arguments],
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=complaint,
            )
        except OSError as problem:
            raise Refused(f"gh cannot be run: {problem.strerror}") from problem
        with running:
            answer = running.stdout.read(limit + 1) if running.stdout else b""
            if len(answer) > limit:
                running.kill()
                raise Refused("GitHub's API answered with more than there can be")
        if running.returncode:
            complaint.seek(0)
            reason = " ".join(complaint.read(4096).decode("utf-8", "replace").split())[:300]
            raise Refused(f"GitHub's API answered: {reason or f'exit code {running.returncode}'}")
    return answer
