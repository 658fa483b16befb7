"""Where findings stand: in the file that gives the value, at its line and column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from generator.diagnostics import Diagnostic, capped
from generator.diagnostics.wording import plural
from generator.names import listed
from generator.platform.model import FILE
from generator.repository.jobs import LoadedJob
from generator.source.locate import locate_at, locate_in_json
from generator.source.repository_files import Files
from generator.source.schema_errors import MISSING_FIELD
from generator.templates.merging import Merged


def located(
    diagnostics: Iterable[Diagnostic], jobs: Iterable[LoadedJob], files: Files
) -> list[Diagnostic]:
    """Return ``diagnostics`` with lines and columns, those of values of a template in its file.

    ``jobs`` are those that the findings may be about. Only files with findings are read again.
    """
    merged = {job.file: job.merged for job in jobs if job.merged is not None}
    by_file: dict[str, list[Diagnostic]] = defaultdict(list)
    for diagnostic in _in_their_files(diagnostics, merged):
        by_file[diagnostic.file or ""].append(diagnostic)
    return [found for file, every in by_file.items() for found in _in_file(file, every, files)]


def _in_file(file: str, diagnostics: list[Diagnostic], files: Files) -> list[Diagnostic]:
    same = list(capped(diagnostics))
    if all(one.pointer is None or one.line is not None for one in same):
        return same
    text = files.text(file).value
    if not text:
        return same
    return _in_platform(same, text) if file == FILE else locate_in_json(same, text)


def _in_platform(diagnostics: list[Diagnostic], text: str) -> list[Diagnostic]:
    # Imported here: a repository without the file never pays for a YAML reader.
    from generator.source.yaml_document import decode_yaml

    return locate_at(diagnostics, text, decode_yaml(text).positions)


def _in_their_files(
    diagnostics: Iterable[Diagnostic], merged: dict[str, Merged]
) -> list[Diagnostic]:
    """Of what several jobs take from one template, one finding that names them.

    Nothing is said of the jobs where the template is wrong by itself.
    """
    diagnostics = list(diagnostics)
    said = {(one.rule, one.file, one.pointer) for one in diagnostics}
    kept: list[Diagnostic] = []
    moved: dict[Diagnostic, list[str]] = defaultdict(list)
    for found in diagnostics:
        giving = merged.get(found.file or "")
        if giving is None or not _is_of_template(found, giving):
            kept.append(found)
        elif (found.rule, giving.template.file, found.pointer) not in said:
            moved[found.in_file(giving.template.file)].append(str(giving.own.get("jobName")))
    for found, names in moved.items():
        where = f"the job {names[0]}" if len(names) == 1 else plural(len(names), "job")
        which = "" if len(names) == 1 else f": {listed(names)}"
        kept.append(replace(found, message=f"{found.message} (in {where}{which})"))
    return kept


def _is_of_template(found: Diagnostic, merged: Merged) -> bool:
    return (
        found.pointer is not None
        and found.line is None
        and found.rule is not MISSING_FIELD
        and merged.is_from_template(found.pointer)
    )
