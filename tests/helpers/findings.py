"""What a json report has of a rule."""

from __future__ import annotations

from typing import Any

from tests.helpers.jobs import minimal_job


def found(document: dict[str, Any], rule: str) -> list[tuple[str, str]]:
    """The files and pointers that a rule was found at."""
    return [(d["file"], d["pointer"]) for d in document["diagnostics"] if d["rule"] == rule]


def claim_job(name: str, size: int | None = None, **changes: Any) -> dict[str, Any]:
    resources: dict[str, Any] = dict(minimal_job()["resources"])
    del resources["volumeSizeGB"]
    if size:
        resources["volumeSizeGB"] = size
    if storage_class := changes.pop("storage_class", None):
        resources["storageClassName"] = storage_class
    return minimal_job(name, pvcName="shared", resources=resources, **changes)
