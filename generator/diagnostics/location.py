"""Where a finding stands: in a file's document, and in the end in its text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file's document, known when the finding is.

    ``file`` is relative to the repository's root, with ``/``. ``pointer`` is a JSON pointer
    (RFC 6901) into its document; None for what concerns the file as a whole. ``on_key`` tells that
    the member's name is meant rather than its value. ``taken_by`` is the file of the job that is
    judged, where the value stands in the file of its template.
    """

    file: str | None = None
    pointer: str | None = None
    on_key: bool = False
    taken_by: str | None = None


NOWHERE = Location()


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file whose document is judged, which tells where a value of it stands."""

    file: str | None = None

    def at(self, pointer: str, *, on_key: bool = False) -> Location:
        """Return where the value at ``pointer`` stands."""
        return Location(self.file, pointer, on_key)


UNNAMED_FILE = SourceFile()
"""A document that is in no file, or in one whose name does not matter."""


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a text.

    ``line`` and ``column`` are 1-based and count characters. ``source_line`` is the text of the
    line, of a long one what stands around the column, and ``caret`` counts the characters of it
    before the column.
    """

    line: int
    column: int
    source_line: str
    caret: int


def pointer_of(*parts: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of a path: of ``"a/b", 0`` it is ``/a~1b/0``."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)
