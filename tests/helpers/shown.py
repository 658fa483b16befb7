"""What tests of shown share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

from tests.helpers.command import ROOT, rayjobs

Values = dict[str, dict[str, Any]]


SCHEMA = json.loads((ROOT / "schemas/show.schema.json").read_text(encoding="utf-8"))


def shown(root: Path, name: str) -> Values:
    """The values of a job by path; what is printed follows its schema."""
    ran = rayjobs("show", name, "--root", root, "--format", "json")
    assert (ran.returncode, ran.stderr) == (0, "")
    document = json.loads(ran.stdout)
    jsonschema.validate(document, SCHEMA)
    return {one["path"]: one for one in document["values"]}


def where(one: dict[str, Any]) -> tuple[Any, ...]:
    return one["value"], one["from"], one["file"], one["line"], one["column"]
