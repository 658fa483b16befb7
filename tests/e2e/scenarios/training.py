"""Scenarios 7 and 8: a push trains models; what fails, fails as said; running jobs that change."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.images.build import HERE, image
from tests.e2e.node.security import knows_other_users
from tests.e2e.scenarios.gone import wait_gone
from tests.e2e.scenarios.job_status import wait_status
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.scenarios.site import (
    GROUP,
    LABEL,
    MEMBER,
    NAMESPACES,
    RESTRICTED,
    SECONDS,
    SPREAD,
    USER,
    Site,
    Trainings,
    trained,
    wait_ended,
)
from tests.e2e.session.api import ApiError, Object
from tests.e2e.session.argocd import ArgoCD
from tests.e2e.session.control_planes import ControlPlanes
from tests.e2e.session.flux import Flux
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, wait_for

# One engine each is enough: that both bring the same objects is shown by the other scenarios, and
# what a member makes of them is the same. Trainings take minutes, and each engine has a session:
# so divided, both take about as long.
WITH_FLUX, WITH_ARGO_CD = (
    pytest.mark.parametrize("engine", [engine], ids=[name], indirect=True, scope="session")
    for name, engine in (("flux", Flux), ("argocd", ArgoCD))
)

MODELS = {"xgboost": "model.ubj", "lightgbm": "model.txt"}
"""By algorithm, the file that its script leaves."""
RANK = re.compile(r"ip=([\d.]+), pid=\d+\) world_rank=(\d+)")
"""What Ray Train prints of each of its processes."""
# The label is 2 * width - length.
ROWS, LABELS = [[0.9, 0.1], [0.5, 0.5], [0.1, 0.9]], [1.7, 0.5, -0.7]


ONE_POD: Object = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "one-pod", "namespace": "default"},
    "spec": {
        "accessModes": ["ReadWriteOncePod"],
        "resources": {"requests": {"storage": "1Gi"}},
    },
}
"""A claim that one pod alone may use, made by hand in a member."""


@pytest.fixture(autouse=True)
def _no_earlier_jobs(repository: Repository) -> None:
    """The next push ends the Ray clusters of earlier tests, which would stay up for 10 minutes."""
    repository.delete_jobs()


def predicted(algorithm: str, model: Path) -> list[float]:
    """What a model makes of ROWS; CalledProcessError where its library cannot read it."""
    ran = subprocess.run(
        [image() / "bin" / "python", HERE / "predict.py", algorithm, model],
        input=json.dumps(ROWS),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: list[float] = json.loads(ran.stdout)
    return found


def wait_said(planes: ControlPlanes, repository: Repository, name: str, *words: str) -> None:
    """Until ``rayjobs status`` of a job says all of the words."""
    arguments = ("status", "--kubeconfig", str(planes.kubeconfig("karmada")), name)

    def look() -> None:
        said = repository.rayjobs(*arguments).stdout
        if not all(one in said for one in words):
            raise NotYetError(said)

    wait_for(f"rayjobs status {name}", look, 60)


@WITH_FLUX
def test_a_push_trains_a_model_with_each_library(
    trainings: Trainings, site: Site, observed: Observed
) -> None:
    for algorithm, model in MODELS.items():
        name = f"{algorithm}-1"
        assert trainings.ended[name]["jobDeploymentStatus"] == "Complete"
        results = site.claim("results", NAMESPACES[name]) / name
        assert predicted(algorithm, results / model) == pytest.approx(LABELS, abs=0.6)
        arrived = json.loads((results / "run.json").read_text())
        assert arrived["settings"]["label_column"] == LABEL
        observed(
            f"{name}: SUCCEEDED on Karmada; {algorithm} predicts with {model} from the claim; "
            "an odd label arrived unexpanded"
        )


@WITH_FLUX
def test_each_worker_pod_trains(trainings: Trainings, site: Site, observed: Observed) -> None:
    ranks = {int(rank): address for address, rank in RANK.findall(site.logs(SPREAD))}
    pods = {pod["status"]["podIP"]: pod["metadata"]["name"] for pod in trainings.workers}
    assert len(pods) == 2
    assert sorted(ranks) == [0, 1]
    assert set(ranks.values()) == set(pods), site.logs(SPREAD)[-3000:]
    for rank, address in sorted(ranks.items()):
        observed(f"rank {rank} trained on {pods[address]}")


@WITH_FLUX
@pytest.mark.skipif(not knows_other_users(), reason="without root's rights there is root alone")
def test_a_restricted_namespace_lets_its_pods_train(
    trainings: Trainings, site: Site, planes: ControlPlanes, observed: Observed
) -> None:
    unsafe: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "unsafe", "namespace": RESTRICTED},
        "spec": {"containers": [{"name": "unsafe", "image": "none"}]},
    }
    with pytest.raises(ApiError, match="violates PodSecurity"):
        planes[MEMBER].create(unsafe, dry_run=True)
    written = (site.claim("results", RESTRICTED) / SPREAD / MODELS["lightgbm"]).stat()
    assert (written.st_uid, written.st_gid) == (USER, GROUP)
    observed(
        f"{RESTRICTED} refuses a pod without securityContext; head, workers and submitter of "
        f"{SPREAD} ran there, and user {USER} left a model that belongs to group {GROUP}"
    )


@WITH_ARGO_CD
def test_what_is_wrong_fails_as_the_documentation_says(
    engine: SyncEngine,
    repository: Repository,
    planes: ControlPlanes,
    site: Site,
    observed: Observed,
) -> None:
    missing = trained("misses-1")
    missing["inputDataConfig"][0]["prefix"] = "iris/absent.csv"
    repository.write_job(missing)
    repository.write_job(trained("refused-1", namespace="team-two"))
    repository.write_job(trained("late-1", stoppingCondition={"maxRuntimeSeconds": 12}))
    soon = {"maxWaitSeconds": 15}
    repository.write_job(trained("large-1", cores=100, stoppingCondition=soon))
    planes[MEMBER].apply(ONE_POD)
    taken = trained("taken-1", pvcName=ONE_POD["metadata"]["name"], stoppingCondition=soon)
    # It is there already: rayjobs renders none of that access mode.
    del taken["resources"]["volumeSizeGB"]
    repository.write_job(taken)
    engine.applied(repository.push())

    status = wait_ended(planes, "late-1")
    assert (status["jobDeploymentStatus"], status["reason"]) == ("Failed", "DeadlineExceeded")
    observed("a deadline of 12 s: Failed, DeadlineExceeded")
    for name, words in (
        ("large-1", "no node has cpu free"),
        ("taken-1", "access mode ReadWriteOncePod, and another pod has it"),
    ):
        status = wait_ended(planes, name)
        ended = (status["jobDeploymentStatus"], status["reason"], status.get("jobStatus", ""))
        assert ended == ("Failed", "PreRunningDeadlineExceeded", "")
        wait_said(planes, repository, name, "stoppingCondition.maxWaitSeconds", words)
        observed(f"{name} waited for more than 15 s: Failed, {status['reason']}: {words}")
    for name, namespace, words in (
        ("misses-1", "default", "NoSuchKey"),
        ("refused-1", "team-two", "InvalidAccessKeyId"),
    ):
        status = wait_ended(planes, name, namespace)
        assert status["jobStatus"] == "FAILED", status
        assert words in site.logs(name)
        observed(f"{name}: FAILED, {words} in its output")


@WITH_ARGO_CD
def test_what_an_edit_and_a_deletion_do_to_a_running_job(
    engine: SyncEngine,
    repository: Repository,
    planes: ControlPlanes,
    site: Site,
    observed: Observed,
) -> None:
    running = trained("runs-1")
    running["hyperparameters"] = {"xgboost": {"num_round": 2_000_000, "max_depth": 2}}
    repository.write_job(running)
    engine.applied(repository.push())
    before = wait_status(planes, MEMBER, "runs-1", "RUNNING", field="jobStatus", seconds=SECONDS)

    running["hyperparameters"]["xgboost"]["max_depth"] = 3
    repository.write_job(running)
    engine.applied(repository.push())

    def edited() -> Object:
        found = planes[MEMBER].get("RayJob", "runs-1") or {}
        if 'MAX_DEPTH: "3"' not in found["spec"]["runtimeEnvYAML"]:
            raise NotYetError("the edit has not arrived")
        return found

    now = wait_for(f"{MEMBER}: RayJob runs-1 edited", edited, 120)
    for field in ("jobId", "rayClusterName", "startTime"):
        assert now["status"][field] == before[field]
    assert now["status"]["jobStatus"] == "RUNNING"
    ran = repository.rayjobs("check", "--conformance", "off", "--base", "HEAD~1")
    assert (ran.returncode, "base/edited-job" in ran.stdout) == (1, True)
    observed("an edit reaches the member's RayJob, and the training goes on as it was started")

    repository.delete_job("runs-1")
    engine.applied(repository.push())
    wait_gone(planes, "runs-1", "default")

    def stopped() -> None:
        left = [pod["metadata"]["name"] for pod in planes[MEMBER].all_of("Pod")]
        if any(name.startswith("runs-1") for name in left):
            raise NotYetError(", ".join(left))

    wait_for(f"{MEMBER}: pods of runs-1 gone", stopped, 180)
    observed("deleting its folder stops the training: RayJob, Ray cluster and pods are gone")
