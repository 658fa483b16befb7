"""A job's own document and its template made one, and where each value of the result stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.diagnostics import Diagnostic, Location, SourceFile, error, pointer_of
from generator.model.job.forms import TEMPLATE
from generator.model.template.template import Template, has
from generator.source.json_document import JSON

FIXED_FIELD = error("template/fixed-field", "A job sets a field that its template fixes.")


@dataclass(frozen=True, slots=True)
class Merged:
    """A job's own document, the template that it names, and both as one document.

    ``document`` no longer has the template's name: it is a whole job, if nothing is missing.
    """

    own: dict[str, JSON]
    template: Template
    document: dict[str, JSON]

    def is_from_template(self, pointer: str) -> bool:
        """Whether what stands at ``pointer``, or nearest around it, is in the template alone."""
        own: JSON = self.own
        given: JSON = self.template.document
        for part in _parts(pointer):
            # A list or a scalar of the job stands for all of it, also for what only the template's
            # has in it.
            if not isinstance(own, dict) or not isinstance(given, dict):
                return False
            if part not in own:
                return part in given
            own, given = own[part], given.get(part)
        return False

    def is_fixed(self, pointer: str) -> bool:
        """Whether no job may set what stands at ``pointer``."""
        return any(
            f"{pointer}/".startswith(f"{pointer_of(*path)}/") for path in self.template.fixed
        )


@dataclass(frozen=True, slots=True)
class JobFile(SourceFile):
    """The file of a job, with what it takes from a template, if anything."""

    merged: Merged | None = None

    def at(self, pointer: str, *, on_key: bool = False) -> Location:
        """Return where the value at ``pointer`` stands: here, or in the template's file."""
        if self.merged is not None and self.merged.is_from_template(pointer):
            return Location(self.merged.template.file, pointer, on_key, taken_by=self.file)
        return Location(self.file, pointer, on_key)


UNNAMED_JOB = JobFile()
"""A job that is in no file, or in one whose name does not matter."""


def merge(own: dict[str, JSON], template: Template) -> Merged:
    """What the job says, and for the rest the template: objects field by field, lists whole."""
    named = {name: value for name, value in own.items() if name != TEMPLATE}
    document = merged_objects(template.document, named)
    document.pop("$schema", None)
    if "$schema" in own:
        document["$schema"] = own["$schema"]
    return Merged(own, template, document)


def merged_objects(under: dict[str, JSON], over: dict[str, JSON]) -> dict[str, JSON]:
    """``over`` and what it leaves out of ``under``; neither changes."""
    result = dict(under)
    for name, value in over.items():
        below = result.get(name)
        if isinstance(value, dict) and isinstance(below, dict):
            result[name] = merged_objects(below, value)
        else:
            result[name] = value
    return result


def fixed_fields(merged: Merged, job_file: SourceFile) -> Iterator[Diagnostic]:
    """A finding for each field that the job sets and its template fixes."""
    template = merged.template
    for path in template.fixed:
        if not has(merged.own, path):
            continue
        dotted = ".".join(path)
        yield FIXED_FIELD.found(
            f'the template "{template.name}" fixes {dotted}',
            hint=f"remove it, or name a template that leaves {dotted} to the job",
            at=job_file.at(pointer_of(*path), on_key=True),
        )


def _parts(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
