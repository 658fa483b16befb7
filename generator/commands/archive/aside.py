"""Moving folders of jobs aside, and back, so that a run that is killed loses nothing.

What is moved keeps its path below a directory of the root. That this directory gets another name
is the one moment at which all of it is deleted: a killed run's is moved back before, and removed
after.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from generator.source.directories import opened_directory
from generator.source.moved_aside import PREFIX, SUFFIX, left_aside

_DONE = ".rayjobs-archived-"
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


class Aside:
    """A directory of the root, which ``top`` is open at, for what one run takes out of jobs/."""

    def __init__(self, top: int) -> None:
        self._top, self._name = top, f"{PREFIX}{os.getpid()}{SUFFIX}"
        # Not in jobs/, where what a killed run leaves would still be jobs.
        os.mkdir(self._name, 0o700, dir_fd=top)

    def take(self, source: int, folder: str) -> None:
        """Move ``folder``, a path below the root whose parent ``source`` is open at, in here."""
        parent, _, name = folder.rpartition("/")
        with (
            opened_directory(self._top, self._name) as aside,
            opened_directory(aside, parent, make=True) as target,
        ):
            os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)

    def files(self, folder: str) -> Iterator[str]:
        """The files and links of a folder that was taken, as paths below the root."""
        top = f"{self._name}/{folder}"
        for place, folders, files, inner in os.fwalk(top, dir_fd=self._top, follow_symlinks=False):
            links = [one for one in folders if stat.S_ISLNK(_mode(one, inner))]
            for file in (*files, *links):
                yield f"{place}/{file}".removeprefix(f"{self._name}/")

    def give_back(self) -> None:
        """Move all back; OSError, FileExistsError where something else has come in its place."""
        _give_back(self._top, self._name)

    def delete(self) -> None:
        """Delete all: a run that is killed meanwhile has deleted it, too."""
        done = f"{_DONE}{os.getpid()}{SUFFIX}"
        os.rename(self._name, done, src_dir_fd=self._top, dst_dir_fd=self._top)
        shutil.rmtree(done, dir_fd=self._top)


def mend(root: Path) -> None:
    """Finish what killed runs left: move back what was not deleted yet, remove what was.

    OSError, FileExistsError with the path where something else has come in its place.
    """
    with opened_directory(root) as top:
        for name in left_aside(root):
            _give_back(top, name)
        for name in os.listdir(top):
            if name.startswith(_DONE) and name.endswith(SUFFIX) and stat.S_ISDIR(_mode(name, top)):
                shutil.rmtree(name, dir_fd=top)


def _mode(name: str, directory: int) -> int:
    return os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode


def _give_back(top: int, name: str) -> None:
    with opened_directory(top, name) as aside:
        _merge(aside, top, "")
    os.rmdir(name, dir_fd=top)


def _merge(source: int, target: int, path: str) -> None:
    """Move what is in one directory, ``path`` below the root, into the other, and no file twice."""
    for name in sorted(os.listdir(source)):
        place = f"{path}/{name}" if path else name
        try:
            there = _mode(name, target)
        except FileNotFoundError:
            os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)
            continue
        if stat.S_ISDIR(there) and stat.S_ISDIR(_mode(name, source)):
            with opened_directory(source, name) as inner, opened_directory(target, name) as outer:
                _merge(inner, outer, place)
            os.rmdir(name, dir_fd=source)
        elif _is_same(name, source, target):
            os.unlink(name, dir_fd=source)
        else:
            raise FileExistsError(
                errno.EEXIST, "it is there again, and is not what was moved aside", place
            )


def _is_same(name: str, source: int, target: int) -> bool:
    """Whether both have the same file or link, as where Git has brought it back."""
    one, other = (_content(name, directory) for directory in (source, target))
    return one is not None and one == other


def _content(name: str, directory: int) -> tuple[int, bytes] | None:
    """The mode and the bytes of a file, of a link what it names; None of anything else."""
    mode = _mode(name, directory)
    if stat.S_ISLNK(mode):
        return mode, os.fsencode(os.readlink(name, dir_fd=directory))
    if not stat.S_ISREG(mode):
        return None
    with open(os.open(name, _FILE, dir_fd=directory), "rb") as file:
        return mode, file.read()
