"""Scenarios 7 and 8: a push trains models; what fails, fails as said; running jobs that change."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.images.build import HERE, image
from tests.e2e.scenarios.conftest import Observed
from tests.e2e.scenarios.gone import wait_gone
from tests.e2e.scenarios.job_status import wait_status
from tests.e2e.scenarios.site import LABEL, MEMBER, SECONDS, Site, Trainings, trained, wait_ended
from tests.e2e.session.api import Object
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
# The label is 2 * width - length.
ROWS, LABELS = [[0.9, 0.1], [0.5, 0.5], [0.1, 0.9]], [1.7, 0.5, -0.7]


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


@WITH_FLUX
def test_a_push_trains_a_model_with_each_library(
    trainings: Trainings, site: Site, observed: Observed
) -> None:
    for algorithm, model in MODELS.items():
        name = f"{algorithm}-1"
        assert trainings.ended[name]["jobDeploymentStatus"] == "Complete"
        results = site.claim("results") / name
        assert predicted(algorithm, results / model) == pytest.approx(LABELS, abs=0.6)
        arrived = json.loads((results / "run.json").read_text())
        assert arrived["settings"]["label_column"] == LABEL
        observed(
            f"{name}: SUCCEEDED on Karmada; {algorithm} predicts with {model} from the claim; "
            "an odd label arrived unexpanded"
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
    engine.applied(repository.push())

    status = wait_ended(planes, "late-1")
    assert (status["jobDeploymentStatus"], status["reason"]) == ("Failed", "DeadlineExceeded")
    observed("a deadline of 12 s: Failed, DeadlineExceeded")
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
