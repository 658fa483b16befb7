"""docs/sync.md, command by command, from an empty Karmada to the first job running."""

from __future__ import annotations

import re

from tests.e2e.scenarios.deletion_protection import delete_protected
from tests.e2e.scenarios.gone import wait_gone
from tests.e2e.scenarios.page import PAGE, Checkout, first_job, sections, variables
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.control_planes import ControlPlanes
from tests.e2e.session.sync_engine import SyncEngine


def test_the_page_leads_from_an_empty_karmada_to_the_first_job(
    engine: SyncEngine, planes: ControlPlanes, checkout: Checkout, observed: Observed
) -> None:
    shown = re.findall(r"^([A-Z0-9_]+)=", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(shown) == set(variables(planes, engine))
    forget(planes, engine)
    commands = first_job(engine)
    checkout.run_all(commands)
    (watch,) = sections()["Watch it run"]
    (line,) = [
        line for line in checkout.run(watch).splitlines() if line.startswith("first-training ")
    ]
    observed(f"{len(commands)} commands of docs/sync.md lead to: {' '.join(line.split())}")
    take_away(engine, planes)


def forget(planes: ControlPlanes, engine: SyncEngine) -> None:
    """Delete what the page has its reader make, where an earlier scenario has made it."""
    for namespace in ("default", "team-text"):
        delete_protected(planes["karmada"], "Secret", "s3-credentials", namespace)
    if engine.name == "Flux":
        planes["management"].delete("Secret", "karmada-kubeconfig", "flux-system")


def take_away(engine: SyncEngine, planes: ControlPlanes) -> None:
    """Delete the documented jobs with their sync, and everything that both have made."""
    api = planes["management"]
    if engine.name == "Flux":
        api.delete("Kustomization", "rayjobs", "flux-system")
        api.delete("Kustomization", "namespaces-of-rayjobs", "flux-system")
    else:
        api.delete("ApplicationSet", "rayjobs", "argocd")
    for one in planes["karmada"].all_of("RayJob"):
        wait_gone(planes, one["metadata"]["name"], one["metadata"]["namespace"])
    for one in planes["karmada"].all_of("PersistentVolumeClaim"):
        name, namespace = one["metadata"]["name"], one["metadata"]["namespace"]
        delete_protected(planes["karmada"], "PersistentVolumeClaim", name, namespace)
