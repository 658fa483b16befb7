"""A member whose pods run, as processes, and the trainings that one push starts there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.images.build import image
from tests.e2e.node.security import knows_other_users
from tests.e2e.object_storage import ObjectStorage, csv_table, object_storage
from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.gone import wait_no_jobs
from tests.e2e.scenarios.job_status import wait_status
from tests.e2e.scenarios.members import CLUSTER_LABEL, PLATFORM, job, platform
from tests.e2e.session.api import Object
from tests.e2e.session.control_planes import ControlPlanes
from tests.e2e.session.repository import ROOT, Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, wait_for

MEMBER, SUBNET, HOST = "member1", "10.210.7", "s3.local"
LABEL = 'what\'s "it" ~ * ! \\ ; & (end)'
SECONDS = 600
SMALL = {
    "xgboost": {"num_round": 5, "max_depth": 2},
    "lightgbm": {"num_iterations": 20, "num_threads": 1},
}
"""Hyperparameters with which a training takes a moment."""
RESTRICTED, ENFORCE = "team-one", "pod-security.kubernetes.io/enforce"
"""The namespace where members refuse what Pod Security does not call restricted, and the label."""
USER, GROUP = 1000, 2000
"""Whose processes the trainings there are, and whose files what they write."""
CONTEXTS = {
    "securityContext": {
        "runAsUser": USER,
        "runAsNonRoot": True,
        "fsGroup": GROUP,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
    "containerSecurityContext": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    },
}
"""``pods`` of platform.yaml: what Pod Security's level restricted asks of every pod."""


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


@dataclass(frozen=True)
class Trainings:
    """What came of a job for each algorithm of SMALL: on Karmada, and of following one's log."""

    ended: dict[str, Object]
    """By job, its status on Karmada at the end."""
    workers: list[Object]
    """The worker pods of the job that has two, once it had ended."""
    followed: subprocess.CompletedProcess[str]
    """``rayjobs logs --follow`` of FOLLOWED, begun before it was pushed."""


FOLLOWED, SPREAD = "xgboost-1", "lightgbm-1"
"""The job whose log is followed, and the one that has two workers."""
NAMESPACES = {FOLLOWED: "default", SPREAD: RESTRICTED}


@pytest.fixture(scope="session")
def site(
    directory: Path, planes: ControlPlanes, repository: Repository, engine: SyncEngine
) -> Iterator[Site]:
    """Pods of one member run from here on: the jobs of other scenarios are gone."""
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
        for namespace in ("default", RESTRICTED):
            create_credentials(planes, namespace, storage.access_key, storage.secret_key)
        create_credentials(planes, "team-two", "EXAMPLE-ACCESS-KEY", storage.secret_key)
        yield Site(storage, state)
        repository.delete_jobs()
        engine.applied(repository.push())
        wait_no_jobs(planes, "karmada", MEMBER)
        planes.processes.end(name)


@pytest.fixture(scope="session")
def trainings(
    repository: Repository, planes: ControlPlanes, engine: SyncEngine, site: Site, directory: Path
) -> Iterator[Trainings]:
    """One push brings all jobs, which then train beside each other."""
    if knows_other_users():
        repository.write_platform(platform(pods=CONTEXTS))
        enforce(planes, "restricted")
    for algorithm in SMALL:
        name = f"{algorithm}-1"
        workers = 2 if name == SPREAD else 1
        namespace = NAMESPACES[name]
        repository.write_job(trained(name, algorithm, workers=workers, namespace=namespace))
    words = directory / "followed.txt"

    def follows() -> None:
        if not words.read_text():
            raise NotYetError("it has said nothing")

    with started(
        logs_command(planes.kubeconfig("karmada"), f"jobs/team/{FOLLOWED}", "--follow"),
        repository.directory,
        words,
    ) as following:
        wait_for("rayjobs logs --follow", follows, 60)
        engine.applied(repository.push())
        ended = {
            name: wait_ended(planes, name, namespace) for name, namespace in NAMESPACES.items()
        }
        for name, status in ended.items():
            assert status["jobStatus"] == "SUCCEEDED", (status, site.logs(name)[-3000:])
        printed, _ = following.communicate(timeout=60)
    followed = subprocess.CompletedProcess(
        following.args, following.returncode, printed, words.read_text()
    )
    cluster = ended[SPREAD]["rayClusterName"]
    labels = f"{CLUSTER_LABEL}={cluster},ray.io/node-type=worker"
    yield Trainings(ended, planes[MEMBER].all_of("Pod", RESTRICTED, labels), followed)
    repository.write_platform(PLATFORM)
    enforce(planes, None)


def enforce(planes: ControlPlanes, level: str | None) -> None:
    """Have members enforce a level of Pod Security: Karmada brings them a namespace's labels."""
    planes["karmada"].patch("Namespace", RESTRICTED, {"metadata": {"labels": {ENFORCE: level}}})

    def look() -> None:
        found = planes[MEMBER].get("Namespace", RESTRICTED)
        if found is None or found["metadata"]["labels"].get(ENFORCE) != level:
            raise NotYetError(str(found))

    wait_for(f"{MEMBER}: Namespace {RESTRICTED} enforces {level}", look, 60)


@contextmanager
def started(
    command: Sequence[str], directory: Path, said: Path | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A command of rayjobs that goes on by itself, until the block ends; it says into ``said``."""
    with (
        said.open("w") if said else nullcontext() as errors,
        subprocess.Popen(
            command,
            cwd=directory,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def logs_command(kubeconfig: Path, *arguments: str) -> list[str]:
    """``rayjobs logs`` with a kubeconfig of Karmada, and of Karmada alone."""
    return [sys.executable, "-m", "generator", "logs", "--kubeconfig", str(kubeconfig), *arguments]


def trained(
    name: str, algorithm: str = "xgboost", *, workers: int = 1, cores: int = 1, **changes: Any
) -> dict[str, Any]:
    """A job that trains for a moment."""
    small = job(name)
    channels = [{**channel, "labelName": LABEL} for channel in small["inputDataConfig"]]
    resources = {
        "instanceResources": {"cpuCores": cores, "memoryGiB": 2},
        "instanceCount": workers,
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
