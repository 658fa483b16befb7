"""Where findings stand: in the file that gives the value, at its line and column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from generator.diagnostics import Diagnostic, Located
from generator.diagnostics.names import listed
from generator.diagnostics.wording import plural
from generator.model.template.merging import Merged
from generator.repository.jobs import LoadedJob
from generator.source.locate import locate
from generator.source.repository_files import Files


def placed(
    diagnostics: Iterable[Diagnostic], jobs: Iterable[LoadedJob], files: Files
) -> list[Located]:
    """Return ``diagnostics`` with lines and columns, once for all jobs of a template.

    ``jobs`` are those that the findings may be about. Only files with findings are read again.
    """
    merged = {job.file: job.merged for job in jobs if job.merged is not None}
    return locate(_of_templates(diagnostics, merged), lambda file: files.text(file).value)


def _of_templates(diagnostics: Iterable[Diagnostic], merged: dict[str, Merged]) -> list[Diagnostic]:
    """Of what several jobs take from one template, one finding that names them.

    Nothing is said of the jobs where the template is wrong by itself.
    """
    diagnostics = list(diagnostics)
    said = {
        (one.rule, one.file, one.pointer) for one in diagnostics if one.location.taken_by is None
    }
    kept: list[Diagnostic] = []
    taken: dict[Diagnostic, list[str]] = defaultdict(list)
    for found in diagnostics:
        giving = merged.get(found.location.taken_by or "")
        if giving is None:
            kept.append(found)
        elif (found.rule, found.file, found.pointer) not in said:
            of_all = replace(found, location=replace(found.location, taken_by=None))
            taken[of_all].append(str(giving.own.get("jobName")))
    for found, names in taken.items():
        where = f"the job {names[0]}" if len(names) == 1 else plural(len(names), "job")
        which = "" if len(names) == 1 else f": {listed(names)}"
        kept.append(replace(found, message=f"{found.message} (in {where}{which})"))
    return kept
