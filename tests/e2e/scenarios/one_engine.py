"""Marks of scenarios that run with one sync engine: what they show is Karmada's or a member's."""

from __future__ import annotations

import pytest

from tests.e2e.session.argocd import ArgoCD
from tests.e2e.session.flux import Flux

WITH_FLUX = pytest.mark.parametrize("engine", [Flux], ids=["flux"], indirect=True, scope="session")
WITH_ARGO_CD = pytest.mark.parametrize(
    "engine", [ArgoCD], ids=["argocd"], indirect=True, scope="session"
)
