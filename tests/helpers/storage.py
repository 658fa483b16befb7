"""What tests of storage share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.helpers.jobs import minimal_job

TO_OBJECTS = "storage: {objectStorageOutput: [xgboost]}\n"


def platform(root: Path, text: str) -> None:
    (root / "platform.yaml").write_text(text, encoding="utf-8")


def object_job(uri: str | None = "s3://results/run-1", **changes: Any) -> dict[str, Any]:
    """A job whose results go to object storage."""
    output = {"destinationType": "object-storage", **({"artifactUri": uri} if uri else {})}
    resources = {k: v for k, v in minimal_job()["resources"].items() if k != "volumeSizeGB"}
    return minimal_job(**{"outputDataConfig": output, "resources": resources, **changes})


def pods(job: Any) -> list[Any]:
    """The specs of head and workers."""
    cluster = job["spec"]["rayClusterSpec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    return [group["template"]["spec"] for group in groups]
