"""A control plane that answers from recorded objects, as the API servers answer them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.ended_jobs import CLUSTERS, ended, hold_job, on, repository_of
from tests.live.leaving_members import cluster, leaving, one_of
from tests.live.recorded import Recorded, serving


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
