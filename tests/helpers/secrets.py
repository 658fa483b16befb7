"""What tests of secrets share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def objects(root: Path, name: str, namespace: str = "default") -> list[Any]:
    file = root / "rendered" / namespace / f"{name}.yaml"
    return list(yaml.safe_load_all(file.read_text(encoding="utf-8")))


def credentials_in(root: Path, namespace: str = "default") -> set[str]:
    return {file.stem for file in (root / "rendered" / namespace / "credentials").glob("*")}
