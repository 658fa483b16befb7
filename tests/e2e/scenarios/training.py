"""Scenarios 7 and 8: a push trains models; what fails, fails as said; running jobs that change."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.images.build import HERE, image
from tests.e2e.object_storage import ObjectStorage, csv_table, object_storage
from tests.e2e.scenarios.conftest import Observed
from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.deletion import wait_gone, wait_no_jobs
from tests.e2e.scenarios.job_status import wait_status
from tests.e2e.scenarios.members import job
from tests.e2e.session.api import Object
from tests.e2e.session.control_planes import ControlPlanes
from tests.e2e.session.flux import Flux
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, wait_for

# One engine is enough: that both bring the same objects is shown by the other scenarios, and what
# a member makes of them is the same. Trainings take minutes.
pytestmark = pytest.mark.parametrize("engine", [Flux], ids=["flux"], indirect=True, scope="session")

MEMBER, SUBNET, HOST = "member1", "10.210.7", "s3.local"
LABEL = 'what\'s "it" ~ * ! \\ ; & (end)'
SECONDS = 600
MODELS = {"xgboost": "model.ubj", "lightgbm": "model.txt"}
"""By algorithm, the file that its script leaves."""
SMALL = {
    "xgboost": {"num_round": 5, "max_depth": 2},
    "lightgbm": {"num_iterations": 20, "num_threads": 1},
}
"""Hyperparameters with which a training takes a moment."""
# The label is 2 * width - length.
ROWS, LABELS = [[0.9, 0.1], [0.5, 0.5], [0.1, 0.9]], [1.7, 0.5, -0.7]


@dataclass(frozen=True)
class Site:
    """A member whose pods run: its storage, and where its claims and its pods' logs are."""

    storage: ObjectStorage
    state: Path

    def claim(self, name: str, namespace: str = "default") -> Path:
        """The directory that is a claim's volume."""
        return self.state / "claims" / namespace / name

    def logs(self, start: str) -> str:
        """What the pods wrote whose names start so."""
        return "".join(
            file.read_text(errors="replace") for file in self.state.glob(f"logs/{start}*.log")
        )


@pytest.fixture(scope="module")
def site(
    directory: Path, planes: ControlPlanes, repository: Repository, engine: SyncEngine
) -> Iterator[Site]:
    """Pods of one member run from here on: of this module's jobs only, the others are gone."""
    repository.delete_jobs()
    engine.applied(repository.push())
    wait_no_jobs(planes, "karmada", MEMBER)
    state, name = directory / "node", f"node-agent-{MEMBER}"
    planes.processes.start_python(
        name,
        *("-m", "tests.e2e.node", "--kubeconfig", planes.kubeconfig(MEMBER), "--state", state),
        *("--image", image(), "--subnet", SUBNET, "--host", f"{HOST}={SUBNET}.1"),
    )
    with object_storage(image(), planes.processes.log_of("object-storage")) as storage:
        table = {
            "iris/train.csv": csv_table(200, label=LABEL),
            "iris/validation.csv": csv_table(50, seed=1, label=LABEL),
        }
        storage.put("data", table)
        create_credentials(planes, "default", storage.access_key, storage.secret_key)
        create_credentials(planes, "team-two", "EXAMPLE-ACCESS-KEY", storage.secret_key)
        yield Site(storage, state)
        repository.delete_jobs()
        engine.applied(repository.push())
        wait_no_jobs(planes, "karmada", MEMBER)
        planes.processes.end(name)


@pytest.fixture(autouse=True)
def _no_earlier_jobs(repository: Repository) -> None:
    """The next push ends the Ray clusters of earlier tests, which would stay up for 10 minutes."""
    repository.delete_jobs()


def trained(name: str, algorithm: str = "xgboost", **changes: Any) -> dict[str, Any]:
    """A job that trains for a moment: Ray places its coordinator with a worker, on 2 CPUs."""
    small = job(name)
    channels = [{**channel, "labelName": LABEL} for channel in small["inputDataConfig"]]
    resources = {
        "instanceResources": {"cpuCores": 2, "memoryGiB": 2},
        "instanceCount": 1,
        "volumeSizeGB": 1,
    }
    return {
        **small,
        "resources": resources,
        "inputDataConfig": channels,
        "algorithm": {"source": "builtin", "algorithmName": algorithm},
        "hyperparameters": {algorithm: SMALL[algorithm]},
        **changes,
    }


def wait_ended(planes: ControlPlanes, name: str, namespace: str = "default") -> Object:
    """The status that Karmada shows of a job once its deployment is over."""
    over = ("Complete", "Failed")
    return wait_status(planes, "karmada", name, *over, namespace=namespace, seconds=SECONDS)


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


def test_a_push_trains_a_model_with_each_library(
    engine: SyncEngine,
    repository: Repository,
    planes: ControlPlanes,
    site: Site,
    observed: Observed,
) -> None:
    """One push brings all jobs, which then train beside each other."""
    for algorithm in MODELS:
        repository.write_job(trained(f"{algorithm}-1", algorithm))
    engine.applied(repository.push())
    for algorithm, model in MODELS.items():
        name = f"{algorithm}-1"
        status = wait_ended(planes, name)
        assert status["jobStatus"] == "SUCCEEDED", (status, site.logs(name)[-3000:])
        assert status["jobDeploymentStatus"] == "Complete"
        results = site.claim("results") / name
        assert predicted(algorithm, results / model) == pytest.approx(LABELS, abs=0.6)
        arrived = json.loads((results / "run.json").read_text())
        assert arrived["settings"]["label_column"] == LABEL
        observed(
            f"{name}: SUCCEEDED on Karmada; {algorithm} predicts with {model} from the claim; "
            "an odd label arrived unexpanded"
        )


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
