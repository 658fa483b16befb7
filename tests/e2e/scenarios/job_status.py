"""What KubeRay says of a RayJob, in a member or as Karmada brings it back."""

from __future__ import annotations

from tests.e2e.session.api import Object
from tests.e2e.session.control_planes import ControlPlanes
from tests.e2e.session.waiting import NotYetError, wait_for


def wait_status(
    planes: ControlPlanes,
    plane: str,
    name: str,
    *wanted: str,
    namespace: str = "default",
    field: str = "jobDeploymentStatus",
    seconds: float = 240,
) -> Object:
    """A RayJob's status on a plane once its ``field`` has one of the values."""

    def look() -> Object:
        planes.processes.assert_running()
        status: Object = (planes[plane].get("RayJob", name, namespace) or {}).get("status", {})
        if status.get(field) not in wanted:
            raise NotYetError(str({key: status[key] for key in status if key in _SHOWN}))
        return status

    what = f"{plane}: RayJob {namespace}/{name}: {field} {' or '.join(wanted)}"
    return wait_for(what, look, seconds)


_SHOWN = ("jobDeploymentStatus", "jobStatus", "reason", "message")
