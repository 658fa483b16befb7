"""What tests of doctor share."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from generator.karmada.doctor.run import DoctorDocument
from tests.helpers.command import ROOT, rayjobs
from tests.live.recorded import TOKEN

CHECKER = Draft202012Validator(DoctorDocument.json_schema())


SECRETS = "/api/v1/namespaces/{}/secrets"


VALUE = "RVhBTVBMRS1WQUxVRQ=="
"""EXAMPLE-VALUE, which no output may hold."""


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    ran = rayjobs("doctor", *arguments, cwd=root)
    for secret in (TOKEN, VALUE, "EXAMPLE-VALUE"):
        assert secret not in ran.stdout + ran.stderr
    return ran


def findings(root: Path, *arguments: str, code: int = 1) -> dict[str, list[dict[str, Any]]]:
    """By check, what was printed as JSON, which its schema takes."""
    ran = run(root, "--format", "json", *arguments)
    assert ran.returncode == code, ran.stdout + ran.stderr
    printed = json.loads(ran.stdout)
    assert list(CHECKER.iter_errors(printed)) == []
    found: dict[str, list[dict[str, Any]]] = {}
    for one in printed["findings"]:
        assert (one["outcome"] == "ok") == (one["hint"] == "")
        found.setdefault(one["check"], []).append(one)
    return found


def told(found: dict[str, list[dict[str, Any]]], check: str) -> list[tuple[str, str]]:
    return [(one["outcome"], one["message"]) for one in found.get(check, [])]


@cache
def openapi() -> dict[str, Any]:
    """By path, what the API server says of the kinds, by the schemas that are shipped.

    All tests are given the same: one that changes something copies it.
    """
    groups: dict[str, dict[str, Any]] = {}
    for directory, kind in (
        ("ray.io", "RayJob"),
        ("policy.karmada.io", "PropagationPolicy"),
        ("policy.karmada.io", "OverridePolicy"),
    ):
        (file,) = (ROOT / "schemas/kubernetes" / directory).glob(f"{kind.lower()}_*.json")
        version = file.stem.partition("_")[2]
        schema = expanded(json.loads(file.read_text(encoding="utf-8")))
        schema["x-kubernetes-group-version-kind"] = [
            {"group": directory, "kind": kind, "version": version}
        ]
        path = f"/openapi/v3/apis/{directory}/{version}"
        document = groups.setdefault(path, {"components": {"schemas": {}}})
        document["components"]["schemas"][kind] = schema
    binding = {
        "properties": {"spec": {"type": "object", "properties": {"workloadAffinityGroups": {}}}},
        "x-kubernetes-group-version-kind": [
            {"group": "work.karmada.io", "kind": "ResourceBinding", "version": "v1alpha2"}
        ],
    }
    groups["/openapi/v3/apis/work.karmada.io/v1alpha2"] = {
        "components": {"schemas": {"ResourceBinding": binding}}
    }
    return groups


def expanded(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without references: API servers serve those of CustomResources so."""
    shared = schema.pop("$defs", {})

    def expand(node: Any) -> Any:
        if isinstance(node, list):
            return [expand(item) for item in node]
        if not isinstance(node, dict):
            return node
        if isinstance(reference := node.get("$ref"), str):
            return expand(shared[reference.rpartition("/")[2]])
        return {key: expand(value) for key, value in node.items()}

    found: dict[str, Any] = expand(schema)
    return found
