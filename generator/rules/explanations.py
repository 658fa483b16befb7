"""Why each rule is there, with a bad and a good example: a TOML file for each group of rules.

It lies beside the modules that state them. Only ``rayjobs explain`` and the help in SARIF read it.
Each example is a small repository that tests run. An entry has

- ``fields`` and ``settings``: the paths in params.json and platform.yaml that the rule is about;
- ``job``, a JSON merge patch (RFC 7396) of small_job.json, ``jobs``, several of them, or ``text``,
  the params.json itself; the first stands in jobs/team/job-1/params.json;
- ``platform``, which is platform.yaml, ``shell``, which runs in the repository once its files are
  written, ``before``, what Git holds, and ``command``, what finds it, else validate;
- ``at`` of a bad example, where the rule is found in it: a JSON pointer in the first job, or
  ``file#pointer``, ``file:line`` or ``file`` where it has no pointer, and nothing where no file.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_DIRECTORY = Path(__file__).parent

FIRST_JOB = "jobs/team/job-1/params.json"
"""The file of an example's first job."""


class ExplanationError(ValueError):
    """An entry that is not as it should be; its text names the entry."""


@dataclass(frozen=True, slots=True)
class Example:
    """A repository, and the command of rayjobs that is run in it.

    ``jobs`` are JSON merge patches (RFC 7396) of the small job, as texts; ``text`` stands in the
    first job's file in their place. ``platform`` is platform.yaml. ``shell`` runs in the
    repository once its files are there. ``before`` is what was committed before. ``at`` is each
    place that the rule is found at.
    """

    command: str
    jobs: tuple[str, ...]
    at: tuple[str, ...] = ()
    text: str | None = None
    platform: str | None = None
    shell: str | None = None
    before: Example | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a rule is there, what shows it, and the fields that it is about.

    ``fields`` are paths in params.json, ``settings`` in platform.yaml. A rule that no input leads
    to says in ``unreachable`` why, and has no bad example.
    """

    why: str
    fields: tuple[str, ...]
    settings: tuple[str, ...]
    bad: Example | None
    good: Example
    unreachable: str | None


@cache
def explanations() -> dict[str, Explanation]:
    """Every explanation by the id of its rule, in alphabetical order."""
    found = {}
    for file in _DIRECTORY.parent.rglob("*.toml"):
        entries = tomllib.loads(file.read_text(encoding="utf-8"))
        for rule, entry in entries.items():
            if not rule.startswith(f"{file.stem}/"):
                raise ExplanationError(f"{rule}: does not belong into {file.name}")
            found[rule] = explanation_from(rule, entry)
    return dict(sorted(found.items()))


@cache
def small_job() -> str:
    """The text of the job that examples change; it has no findings."""
    return (_DIRECTORY / "small_job.json").read_text(encoding="utf-8")


def documents(example: Example) -> list[dict[str, Any]]:
    """The params.json of each job of an example."""
    return [merged(json.loads(small_job()), json.loads(patch)) for patch in example.jobs]


def merged(document: Any, patch: Any) -> Any:
    """``document`` with a JSON merge patch (RFC 7396): null removes, lists are replaced."""
    if not isinstance(patch, dict):
        return patch
    result = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def explanation_from(rule: str, entry: Any) -> Explanation:
    """The explanation that an entry of the file holds; :class:`ExplanationError` if none."""
    read = _Table(rule, entry)
    unreachable = read.words("unreachable")
    command = read.text("command") or "validate"
    bad, good = (read.table(name) for name in ("bad", "good"))
    why = read.words("why")
    if why is None or good is None or (bad is None) != (unreachable is not None):
        raise ExplanationError(f"{rule}: needs why, good, and either bad or unreachable")
    found = Explanation(
        why=why,
        fields=read.texts("fields"),
        settings=read.texts("settings"),
        bad=_example(bad, command) if bad is not None else None,
        good=_example(good, command),
        unreachable=unreachable,
    )
    read.end()
    return found


def _example(read: _Table, command: str) -> Example:
    before = read.table("before")
    job, text = read.text("job"), read.text("text")
    jobs = read.texts("jobs") or ((job or "{}",) if text is None else ())
    found = Example(
        command=read.text("command") or command,
        jobs=jobs,
        at=read.texts("at"),
        text=text,
        platform=read.text("platform"),
        shell=read.text("shell"),
        before=_example(before, command) if before is not None else None,
    )
    read.end()
    for patch in found.jobs:
        if not isinstance(json.loads(patch), dict):
            raise ExplanationError(f"{read.name}: a job is no object")
    return found


class _Table:
    """A TOML table that is read key by key, so that what is left over is a mistake."""

    def __init__(self, name: str, table: Any) -> None:
        if not isinstance(table, dict):
            raise ExplanationError(f"{name}: no table")
        self.name = name
        self._left = dict(table)

    def text(self, key: str) -> str | None:
        value = self._left.pop(key, None)
        if value is not None and not isinstance(value, str):
            raise ExplanationError(f"{self.name}.{key}: no text")
        return value.strip("\n") if value is not None else None

    def words(self, key: str) -> str | None:
        """A text whose lines are broken anywhere."""
        text = self.text(key)
        return " ".join(text.split()) if text is not None else None

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._left.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ExplanationError(f"{self.name}.{key}: no list of texts")
        return tuple(item.strip("\n") for item in value)

    def table(self, key: str) -> _Table | None:
        value = self._left.pop(key, None)
        return _Table(f"{self.name}.{key}", value) if value is not None else None

    def end(self) -> None:
        if self._left:
            raise ExplanationError(f"{self.name}: unknown {', '.join(self._left)}")


def steps(example: Example) -> Iterator[tuple[str, str, str]]:
    """What makes an example, in order: a title, the text, and the language it is in."""
    yield from _state(example.before, "committed before, ") if example.before else ()
    yield from _state(example, "now, " if example.before else "")
    yield "then", f"rayjobs {example.command}", "sh"


def _state(example: Example, when: str) -> Iterator[tuple[str, str, str]]:
    if example.text is not None:
        yield f"{when}{FIRST_JOB}", example.text, "json"
    several = len(example.jobs) > 1
    for number, patch in enumerate(example.jobs, start=1):
        file = FIRST_JOB.replace("1", str(number)) if several else "params.json"
        if patch == "{}":
            # Of a single job that is not changed nothing needs to be said, unless it is all.
            if several or when or not (example.platform or example.shell):
                yield f"{when}{file}", "the small job as it is", ""
        else:
            yield f"{when}{file}, changed in the small job", patch, "json"
    if example.platform is not None:
        yield f"{when}platform.yaml", example.platform, "yaml"
    if example.shell is not None:
        yield f"{when}in the repository", example.shell, "sh"
