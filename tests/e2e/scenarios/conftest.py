"""One session for all scenarios: its engines, and a repository for each sync engine."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.engines.build import engines
from tests.e2e.scenarios.members import PLATFORM
from tests.e2e.scenarios.page import Checkout, cloned
from tests.e2e.scenarios.reader import reader
from tests.e2e.scenarios.recordings import SCALE, Observed
from tests.e2e.scenarios.site import site, trainings
from tests.e2e.session.argocd import ArgoCD
from tests.e2e.session.control_planes import ControlPlanes, start_control_planes
from tests.e2e.session.flux import Flux, FluxByNamespace
from tests.e2e.session.git_server import start_git_server
from tests.e2e.session.karmada import install_kinds, start_karmada
from tests.e2e.session.kuberay import start_kuberay
from tests.e2e.session.processes import Processes
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine

__all__ = ["reader", "site", "trainings"]


_STARTED = time.monotonic()


def say(words: str) -> None:
    """Print a line of the session's output."""
    print(f"[{time.monotonic() - _STARTED:6.1f} s] {words}", flush=True)


# Before pytest groups them by sync engine, which keeps this order inside each group.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First the page that begins with an empty Karmada; last what a member leaves, or is rebuilt.

    After that what runs pods, which from then on run to the end. Argo CD settles early and Flux
    late: two sessions that run beside each other should not both wait for a minute at once.
    """
    order = {
        "documentation": -3,
        "tenancy": -2,
        "leaving": 1,
        "rebuilt_karmada": 1,
        "live_logs": 2,
        "training": 2,
    }

    def place(item: pytest.Item) -> int:
        name = item.path.stem
        return -1 if name == "settling" and "argocd" in item.name else order.get(name, 0)

    items.sort(key=place)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Say at once what failed: the session goes on for minutes, and may be interrupted."""
    if report.failed:
        say(f"{report.nodeid} failed in its {report.when}:\n{report.longreprtext}")


@pytest.fixture
def observed(request: pytest.FixtureRequest) -> Observed:
    """Print what a scenario observed, with the scenario's name."""
    name = request.node.name

    def print_line(words: str) -> None:
        say(f"{name}: {words}")

    return print_line


@pytest.fixture(scope="session")
def directory() -> Path:
    """Where the session keeps everything; ``python -m tests.e2e`` removes it."""
    return Path(os.environ["RAYJOBS_E2E"])


@pytest.fixture(scope="session")
def planes(directory: Path) -> Iterator[ControlPlanes]:
    """Karmada with two members that run KubeRay, and a management API server."""
    processes = Processes(directory / "logs")
    try:
        made = start_control_planes(directory, engines(), processes)
        say("API servers are ready")
        for name in ("karmada", "member1", "member2"):
            install_kinds(made, name)
        start_karmada(made)
        say("Karmada is ready with two members")
        start_kuberay(made)
        yield made
        processes.assert_running()
    finally:
        processes.end_all()


@pytest.fixture(scope="session")
def git_server(directory: Path, planes: ControlPlanes) -> Path:
    """The directory whose bare repositories are served."""
    served = directory / "git"
    start_git_server(served, planes.processes)
    return served


@pytest.fixture(
    scope="session",
    params=[FluxByNamespace if SCALE > 1000 else Flux, ArgoCD],
    ids=["flux", "argocd"],
)
def engine(request: pytest.FixtureRequest, planes: ControlPlanes) -> SyncEngine:
    """Each sync engine in turn: what one has synced is gone before the next begins."""
    made: SyncEngine = request.param(planes)
    made.start()
    say(f"{made.name} is started")
    return made


@pytest.fixture
def checkout(
    directory: Path, git_server: Path, planes: ControlPlanes, engine: SyncEngine
) -> Iterator[Checkout]:
    """A clone of this repository, in which the commands of docs/sync.md are run."""
    with cloned(directory, git_server, planes, engine) as made:
        yield made


@pytest.fixture(scope="session")
def repository(directory: Path, git_server: Path, engine: SyncEngine) -> Iterator[Repository]:
    """The engine's repository, connected; everything in it is deleted at the end."""
    name = engine.name.lower().replace(" ", "-")
    made = Repository(directory / "repositories" / name, git_server, name)
    made.write_platform(PLATFORM)
    made.delete_jobs()
    made.push()
    engine.connect(made)
    yield made
    if SCALE:
        # Thousands of jobs take long to go, and each engine has a session of its own then.
        return
    # The next engine finds neither jobs nor another that syncs.
    made.delete_jobs()
    engine.applied(made.push())
    engine.disconnect()
