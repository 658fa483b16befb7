"""The tree of those who keep tenants apart: Flux's Kustomizations, one a namespace."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from generator.diagnostics import Diagnostic
from generator.render.drift import drift
from generator.render.manifests.flux import DIRECTORY, kustomizations
from generator.render.tree import Plan, make_plan
from generator.render.tree_rules import SYNC_STALE, foreign_directory, link
from generator.render.yaml_emitter import manifest_text
from generator.repository.fleet import Fleet

_COMMAND = "rayjobs sync flux"


def plan_for_flux(
    root: Path, fleet: Fleet, *, allow_empty: bool = False, keep_foreign: bool = False
) -> Plan:
    """What would be done to the directory of the Kustomizations."""
    wanted = {m.path: manifest_text(m, _COMMAND).encode() for m in kustomizations(fleet)}
    flags = {"allow_empty": allow_empty, "keep_foreign": keep_foreign}
    return make_plan(root, wanted, **flags, directory=DIRECTORY)


_AROUND = ("sync", "sync/flux")


def drift_for_flux(root: Path, fleet: Fleet, *, allow_empty: bool = False) -> Iterator[Diagnostic]:
    """What is wrong with that directory; who does not have it pays one look."""
    for place in _AROUND:
        path = os.path.join(root, place)
        if os.path.islink(path):
            yield link(place)
            return
        if os.path.isdir(path) and not os.listdir(path):
            yield foreign_directory(place, place)
            return
    if os.path.lexists(os.path.join(root, DIRECTORY)):
        plan = plan_for_flux(root, fleet, allow_empty=allow_empty)
        yield from plan.diagnostics
        yield from drift(plan, SYNC_STALE, _COMMAND)
