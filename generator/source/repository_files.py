"""The files of a repository, wherever they lie: in the work tree, or in a commit (``GitTree``)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from generator.source.files import Found, find_jobs
from generator.source.parsed import Parsed
from generator.source.reading import read_text, through_link


class Files(Protocol):
    """Files by their paths below the repository's root, with ``/``."""

    def jobs(self) -> Found:
        """Return the params.json of every job, and what is wrong around them."""

    def text(self, file: str) -> Parsed[str]:
        """Return the text of a file that is there."""

    def named(self, file: str) -> Parsed[str] | None:
        """Return the text of a file that people name: platform.yaml, or one that it names.

        None where there is no such file. No directory on the way to it may be a symbolic link.
        """


@dataclass(frozen=True, slots=True)
class WorkTree:
    """The files below ``root``, each read when it is asked for."""

    root: Path

    def jobs(self) -> Found:
        """See :class:`Files`."""
        return find_jobs(self.root)

    def text(self, file: str) -> Parsed[str]:
        """See :class:`Files`."""
        return read_text(self.root, file)

    def named(self, file: str) -> Parsed[str] | None:
        """See :class:`Files`."""
        if linked := through_link(self.root, file):
            return Parsed(None, (linked,))
        if not os.path.lexists(os.path.join(self.root, file)):
            return None
        return self.text(file)


@dataclass(frozen=True, slots=True)
class Overlaid:
    """``files``, of which those in ``texts`` have another text."""

    files: Files
    texts: Mapping[str, str]

    def jobs(self) -> Found:
        """See :class:`Files`."""
        return self.files.jobs()

    def text(self, file: str) -> Parsed[str]:
        """See :class:`Files`."""
        return Parsed(self.texts[file]) if file in self.texts else self.files.text(file)

    def named(self, file: str) -> Parsed[str] | None:
        """See :class:`Files`."""
        return self.files.named(file)
