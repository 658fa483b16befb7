"""What can be wrong with a tree of generated files: the rules, and their findings in words."""

from __future__ import annotations

import os
from itertools import accumulate
from pathlib import Path

from generator.diagnostics import Diagnostic, Location, error

FOREIGN = error("rendered/foreign-file", "A file among generated ones was not written by rayjobs.")
FOREIGN_DIRECTORY = error(
    "rendered/foreign-directory", "A directory among generated files holds none of them."
)
IN_THE_WAY = error("rendered/in-the-way", "Something else stands where a file is to be written.")
LINK = error("rendered/symlink", "A symbolic link stands among generated files.")
WOULD_BE_EMPTY = error("rendered/would-be-empty", "All generated files would be deleted.")
CANNOT_READ = error("rendered/cannot-read", "A generated file or directory cannot be read.")
CANNOT_WRITE = error("rendered/cannot-write", "A generated file or directory cannot be written.")
STALE = error("rendered/stale", "rendered/ is not what the jobs render to.")
SYNC_STALE = error("sync/stale", "sync/flux/namespaces/ has not one Kustomization a namespace.")

_MOVE_OUT = "move it out of {}/: Argo CD and Flux apply whatever lies there"


def would_be_empty(directory: str, count: int) -> Diagnostic:
    """Return the finding that all ``count`` files of a tree would go."""
    return WOULD_BE_EMPTY.found(
        f"there is no job left, and all {count} files of {directory}/ would be deleted",
        hint="Flux and Argo CD would delete every job; if that is meant, say --allow-empty",
        at=Location(directory),
    )


def foreign_file(file: str, directory: str) -> Diagnostic:
    """Return the finding of a file of the tree ``directory`` without the header of rayjobs."""
    return FOREIGN.found(
        "this file was not written by rayjobs", hint=_MOVE_OUT.format(directory), at=Location(file)
    )


def foreign_directory(file: str, directory: str) -> Diagnostic:
    """Return the finding of a directory of the tree that holds nothing of rayjobs.

    A submodule that is not checked out looks so, and both engines would check it out.
    """
    return FOREIGN_DIRECTORY.found(
        "this directory is empty; a submodule may stand here",
        hint=f"remove it with `rmdir`, or with `git rm` where it is a submodule of {directory}/",
        at=Location(file),
    )


def too_deep(file: str, directory: str) -> Diagnostic:
    """Return the finding of a directory so deep in the tree that nothing is rendered there."""
    return FOREIGN_DIRECTORY.found(
        "nothing is rendered so deep", hint=_MOVE_OUT.format(directory), at=Location(file)
    )


def repository(file: str) -> Diagnostic:
    """Return the finding of a ``.git`` in the tree."""
    return FOREIGN.found(
        "this makes its directory a Git repository of its own, or a submodule",
        hint="remove that directory, a submodule with `git rm`: both engines would apply it",
        at=Location(file),
    )


def in_the_way(file: str, what: str, wanted: str = "a file") -> Diagnostic:
    """Return the finding of ``what`` standing where ``wanted`` is to be written."""
    return IN_THE_WAY.found(
        f"{what} stands where {wanted} is to be written",
        hint="move or remove it: what rayjobs did not write it does not touch",
        at=Location(file),
    )


def link(file: str) -> Diagnostic:
    """Return the finding of a symbolic link in the tree."""
    return LINK.found(
        "this is a symbolic link", hint="remove it: links are not followed", at=Location(file)
    )


def not_a_directory(root: Path, place: str) -> Diagnostic:
    """Return the finding of a path of which some part is no directory."""
    for part in accumulate(place.split("/"), "{}/{}".format):
        if os.path.islink(os.path.join(root, part)):
            return link(part)
    hint = "move or remove it: a directory belongs here"
    return IN_THE_WAY.found("this is no directory", hint=hint, at=Location(place))


def cannot_read(file: str, problem: OSError) -> Diagnostic:
    """Return the finding of an operating-system error while reading the tree."""
    reason = problem.strerror or type(problem).__name__
    hint = "correct its permissions, then run again"
    return CANNOT_READ.found(f"cannot be read: {reason}", hint=hint, at=Location(file))


def cannot_write(file: str, problem: OSError) -> Diagnostic:
    """Return the finding of an operating-system error while writing the tree."""
    reason = problem.strerror or type(problem).__name__
    return CANNOT_WRITE.found(
        f"cannot be written: {reason}",
        hint="make room or correct the permissions, then run again: it goes on where it stopped",
        at=Location(file),
    )
