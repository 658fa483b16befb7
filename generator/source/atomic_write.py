"""Writing a file whole or not at all: a reader sees what was there before, or all of the new."""

from __future__ import annotations

import _thread
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from generator.diagnostics import Diagnostic, Location, error

PREFIX, SUFFIX = ".rayjobs-archive-", ".tmp"

MOVED_ASIDE = error("source/moved-aside", "A killed `archive --delete` left jobs beside jobs/.")


def left_aside(root: Path) -> list[str]:
    """The directories of runs that did not come to an end, sorted. OSError."""
    with os.scandir(root) as entries:
        return sorted(
            entry.name
            for entry in entries
            if entry.name.startswith(PREFIX)
            and entry.name.endswith(SUFFIX)
            and entry.is_dir(follow_symlinks=False)
        )


def files_aside(root: Path, name: str) -> list[str]:
    """The files in such a directory as the paths that they had below ``root``, sorted."""
    top = os.path.join(root, name)
    return sorted(_files(top))


def _files(top: str) -> Iterator[str]:
    for place, folders, files in os.walk(top):
        links = [one for one in folders if os.path.islink(os.path.join(place, one))]
        for file in (*files, *links):
            yield os.path.relpath(os.path.join(place, file), top)


def moved_aside(root: Path, jobs: str) -> Iterator[Diagnostic]:
    """A finding about ``jobs`` for each directory that holds what was in it."""
    try:
        names = left_aside(root)
    except OSError:
        # jobs/ is looked at in any case, and that says why it cannot be.
        return
    for name in names:
        files = files_aside(root, name)
        if files:
            more = f" and {len(files) - 1:,} more" if len(files) > 1 else ""
            yield MOVED_ASIDE.found(
                f"a killed `rayjobs archive --delete` left {files[0]}{more} in {name}/",
                hint="run `rayjobs archive --delete` again, which first moves them back, or move "
                "them by hand",
                at=Location(jobs),
            )


_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_BELOW = _DIRECTORY | os.O_NOFOLLOW


@contextmanager
def opened_directory(top: Path | int, path: str = "", *, make: bool = False) -> Iterator[int]:
    """Yield a descriptor of ``top/path``, no part of which below ``top`` may be a link; OSError.

    ``top`` is a path or the descriptor of an open directory, which stays open. With ``make`` the
    directories of ``path`` that are not there are made.
    """
    descriptor = os.dup(top) if isinstance(top, int) else os.open(top, _DIRECTORY)
    try:
        for part in path.split("/") if path else ():
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=descriptor)
            # Named before the other is closed: a signal in between must not have it closed twice.
            outer, descriptor = descriptor, os.open(part, _BELOW, dir_fd=descriptor)
            os.close(outer)
        yield descriptor
    finally:
        os.close(descriptor)


_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def exit_on_signals() -> None:
    """Exit where one arrives, with 128 and its number as shells count; what is ignored stays so."""
    for number in _heeded():
        signal.signal(number, _exit)


def _heeded() -> list[signal.Signals]:
    return [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]


def _exit(number: int, frame: FrameType | None) -> None:
    # What cleans up from here on is not interrupted by another.
    for each in _heeded():
        signal.signal(each, _overlook)
    raise SystemExit(128 + number)


def deliver(number: signal.Signals = signal.SIGTERM) -> None:
    """Let the main thread act, from any thread, as if a signal had come."""
    _thread.interrupt_main(number)


def _overlook(number: int, frame: FrameType | None) -> None:
    """Not the system's way to ignore it: programs that are run would inherit that."""


@contextmanager
def held_back() -> Iterator[Callable[[], None]]:
    """Keep signals from raising anywhere in the block but where what is given is called.

    One that has come meanwhile takes effect at the end of the block.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)

    before = {number: signal.signal(number, note) for number in _heeded()}

    def let_through() -> None:
        if came:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.raise_signal(came.pop(0))

    try:
        yield let_through
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        let_through()


_PREFIX, _SUFFIX = ".rayjobs-", ".tmp"
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def temporary_name(number: int | None = None) -> str:
    """Return the name of a temporary file of this process, of several the one of that number."""
    which = "" if number is None else f"-{number}"
    return f"{_PREFIX}{os.getpid()}{which}{_SUFFIX}"


def is_temporary(name: str) -> bool:
    """Return whether a file of that name is a temporary one, of this process or a killed one."""
    return name.startswith(_PREFIX) and name.endswith(_SUFFIX)


def write_new(path: str | Path, content: bytes, directory: int | None = None) -> None:
    """Write a file that is not there; OSError. The path is relative to the open ``directory``."""
    descriptor = os.open(path, _CREATE, 0o666, dir_fd=directory)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


def replace_atomically(place: Path, content: bytes) -> None:
    """Write a file in the place of the one that is there, if any. OSError."""
    temporary = place.with_name(temporary_name())
    try:
        write_new(temporary, content)
        os.replace(temporary, place)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def create_atomically(place: Path, content: bytes) -> None:
    """Write a file that is not there. FileExistsError, OSError."""
    temporary = place.with_name(temporary_name())
    try:
        write_new(temporary, content)
        try:
            os.link(temporary, place)
        except FileExistsError:
            raise
        except OSError:
            # No links on this file system. The name is taken first: nothing is written over.
            write_new(place, b"")
            _replace_empty(temporary, place)
    finally:
        with suppress(OSError):
            temporary.unlink()


def _replace_empty(temporary: Path, place: Path) -> None:
    try:
        os.replace(temporary, place)
    except BaseException:
        with suppress(OSError):
            place.unlink()
        raise


def write_files(directory: Path, files: Mapping[str, str]) -> None:
    """Write all files or none; OSError, FileExistsError where one has come in the meantime."""
    with held_back() as let_through:
        _write_all(directory, files, let_through)


def _write_all(directory: Path, files: Mapping[str, str], let_through: Callable[[], None]) -> None:
    written: list[Path] = []
    made: list[Path] = []
    try:
        for path, text in files.items():
            let_through()
            place = directory / path
            for parent in reversed(list(_missing(place.parent))):
                parent.mkdir()
                made.append(parent)
            create_atomically(place, text.encode())
            written.append(place)
    except BaseException:
        for place in written:
            with suppress(OSError):
                place.unlink()
        for parent in reversed(made):
            with suppress(OSError):
                parent.rmdir()
        raise


def _missing(directory: Path) -> Iterator[Path]:
    """``directory`` and its parents that are not there, inner ones first."""
    while not os.path.lexists(directory):
        yield directory
        directory = directory.parent
