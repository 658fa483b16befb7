"""Run one version of ``rayjobs`` in each repository of a corpus, and keep all it prints and writes.

Each run is a process that is forked from one which has imported the package: what is found first
on PYTHONPATH is what is run.
"""

from __future__ import annotations

import gc
import gzip
import json
import os
import pkgutil
import re
import runpy
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.fuzzing.trees import snapshot
from tools.same_output.cases import Case, lay_out_case, read_corpus

FORMATS = ("text", "github", "gitlab", "json", "sarif", "junit", "markdown")
_COMMANDS = (
    *("archive", "check", "clusters", "diff", "doctor", "explain", "history", "init", "list"),
    *("logs", "new", "page", "render", "schema", "show", "status", "sync", "validate"),
)
_ABOUT_NO_REPOSITORY = (
    ["--help"],
    *([command, "--help"] for command in _COMMANDS),
    *(["explain", *words] for words in ([], ["scheduling.mode"], ["job/entrypoint"], ["jbo"])),
    *(["schema", name] for name in ("params", "platform")),
    *(["list"], ["history"], ["show", "--all"], ["sync", "flux"], ["no-such-command"]),
)
"""What is run once, over the samples."""
_TOKEN = re.compile(r"(?<=::stop-commands::)[0-9a-f]{32}|(?<=^::)[0-9a-f]{32}(?=::$)", re.MULTILINE)
"""A random word that ends what GitHub must not read as commands."""


def record(corpus: Path, output: Path, part: int, parts: int) -> None:
    """Write what is printed and written for every ``parts``-th repository, from ``part`` on."""
    _import_all()
    with gzip.open(output, "wt", compresslevel=1) as opened, tempfile.TemporaryDirectory() as top:
        root = Path(top, "repository")
        for number, case in enumerate(read_corpus(corpus)):
            if number % parts == part:
                root.mkdir()
                lay_out_case(case, root)
                for ran in _runs(case, root, Path(top)):
                    opened.write(json.dumps([case.name, *ran]) + "\n")
                shutil.rmtree(root)


def _import_all() -> None:
    import generator

    for module in pkgutil.walk_packages(generator.__path__, "generator."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    gc.freeze()


def _runs(case: Case, root: Path, top: Path) -> Iterator[tuple[str, Any]]:
    """Each command line, and what came of it."""
    reports = [f"--report={name}={name}.report" for name in FORMATS]
    base = [["check", "--conformance=embedded", "--base=HEAD", *reports]] if case.before else []
    of_git = [["list", "--format=json"], ["history", "--format=json"]] if case.before else []
    of_program = _ABOUT_NO_REPOSITORY if case.name == "samples" else ()
    for arguments in (
        *of_program,
        ["check", "--conformance=embedded", *reports],
        ["validate", "--strict", "--quiet"],
        ["diff"],
        *base,
        *of_git,
        ["show", "--format=json", *_first_job(root)],
        ["render"],
        ["check", "--conformance=embedded", "--format=json"],
    ):
        yield " ".join(arguments), _run(arguments, root, top)


def _first_job(root: Path) -> list[str]:
    found = sorted(root.glob("jobs/*/*/params.json"))
    return [f"{found[0].relative_to(root)}"] if found else ["none"]


def _run(arguments: list[str], root: Path, top: Path) -> dict[str, Any]:
    streams = [top / "stdout", top / "stderr"]
    pid = os.fork()
    if pid == 0:
        _become_rayjobs(arguments, root, streams)
    _, status = os.waitpid(pid, 0)
    written = {}
    for report in sorted(root.glob("*.report")):
        written[report.name] = _text(report.read_bytes(), top)
        report.unlink()
    if arguments[0] == "render" and (root / "rendered").is_dir():
        for path, (mode, content) in sorted(snapshot(root / "rendered").items()):
            written[ascii(os.path.relpath(path, root))] = f"{mode:o} {_text(content, top)}"
    out, err = (_text(stream.read_bytes(), top) for stream in streams)
    return {
        "exit": os.waitstatus_to_exitcode(status),
        "stdout": out,
        "stderr": err,
        "written": written,
    }


def _text(content: bytes, top: Path) -> str:
    """Return what was written without what differs from run to run."""
    text = content.decode("utf-8", "backslashreplace")
    return _TOKEN.sub("TOKEN", text.replace(os.fspath(top), "TOP"))


def _become_rayjobs(arguments: list[str], root: Path, streams: list[Path]) -> None:
    try:
        for number, stream in enumerate(streams, start=1):
            os.dup2(os.open(stream, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.chdir(root)
        os.environ.update(NO_COLOR="1", COLUMNS="80", TZ="UTC")
        sys.argv = ["rayjobs", *arguments]
        runpy.run_module("generator", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 70)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(71)


if __name__ == "__main__":
    record(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
