"""Taking the folders of jobs out of jobs/: all of them or none, and only what Git can bring back.

Folders are opened relative to each other without following links, so that nothing outside of jobs/
is ever moved or removed.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from generator.source.atomic_write import PREFIX, SUFFIX, held_back, left_aside, opened_directory
from generator.source.files import JOBS, PARAMS
from generator.source.git import Git

_DONE = ".rayjobs-archived-"
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_REGULAR_OR_LINK = ("100644", "100755", "120000")
_HELD = "H"
"""What ``git ls-files -v`` says of a file that is looked at as any other is."""


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


@dataclass(frozen=True, slots=True)
class Refusal:
    """A folder that stays, and why; both relative to the root."""

    folder: str
    reason: str


@dataclass(slots=True)
class Tracked:
    """What Git says of everything below jobs/; paths are relative to the root.

    ``files`` are those of the index, ``differing`` what is not as HEAD has it, with the words for
    it, and ``odd`` what is no file of the index like any other.
    """

    files: set[str] = field(default_factory=set)
    differing: dict[str, str] = field(default_factory=dict)
    odd: dict[str, str] = field(default_factory=dict)


def read_tracked(root: Path) -> Tracked:
    """What Git says of jobs/ at ``root``, from three processes. GitError."""
    git = Git(root)
    prefix = os.fsdecode(git.run("rev-parse", "--show-prefix").removesuffix(b"\n"))
    tracked = Tracked()
    for entry in _entries(git.run("ls-files", "-s", "-v", "-z", "--", JOBS)):
        words, _, file = entry.partition("\t")
        tag, mode, *_ = words.split(" ")
        tracked.files.add(file)
        if mode not in _REGULAR_OR_LINK:
            tracked.odd[file] = "is a submodule"
        elif tag != _HELD:
            tracked.odd[file] = "is a file whose changes Git was told to overlook"
    options = ("--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignored=matching")
    printed = git.run("status", "--ignore-submodules=all", *options, "--", JOBS)
    for entry in _entries(printed):
        tracked.differing[entry[3:].removeprefix(prefix)] = _words(entry[:2])
    return tracked


def _entries(printed: bytes) -> Iterator[str]:
    return (os.fsdecode(entry) for entry in printed.split(b"\0") if entry)


def _words(status: str) -> str:
    known = {"??": "is not in Git", "!!": "is ignored by Git"}
    return known.get(status, "has changes that are not committed")


def refusals(folders: Iterable[str], tracked: Tracked) -> list[Refusal]:
    """The folders that cannot be taken away, each with the first reason."""
    inside = _by_folder([*tracked.files, *tracked.differing])
    found = ((folder, next(_reasons(folder, inside, tracked), None)) for folder in folders)
    return [Refusal(folder, reason) for folder, reason in found if reason is not None]


def _by_folder(paths: Iterable[str]) -> dict[str, list[str]]:
    """Every folder with all that is in it, at any depth, sorted."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(set(paths)):
        folder = path.rstrip("/").rpartition("/")[0]
        while folder:
            found[folder].append(path)
            folder = folder.rpartition("/")[0]
    return found


def _reasons(folder: str, inside: Mapping[str, list[str]], tracked: Tracked) -> Iterator[str]:
    own = f"{folder}/{PARAMS}"
    if folder == JOBS:
        yield f"{own} has no folder of its own"
    if own not in tracked.files and own not in tracked.differing:
        yield f"{own} is not in Git"
    for path in inside.get(folder, ()):
        if words := tracked.differing.get(path) or tracked.odd.get(path):
            yield f"{path} {words}"
        if path != own and path.endswith(f"/{PARAMS}"):
            yield f"{path} is another job"


def remove_folders(root: Path, folders: Iterable[str], tracked: Tracked) -> list[Refusal]:
    """Take the folders away, all or none; gives why not. OSError where nothing could be moved.

    Each is first moved aside: what goes wrong until all are is undone, and so is what a signal
    ends. A folder whose parent holds nothing more takes the parent with it, as Git does, but not
    jobs/ itself.
    """
    wanted = list(folders)
    inside = _by_folder(tracked.files)
    with held_back() as let_through, opened_directory(root) as top:
        aside = Aside(top)
        try:
            found: list[Refusal] = []
            for folder in wanted:
                let_through()
                found += _take(root, folder, aside, inside)
        except BaseException:
            aside.give_back()
            raise
        if found:
            aside.give_back()
            return found
        aside.delete()
        for folder in wanted:
            _remove_empty_parents(root, folder)
    return []


def _take(
    root: Path, folder: str, aside: Aside, inside: Mapping[str, list[str]]
) -> Iterator[Refusal]:
    """Move a folder aside; a refusal where it holds something else by now."""
    parent, _, name = folder.rpartition("/")
    with opened_directory(root, parent) as descriptor:
        mode = os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode
        if not stat.S_ISDIR(mode):
            yield Refusal(folder, "it is no directory")
            return
        aside.take(descriptor, folder)
    if set(aside.files(folder)) != set(inside[folder]):
        yield Refusal(folder, "its files have changed in the meantime")


def _remove_empty_parents(root: Path, folder: str) -> None:
    parent = folder.rpartition("/")[0]
    while parent != JOBS:
        above, _, name = parent.rpartition("/")
        with suppress(OSError), opened_directory(root, above) as descriptor:
            os.rmdir(name, dir_fd=descriptor)
        parent = above
