"""``rayjobs archive``: a finished job's folder goes, then its RayJob, and its claim stays."""

from __future__ import annotations

import json
import subprocess
from html.parser import HTMLParser

from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.gone import wait_gone
from tests.e2e.scenarios.live_status import COMPLETE, write_status
from tests.e2e.scenarios.members import PLATFORM, job, said, uids, wait_for_copies
from tests.e2e.scenarios.one_engine import WITH_FLUX
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.control_planes import MEMBERS, ControlPlanes
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine

# What Karmada says of a job is the same whichever engine has brought it.
pytestmark = WITH_FLUX

ALL = {"mode": "all"}


class Texts(HTMLParser):
    """Every text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def test_a_finished_job_goes_and_its_claim_stays(
    engine: SyncEngine, repository: Repository, planes: ControlPlanes, observed: Observed
) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        kubeconfig = str(planes.kubeconfig("karmada"))
        ran = repository.rayjobs(*arguments, "--kubeconfig", kubeconfig)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran

    def listed() -> list[str]:
        ran = run("archive", "--finished-for", "0h", "--format", "json")
        return [one["name"] for one in json.loads(ran.stdout)["jobs"]]

    create_credentials(planes, "default")
    repository.delete_jobs()
    repository.write_platform(PLATFORM)
    for name in ("done-1", "goes-on-1"):
        repository.write_job(job(name, list(MEMBERS), scheduling=ALL, pvcName="archive-results"))
    engine.applied(repository.push())
    wait_for_copies(planes, said(repository)["done-1"])
    first, *others = MEMBERS
    write_status(planes, "done-1", first, COMPLETE)
    assert listed() == [], "a copy still runs"
    for member in others:
        write_status(planes, "done-1", member, COMPLETE)
    assert listed() == ["done-1"]
    claims = uids(planes, "PersistentVolumeClaim", "archive-results", "default")
    assert len(claims) == len(MEMBERS)

    assert run("page", "site").stdout == "wrote site/index.html\n"
    page = Texts()
    page.feed((repository.directory / "site/index.html").read_text(encoding="utf-8"))
    (repository.directory / "site/index.html").unlink()
    (repository.directory / "site").rmdir()
    at = page.found.index("default/done-1")
    assert page.found[at + 1] == "Succeeded"
    observed(f"rayjobs page: {' '.join(page.found[at : at + 4])}")

    for line in run("archive", "--finished-for", "0h", "--delete").stdout.splitlines():
        observed(line)
    engine.applied(repository.push())
    wait_gone(planes, "done-1", "default")
    assert uids(planes, "PersistentVolumeClaim", "archive-results", "default") == claims
    assert planes["karmada"].get("RayJob", "goes-on-1") is not None
    history = repository.rayjobs("history", "done-1")
    assert "removed" in history.stdout, history.stderr
    observed("its RayJob is gone from Karmada and the members; claim and other job are untouched")
    repository.delete_jobs()
    engine.applied(repository.push("--allow-empty"))
