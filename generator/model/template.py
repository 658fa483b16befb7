"""Templates: reading their files, merging them with jobs, and telling what came from where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from generator.diagnostics import Diagnostic, Location, SourceFile, error, has_errors, pointer_of
from generator.diagnostics.wording import alike, did_you_mean
from generator.model.job.schema import TEMPLATE, explain_template
from generator.model.platform.algorithms import TemplateSettings
from generator.model.platform.model import FILE, PLATFORM_FILE, Platform
from generator.source.files import Files
from generator.source.json_document import JSON, decode
from generator.source.schema_phrases import TYPE, quoted, shown
from generator.source.text import Parsed

UNKNOWN_TEMPLATE = error("template/unknown", "A job names a template that does not exist.")
MISSING_FILE = error("template/missing-file", "A template's file does not exist.")
JOB_FIELD = error("template/job-field", "A template has a field that only a job has.")
FIXED_ABSENT = error(
    "template/fixed-absent", "A field is fixed that the template's file does not have."
)
FIXED_FIELD = error("template/fixed-field", "A job sets a field that its template fixes.")


@dataclass(frozen=True, slots=True)
class Template:
    """A template that can be merged: the fields it gives, and the paths of those it fixes."""

    name: str
    file: str
    text: str
    document: dict[str, JSON]
    fixed: tuple[tuple[str, ...], ...]


@dataclass(slots=True)
class Templates:
    """The usable templates by name, every template's name, and what is wrong with any of them.

    Where platform.yaml itself is wrong nothing is known of any. ``blamed`` are, by the name of one
    that is not usable, the files in which it is said why.
    """

    usable: dict[str, Template] = field(default_factory=dict)
    names: frozenset[str] | None = frozenset()
    problems: list[Diagnostic] = field(default_factory=list)
    blamed: dict[str, frozenset[str]] = field(default_factory=dict)

    def wrong_in(self, name: JSON) -> frozenset[str]:
        """The files in which it is said why the template called ``name`` cannot be used."""
        if self.names is None:
            return frozenset({FILE})
        return self.blamed.get(name, frozenset()) if isinstance(name, str) else frozenset()

    def why_unknown(self, name: JSON, job_file: SourceFile) -> list[Diagnostic]:
        """What is wrong with a job that names ``name``, where that is no template's name.

        Nothing where the template, or platform.yaml, is wrong by itself: that is said there.
        """
        if not isinstance(name, str) or self.names is None or name in self.names:
            return []
        near = alike(name, self.names)
        hint = did_you_mean(quoted(near)) if near else "name one of platform.yaml's"
        if not self.names:
            hint = "platform.yaml has no templates: add it there, or write the fields out"
        return [
            UNKNOWN_TEMPLATE.found(
                f"there is no template {quoted(name)}",
                hint=hint,
                at=job_file.at(pointer_of(TEMPLATE)),
            )
        ]


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


def load_templates(files: Files, platform: Platform | None) -> Templates:
    """Return the templates that ``platform`` names; it is None where it could not be read."""
    if platform is None:
        return Templates(names=None)
    found = Templates(names=frozenset(platform.templates))
    # In order and each once: several templates may have one file.
    every: dict[Diagnostic, None] = {}
    for name, settings in platform.templates.items():
        read = files.named(settings.file)
        if read is None:
            template, problems = Parsed[Template](None, (_missing(name, settings),))
        elif read.value is None:
            template, problems = Parsed[Template](None, read.problems)
        else:
            template, problems = _template(name, settings, read.value)
        every.update(dict.fromkeys(problems))
        if template is None:
            found.blamed[name] = frozenset(one.file for one in problems if one.file)
        else:
            found.usable[name] = template
    found.problems = list(every)
    return found


def has(document: JSON, path: tuple[str, ...]) -> bool:
    """Whether a path of objects leads to a value."""
    for part in path:
        if not isinstance(document, dict) or part not in document:
            return False
        document = document[part]
    return True


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


def _missing(name: str, settings: TemplateSettings) -> Diagnostic:
    return MISSING_FILE.found(
        f'the file of the template "{name}" does not exist',
        hint=f"write {settings.file}, or correct the path",
        at=PLATFORM_FILE.at(pointer_of("templates", name, "file")),
    )


def _template(name: str, settings: TemplateSettings, text: str) -> Parsed[Template]:
    file = SourceFile(settings.file)
    document, unreadable = decode(text, settings.file)
    if unreadable:
        return Parsed(None, unreadable)
    if not isinstance(document, dict):
        words = f"{shown(document)} is not an object"
        return Parsed(None, (TYPE.found(words, hint="write an object", at=file.at("")),))
    own = {key: value for key, value in document.items() if key not in ("jobName", TEMPLATE)}
    problems = [*_fields_of_jobs(document, file), *explain_template(own, file)]
    fixed = tuple(tuple(path.split(".")) for path in settings.fixed)
    problems += _absent(name, own, fixed)
    template = Template(name, settings.file, text, own, fixed)
    return Parsed(None if has_errors(problems) else template, tuple(problems))


def _fields_of_jobs(document: dict[str, JSON], file: SourceFile) -> Iterator[Diagnostic]:
    hints = {"jobName": "each job has its own", TEMPLATE: "a template takes nothing from another"}
    for name, why in hints.items():
        if name in document:
            yield JOB_FIELD.found(
                f"a template has no {quoted(name)}: {why}",
                hint="remove it",
                at=file.at(pointer_of(name), on_key=True),
            )


def _absent(
    name: str, document: dict[str, JSON], fixed: tuple[tuple[str, ...], ...]
) -> Iterator[Diagnostic]:
    for index, path in enumerate(fixed):
        if not has(document, path):
            yield FIXED_ABSENT.found(
                f'the template "{name}" fixes {".".join(path)}, which its file does not have',
                hint="write the field into the file, or remove it here",
                at=PLATFORM_FILE.at(pointer_of("templates", name, "fixed", index)),
            )


def _parts(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
