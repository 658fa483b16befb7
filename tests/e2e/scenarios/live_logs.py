"""Issue 7's logs: what a training prints is read through Karmada, also once its cluster is gone."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.scenarios.one_engine import WITH_FLUX
from tests.e2e.scenarios.reader import Reader
from tests.e2e.scenarios.recording import record
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.scenarios.site import FOLLOWED, MEMBER, Site, Trainings, logs_command
from tests.e2e.session.api import Object
from tests.e2e.session.control_planes import ControlPlanes
from tests.e2e.session.repository import ROOT, Repository
from tests.e2e.session.waiting import NotYetError, wait_for
from tests.live.recorded import PROXY

# What Karmada's proxy answers is the same whichever engine has brought the job.
pytestmark = WITH_FLUX

PRINTED = "iris/train.csv: 200 rows"
"""What the training script prints."""


@pytest.fixture
def followed(trainings: Trainings) -> subprocess.CompletedProcess[str]:
    """What came from following a job's log since before it was pushed."""
    return trainings.followed


def run(
    repository: Repository, planes: ControlPlanes, *arguments: str
) -> subprocess.CompletedProcess[str]:
    ran = run_as(planes.kubeconfig("karmada"), repository, *arguments)
    assert ran.returncode in (0, 1), ran.stderr
    return ran


def run_as(
    kubeconfig: Path, repository: Repository, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        logs_command(kubeconfig, FOLLOWED, *arguments),
        cwd=repository.directory,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_log_is_followed_from_before_there_is_a_pod(
    followed: subprocess.CompletedProcess[str],
    site: Site,
    observed: Observed,
) -> None:
    assert followed.returncode == 0, followed.stderr
    (file,) = site.state.glob(f"logs/{FOLLOWED}-?????.ray-job-submitter.log")
    assert followed.stdout == file.read_text()
    assert PRINTED in followed.stdout
    assert followed.stderr.startswith("not on Karmada yet\n")
    for line in followed.stderr.splitlines():
        observed(line)
    observed(f"then {followed.stdout.count(chr(10))} lines, as the submitter wrote them")


def test_each_component_has_its_log(
    followed: subprocess.CompletedProcess[str],
    repository: Repository,
    planes: ControlPlanes,
    site: Site,
    observed: Observed,
) -> None:
    record_answers(planes)
    assert run(repository, planes).stdout == followed.stdout
    for component, container in (("head", "ray-head"), ("worker", "ray-worker")):
        ran = run(repository, planes, "--component", component)
        (file,) = site.state.glob(f"logs/{FOLLOWED}-*.{container}.log")
        assert ran.stdout
        assert ran.stdout == file.read_text()
        observed(f"{component}: {ran.stdout.count(chr(10))} lines, as {file.name} has them")
    last = run(repository, planes, "--tail", "2", "--timestamps").stdout.splitlines()
    times, lines = zip(*(line.split(" ", 1) for line in last), strict=True)
    assert list(lines) == followed.stdout.splitlines()[-2:]
    assert list(times) == sorted(times)
    assert run(repository, planes, "--since", "1h").stdout == followed.stdout


def test_events_tell_the_story(
    followed: subprocess.CompletedProcess[str],
    repository: Repository,
    planes: ControlPlanes,
    observed: Observed,
) -> None:
    lines = run(repository, planes, "--component", "operator-events").stdout.splitlines()
    for line in lines:
        observed(line)
    assert lines == sorted(lines, key=lambda line: line.split()[0])
    kinds = {line.split()[2].split("/")[0] for line in lines}
    assert {"RayJob", "RayCluster", "Job"} <= kinds
    assert any(f"RayJob/{FOLLOWED} CreatedRayJobSubmitter" in line for line in lines)


def test_whoever_is_bound_reads_them(
    followed: subprocess.CompletedProcess[str],
    repository: Repository,
    planes: ControlPlanes,
    reader: Reader,
    observed: Observed,
) -> None:
    own = planes.kubeconfig_of_reader("karmada")

    def refused(words: str) -> str:
        """What is said once those words are part of it."""

        def look() -> str:
            ran = run_as(own, repository)
            if words not in ran.stderr:
                raise NotYetError(ran.stderr)
            assert (ran.returncode, ran.stdout) == (3, "")
            return ran.stderr.strip()

        return wait_for(f"reader: {words}", look, 60)

    def read(component: str) -> str:
        def look() -> str:
            ran = run_as(own, repository, "--component", component)
            if ran.returncode:
                raise NotYetError(ran.stderr)
            return ran.stdout

        return wait_for(f"reader: {component}", look, 60)

    assert "sync/karmada/reader-role.yaml" in refused("Karmada refuses")
    reader.bind_on_karmada()
    told = refused('pods is forbidden: User "reader"')
    assert "sync/members/reader-role.yaml" in told
    observed(f"bound on Karmada alone: {told}")
    reader.bind_in(MEMBER)
    for component in ("driver", "head", "worker"):
        assert read(component) == run(repository, planes, "--component", component).stdout
    assert "CreatedRayJobSubmitter" in read("operator-events")
    observed("bound in the member too: the same lines as an administrator's")


def test_the_drivers_log_outlives_the_ray_cluster(
    followed: subprocess.CompletedProcess[str],
    repository: Repository,
    planes: ControlPlanes,
    observed: Observed,
) -> None:
    ray_job = planes[MEMBER].get("RayJob", FOLLOWED)
    assert ray_job
    ray_cluster = ray_job["status"]["rayClusterName"]
    # What KubeRay does 10 minutes after the job.
    planes[MEMBER].delete("RayCluster", ray_cluster)

    def gone() -> None:
        left = [pod["metadata"]["name"] for pod in planes[MEMBER].all_of("Pod", "default")]
        if any(name.startswith(f"{ray_cluster}-") for name in left):
            raise NotYetError(", ".join(left))

    wait_for(f"{MEMBER}: the Ray cluster is gone", gone, 60)
    assert run(repository, planes).stdout == followed.stdout
    head = run(repository, planes, "--component", "head")
    assert (head.returncode, head.stdout) == (1, "")
    assert "its Ray cluster is gone: KubeRay ends it 10m after the job" in head.stderr
    observed(head.stderr.strip())


def record_answers(planes: ControlPlanes) -> None:
    """What the command asks for, as the API servers answer it now."""
    lists: dict[str, list[Object]] = {}
    for path in (
        "/apis/ray.io/v1/rayjobs",
        "/apis/work.karmada.io/v1alpha2/resourcebindings",
        *(
            PROXY.format(MEMBER) + f"/api/v1/namespaces/default/{kind}"
            for kind in ("pods", "events")
        ),
    ):
        items = planes["karmada"].request("GET", path)["items"]
        lists[path] = [one for one in items if FOLLOWED in str(one)]
    record("logs", lists)
