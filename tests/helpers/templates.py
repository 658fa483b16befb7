"""What tests of templates share."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.helpers.command import ROOT, rayjobs
from tests.helpers.jobs import minimal_job

FILE = "templates/large.json"


LARGE: dict[str, Any] = {
    "algorithm": {"algorithmName": "xgboost"},
    "resources": {
        "instanceResources": {"cpuCores": 8, "memoryGiB": 64, "gpuCount": 2},
        "instanceCount": 2,
        "volumeSizeGB": 1,
    },
    "hyperparameters": {"xgboost": {"eta": 0.1, "max_depth": 8}},
    "inputDataConfig": minimal_job()["inputDataConfig"],
    "targetClusters": ["c1"],
}


def has_template(
    root: Path, document: Any = LARGE, *, fixed: tuple[str, ...] = (), file: str = FILE
) -> None:
    """Write a template and the platform.yaml that names it ``large``."""
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    settings = {"file": FILE, "fixed": list(fixed)}
    (root / "platform.yaml").write_text(json.dumps({"templates": {"large": settings}}, indent=1))


def job(name: str = "train-1", **fields: Any) -> dict[str, Any]:
    return {"jobName": name, "template": "large", **fields}


def place(root: Path, file: str, text: str) -> tuple[int, int]:
    """Line and column of the first time that a text stands in a file."""
    before = (root / file).read_text(encoding="utf-8").partition(text)[0]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def written(root: Path, name: str) -> dict[str, Any]:
    (file,) = root.glob(f"jobs/*/{name}/params.json")
    document: dict[str, Any] = json.loads(file.read_text())
    return document


def new(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return rayjobs("new", "train-2", "--root", root, *arguments)


def on_a_terminal(
    root: Path, answers: list[str], *arguments: str, name: str = "train-2"
) -> tuple[int, str]:
    """Exit code and output of ``rayjobs new`` with a terminal, each answer a line."""
    main, terminal = pty.openpty()
    ran = subprocess.Popen(
        [sys.executable, "-m", "generator", "new", name, "--root", str(root), *arguments],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb", "COLUMNS": "200"},
        start_new_session=True,
    )
    os.close(terminal)
    os.write(main, "".join(f"{answer}\n" for answer in answers).encode("utf-8", "surrogateescape"))
    said = b""
    # Linux ends reading with an error once nobody has the other side open.
    with contextlib.suppress(OSError):
        while part := os.read(main, 4096):
            said += part
    os.close(main)
    return ran.wait(timeout=60), said.decode(errors="replace")
