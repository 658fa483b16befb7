"""A user without any rights, and the roles of sync/ that let it read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import yaml

from tests.e2e.session.api import Object
from tests.e2e.session.control_planes import MEMBERS, READER, READERS, ControlPlanes
from tests.e2e.session.repository import ROOT

_ROLE, _BINDING = "rayjobs-reader", "rayjobs-readers"
_RBAC = "rbac.authorization.k8s.io"


@dataclass(frozen=True)
class Reader:
    """What binds the user as docs/sync.md has it under "Who may read"."""

    planes: ControlPlanes

    def bind_on_karmada(self) -> None:
        """By the user and by its group: Karmada names both when it asks a member."""
        self._bind("karmada", "karmada", ("User", READER), ("Group", READERS))

    def bind_in(self, *members: str) -> None:
        """In members by its group alone."""
        for member in members:
            self._bind(member, "members", ("Group", READERS))

    def _bind(self, plane: str, shipped: str, *subjects: tuple[str, str]) -> None:
        role = (ROOT / "sync" / shipped / "reader-role.yaml").read_text(encoding="utf-8")
        binding: Object = {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": _BINDING},
            "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": _ROLE},
            "subjects": [
                {"apiGroup": _RBAC, "kind": kind, "name": name} for kind, name in subjects
            ],
        }
        self.planes[plane].apply(yaml.safe_load(role), binding)


@pytest.fixture
def reader(planes: ControlPlanes) -> Iterator[Reader]:
    """The user, which is bound nowhere before and after."""
    yield Reader(planes)
    for name in ("karmada", *MEMBERS):
        planes[name].delete("ClusterRoleBinding", _BINDING)
        planes[name].delete("ClusterRole", _ROLE)
