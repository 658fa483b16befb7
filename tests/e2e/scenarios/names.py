"""Names and texts by which a sync engine could take a file for another tool's, or leave it out."""

from __future__ import annotations

from typing import Any

from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.gone import wait_no_jobs
from tests.e2e.scenarios.members import job
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.control_planes import ControlPlanes
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine

CLAIMS = {
    "cloudbuild": "kustomization.yml",
    "kustomization-1": "chart.yaml",
    "helm": "values.yaml",
    "null": "0x1f",
}
"""By job, its claim."""
SKIPPED = "+argocd:skip-file-rendering"
"""Argo CD applies no file that holds these bytes."""


def test_no_name_and_no_text_keeps_a_file_from_being_applied(
    engine: SyncEngine, repository: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    create_credentials(planes, "default")
    repository.delete_jobs()
    named: list[dict[str, Any]] = [job(name, pvcName=claim) for name, claim in CLAIMS.items()]
    named.append(job("says-skip", customHyperparameters={"text": SKIPPED}))
    for one in named:
        repository.write_job(one)
    engine.applied(repository.push())
    for one in named:
        assert planes["karmada"].get("RayJob", one["jobName"]), one["jobName"]
        assert planes["karmada"].get("PersistentVolumeClaim", one["pvcName"]), one["pvcName"]
    repository.delete_jobs()
    engine.applied(repository.push())
    wait_no_jobs(planes, "karmada")
    observed(f"applied as others are: {', '.join((*CLAIMS, *CLAIMS.values(), SKIPPED))}")
