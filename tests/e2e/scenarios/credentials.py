"""The credentials Secret of a namespace, made on Karmada as the documentation says."""

from __future__ import annotations

from generator.render.namespace import PROTECTED
from tests.e2e.session.control_planes import ControlPlanes


def create_credentials(
    planes: ControlPlanes,
    namespace: str,
    access_key: str = "EXAMPLE-ACCESS-KEY",
    secret_key: str = "EXAMPLE-SECRET-KEY",  # a placeholder
) -> None:
    """Make, or replace, ``s3-credentials``; the namespace is made where it is missing."""
    planes["karmada"].apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "s3-credentials", "namespace": namespace, "labels": PROTECTED},
            "stringData": {"access-key": access_key, "secret-key": secret_key},
        },
    )
