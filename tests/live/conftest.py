"""A control plane that answers from recorded objects, as the API servers answer them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.check import pipeline
from tests.helpers.jobs import write_job
from tests.live import doctor_jobs
from tests.live.doctor import SECRETS, VALUE, openapi
from tests.live.ended_jobs import CLUSTERS, ended, hold_job, on, repository_of
from tests.live.leaving_members import cluster, leaving, one_of
from tests.live.recorded import PROXY, Recorded, serving
from tests.live.recordings import RECORDED


@pytest.fixture
def karmada() -> Iterator[Recorded]:
    """An empty control plane; ``karmada.hold(path, *objects)`` fills it."""
    with serving() as recorded:
        yield recorded


@pytest.fixture
def kubeconfig(karmada: Recorded, tmp_path: Path) -> str:
    """A kubeconfig that names it."""
    file = tmp_path / "kubeconfig.json"
    file.write_text(json.dumps(karmada.kubeconfig), encoding="utf-8")
    return str(file)


@pytest.fixture
def unjoined(repository: Path, karmada: Recorded) -> Recorded:
    """train-1, a one-of job, has ended on north, which is leaving."""
    repository_of(repository, on("north", "south", scheduling={"mode": "one-of"}))
    _, binding = hold_job(karmada, repository, "train-1", {"north": ended(40)})
    binding["spec"]["placement"] = one_of("north", "south")
    karmada.hold(CLUSTERS, leaving("north"), cluster("south"))
    return karmada


@pytest.fixture
def recording(karmada: Recorded) -> Recorded:
    """Karmada as it was recorded, with the Secret of default."""
    karmada.load(RECORDED / "doctor.json")
    version = {"gitVersion": "v1.35.0"}
    karmada.objects |= {"/version": version, **openapi()}
    for member in ("member1", "member2"):
        prefix = PROXY.format(member)
        karmada.objects[f"{prefix}/version"] = version
        karmada.objects |= {prefix + path: one for path, one in openapi().items()}
    data = {"access-key": VALUE, "secret-key": VALUE}
    secret = {"metadata": {"name": "s3-credentials", "namespace": "default"}, "data": data}
    karmada.hold(SECRETS.format("default"), secret)
    return karmada


@pytest.fixture(scope="session")
def rendered_jobs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of :func:`described`, which tests only copy."""
    root = tmp_path_factory.mktemp("described")
    (root / "platform.yaml").write_text(doctor_jobs.PLATFORM, encoding="utf-8")
    for one in (*doctor_jobs.PUSHED, doctor_jobs.NOT_PUSHED):
        write_job(root, one)
    assert not pipeline.render(root).failed
    return root


@pytest.fixture
def described(repository: Path, rendered_jobs: Path) -> Path:
    """The repository of the scenario, with a job that was not pushed."""
    shutil.copytree(rendered_jobs, repository, dirs_exist_ok=True)
    return repository
