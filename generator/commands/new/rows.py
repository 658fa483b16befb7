"""What ``rayjobs new`` makes of many rows (``--from-rows``) and of one field (``--set``)."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from generator.check.pipeline import problems_of_new
from generator.commands.new.payloads import Draft
from generator.console.streams import write
from generator.diagnostics import Diagnostic, located
from generator.diagnostics.wording import did_you_mean, nearest, plural, visible
from generator.model.field_docs import Field, all_fields, fields_called
from generator.model.job.schema import explain
from generator.source.atomic_write import write_files
from generator.source.files import PARAMS
from generator.source.json_document import decode
from generator.source.locate import Place
from generator.source.text import read_text, through_link

_PAYLOAD = "request_payload"
_PATH = re.compile(r"[^.\[\]]+(?:\[\d{1,4}\])?(?:\.[^.\[\]]+(?:\[\d{1,4}\])?)*")
_PART = re.compile(r"([^.\[\]]+)(?:\[(\d+)\])?")
_ELSEWHERE = {"jobName": "the name is NAME", "template": "give --template"}


@dataclass(frozen=True, slots=True, order=True)
class _Origin:
    """Where a row stands."""

    number: int
    unit: str

    def __str__(self) -> str:
        return f"{self.unit} {self.number}"


@dataclass(slots=True)
class _Rows:
    """Drafts by the file of each, where each came from, and why other rows are refused.

    ``present`` counts the jobs that are there already, as the rows say.
    """

    drafts: dict[str, Draft] = field(default_factory=dict)
    origins: dict[str, _Origin] = field(default_factory=dict)
    refused: list[tuple[_Origin, str]] = field(default_factory=list)
    present: int = 0


def write_rows(root: Path, text: str, tenant: str, drafted: Callable[[Any, str], Draft]) -> None:
    """Write each row of ``text`` that is a valid job; exit 1 where one is refused.

    ``drafted`` makes a draft of a payload and a name; ValueError where it cannot.
    """
    rows = _Rows()
    for origin, value in _values(text):
        _take(rows, origin, value, f"jobs/{tenant}", drafted)
    _leave_out_present(root, rows)
    _refuse_invalid(root, rows)
    _write(root, rows)
    write("".join(f"{line}\n" for line in _summary(rows)))
    write("".join(f"{at}: {words}\n" for at, words in sorted(rows.refused)), sys.stderr)
    if rows.refused:
        raise typer.Exit(1)


def _values(text: str) -> Iterator[tuple[_Origin, dict[str, Any] | str]]:
    """Give the payload of each row, or why it has none."""
    document, problems = decode(text)
    if text.lstrip().startswith("[") and not isinstance(document, list):
        wrong = located(problems[0])
        raise typer.BadParameter(f"line {wrong.line}: {wrong.message}", param_hint="--from-rows")
    if isinstance(document, dict):
        document = [document]
    if isinstance(document, list):
        for number, row in enumerate(document, start=1):
            yield _Origin(number, "row"), _payload(row)
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield _Origin(number, "line"), _payload_in(line)


def _payload_in(text: str) -> dict[str, Any] | str:
    document, problems = decode(text)
    return problems[0].message if problems else _payload(document)


def _payload(row: Any) -> dict[str, Any] | str:
    """Return the payload of a row, which may hold it as text, or why there is none."""
    if isinstance(row, dict) and _PAYLOAD in row:
        inner = row[_PAYLOAD]
        if isinstance(inner, str):
            return _payload_in(inner)
        row = inner
    return row if isinstance(row, dict) else "this is no JSON object"


def _take(
    rows: _Rows,
    origin: _Origin,
    payload: dict[str, Any] | str,
    directory: str,
    drafted: Callable[[dict[str, Any], str], Draft],
) -> None:
    if isinstance(payload, str):
        rows.refused.append((origin, payload))
        return
    name = payload.get("jobName")
    wrong = [one for one in explain(payload) if one.pointer == "/jobName"]
    if not isinstance(name, str) or wrong:
        words = wrong[0].message if wrong else "is missing"
        rows.refused.append((origin, f"jobName: {words}"))
        return
    draft, file = drafted(payload, name), f"{directory}/{name}/params.json"
    if file not in rows.drafts:
        rows.drafts[file], rows.origins[file] = draft, origin
    elif rows.drafts[file].text != draft.text:
        words = f"{name}: another job of this name is in {rows.origins[file]}"
        rows.refused.append((origin, words))


def _leave_out_present(root: Path, rows: _Rows) -> None:
    for file, draft in list(rows.drafts.items()):
        if linked := through_link(root, file):
            _refuse(rows, file, [linked.message])
        elif not os.path.lexists(root / file):
            continue
        elif read_text(root, file)[0] == draft.text:
            rows.present += 1
            del rows.drafts[file]
        else:
            _refuse(rows, file, [f"{file} is there already, and is another job"])


def _refuse_invalid(root: Path, rows: _Rows) -> None:
    """Refuse what is wrong beside the jobs that are there, until nothing is."""
    while rows.drafts:
        texts = {file: draft.text for file, draft in rows.drafts.items()}
        found = problems_of_new(root, texts)
        elsewhere = [one for file in found.keys() - texts for one in found[file] if one.is_error]
        wrong = {
            file: [_words(one) for one in draft.hinted(found[file]) if one.is_error]
            for file, draft in rows.drafts.items()
        }
        refused = {file: reasons for file, reasons in wrong.items() if reasons}
        for file, reasons in refused.items():
            _refuse(rows, file, reasons)
        if elsewhere:
            for file in list(rows.drafts):
                _refuse(rows, file, [_words(one) for one in elsewhere])
        if not refused:
            return


def _words(problem: Diagnostic) -> str:
    place = (problem.pointer or "").removeprefix("/").replace("/", ".")
    hint = f"; {problem.hint}" if problem.hint else ""
    at = f"{place}: " if place else ""
    return f"{at}{problem.message}{hint} [{problem.rule.id}]"


def _refuse(rows: _Rows, file: str, reasons: list[str]) -> None:
    origin = rows.origins.pop(file)
    draft = rows.drafts.pop(file)
    name = draft.document["jobName"]
    rows.refused += [(origin, f"{name}: {reason}") for reason in reasons]


def _write(root: Path, rows: _Rows) -> None:
    try:
        write_files(root, {file: draft.text for file, draft in rows.drafts.items()})
    except OSError as problem:
        write(f"{problem.filename}: {problem.strerror}; nothing was written\n", sys.stderr)
        raise typer.Exit(1) from None


def _summary(rows: _Rows) -> Iterator[str]:
    notes = Counter(note for draft in rows.drafts.values() for note in draft.notes)
    for note, jobs in notes.items():
        yield f"{note} (in {plural(jobs, 'job')})"
    present = f"; {plural(rows.present, 'job')} were there already" if rows.present else ""
    refused = len({origin for origin, _ in rows.refused})
    yield f"wrote {plural(len(rows.drafts), 'job')}, refused {plural(refused, 'row')}{present}"


def assignment(words: str) -> tuple[Place, Any]:
    """``PATH=VALUE`` as a place and a value; a usage error where there is no such field."""
    path, equals, text = words.partition("=")
    if not equals or not _PATH.fullmatch(path):
        raise _refused(f"{words!r} is not PATH=VALUE: hyperparameters.xgboost.eta=0.1")
    if path in _ELSEWHERE:
        raise _refused(f"{path} cannot be set here: {_ELSEWHERE[path]}")
    place = place_of(path)
    return place, value_of(text, _schema(place, _field(path)))


def place_of(path: str) -> Place:
    """``inputDataConfig[0].bucket`` as its parts."""
    place: list[str | int] = []
    for name, index in _PART.findall(path):
        place += [name, int(index)] if index else [name]
    return tuple(place)


def value_of(text: str, schema: dict[str, Any]) -> Any:
    """A value as JSON, where the schema takes it, else as text; a list also as ``a,b``."""
    value, problems = decode(text)
    types = {str(choice["type"]) for choice in schema.get("anyOf", [schema]) if "type" in choice}
    if "array" in types and (problems or not isinstance(value, list)):
        return [part.strip() for part in text.split(",")]
    if problems or (types == {"string"} and not isinstance(value, str)):
        return text
    return value


def _schema(place: Place, field: Field) -> dict[str, Any]:
    """The schema of what stands at a place: the field, one of its items, or a name of one's own."""
    inside = field.schema
    if isinstance(place[-1], int):
        inside = inside.get("items", {})
    elif len([part for part in place if isinstance(part, str)]) > len(field.path.split(".")):
        inside = inside["additionalProperties"]
    return inside


def _field(path: str) -> Field:
    found = [field for field in fields_called(path) if field.file == PARAMS]
    if not found:
        raise _refused(_unknown(path))
    return found[0]


def _unknown(path: str) -> str:
    known = {field.path.lower(): field.path for field in all_fields() if field.file == PARAMS}
    wanted = path.lower()
    last = {each.rpartition(".")[2]: each for each in known}
    near = [known[each] for each in known if each.endswith(f".{wanted}")]
    near += [known[each] for each in nearest(wanted, known)]
    near += [known[last[each]] for each in nearest(wanted.rpartition(".")[2], last)]
    hint = did_you_mean(*list(dict.fromkeys(near))[:3])
    words = f"params.json has no field {visible(path)}"
    return f"{words}; {hint}" if hint else f"{words}: `rayjobs explain FIELD`"


def _refused(words: str) -> typer.BadParameter:
    return typer.BadParameter(words, param_hint="--set")
