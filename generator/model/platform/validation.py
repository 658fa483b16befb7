"""From the text of platform.yaml to a :class:`Platform`, or to what is wrong with it."""

from __future__ import annotations

from functools import cache, lru_cache

from generator.fields.schemas import read_schema
from generator.model.platform.model import FILE, PLATFORM_FILE, Platform
from generator.source.parsed import Parsed
from generator.source.repository_files import Files
from generator.source.schema_errors import DocumentSchema


@cache
def _schema() -> DocumentSchema:
    return DocumentSchema(read_schema("platform.schema.json"))


def load_platform(files: Files) -> Parsed[Platform]:
    """Return the platform, or None and what is wrong with its file.

    Without the file the guide's defaults apply.
    """
    read = files.named(FILE)
    if read is None:
        return Parsed(Platform())
    if read.value is None:
        return Parsed(None, read.problems)
    return platform_from(read.value)


@lru_cache(maxsize=2)
def platform_from(text: str) -> Parsed[Platform]:
    """Return the platform that ``text`` describes, or None and what is wrong in which place.

    Read once: it is most of what a small run costs, and mostly the same in the work tree and at
    the base.
    """
    # Imported here: a repository without the file never pays for a YAML reader.
    from generator.source.yaml_document import decode_yaml

    document = decode_yaml(text, FILE)
    if document.problems:
        return Parsed(None, tuple(document.problems))
    schema = _schema()
    if not schema.accepts(document.value):
        return Parsed(None, tuple(schema.explain(document.value, PLATFORM_FILE)))
    return Parsed(Platform.model_validate(document.value))
