"""KubeRay's operator in each member."""

from __future__ import annotations

from tests.e2e.session.control_planes import MEMBERS, ControlPlanes


def start_kuberay(planes: ControlPlanes) -> None:
    """Start an operator for each member; its kinds have to be there already."""
    for number, member in enumerate(MEMBERS):
        planes.processes.start(
            f"kuberay-operator-{member}",
            [
                planes.engines.binary("kuberay-operator"),
                f"--metrics-addr=127.0.0.1:{18090 + number}",
                f"--health-probe-bind-address=127.0.0.1:{18094 + number}",
                "--enable-leader-election=false",
                # There is no DNS of Services: the dashboard is reached through the API server.
                "--use-kubernetes-proxy=true",
            ],
            {"KUBECONFIG": str(planes.kubeconfig(member)), "ENABLE_WEBHOOKS": "false"},
        )
