"""What the end-to-end tests' node decides, without a cluster and without privileges."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from tests.e2e.node.environment import ContainerConfigError, environment, expanded
from tests.e2e.node.network import Bridge, hosts_file, service_names
from tests.e2e.node.placement import reason_to_wait
from tests.e2e.node.pod import Pod
from tests.e2e.node.quantities import quantity
from tests.e2e.node.sandbox import Image, Mount, Sandbox, container_script
from tests.e2e.node.status import ContainerStatus, PodStatus
from tests.e2e.session.api import Api, Object

CAPACITY = {"cpu": "2", "memory": "4Gi", "pods": "10"}


class Objects:
    """Stands for an API server that holds some objects."""

    def __init__(self, **objects: Object) -> None:
        self.objects = objects

    def get(self, kind: str, name: str, namespace: str) -> Object | None:
        return self.objects.get(f"{kind} {namespace}/{name}")


def api(objects: dict[str, Object]) -> Api:
    return cast(Api, Objects(**objects))


def pod(name: str = "head", *, phase: str = "Pending", **spec: Any) -> Pod:
    container = {"name": "ray", "image": "ray", "resources": {"limits": {"cpu": "1500m"}}}
    return Pod(
        {
            "metadata": {"name": name, "namespace": "team", "uid": name, "labels": {"app": name}},
            "spec": {"containers": [container], **spec},
            "status": {"phase": phase},
        }
    )


def secret(**data: str) -> Object:
    return {"data": {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}}


def variables(entries: list[Object], objects: dict[str, Object]) -> dict[str, str]:
    one = pod()
    container = {**one.containers[0], "env": entries}
    return environment(one, container, "10.0.0.2", api(objects))


def key_of(name: str, key: str, **more: Any) -> Object:
    return {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": name, "key": key, **more}}}


def test_variables_come_from_secrets_fields_and_resources() -> None:
    entries = [
        key_of("s3", "a"),
        {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {"name": "APP", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
        {"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
        {"name": "ALL", "value": "$(IP) $(ABSENT) $$(IP) $IP `x`"},
    ]
    assert variables(entries, {"Secret team/s3": secret(a="$(IP)")}) == {
        "KEY": "$(IP)",
        "IP": "10.0.0.2",
        "APP": "head",
        "NAME": "head",
        "CPU": "2",
        "ALL": "10.0.0.2 $(ABSENT) $(IP) $IP `x`",
    }


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (key_of("absent", "a"), 'secret "absent" not found'),
        (key_of("s3", "b"), "couldn't find key b in Secret team/s3"),
    ],
)
def test_a_container_waits_for_its_secret(entry: Object, message: str) -> None:
    with pytest.raises(ContainerConfigError, match=message):
        variables([entry], {"Secret team/s3": secret(a="x")})


def test_an_optional_secret_may_be_missing() -> None:
    assert variables([key_of("absent", "a", optional=True)], {}) == {}


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", "1"), ("500m", "0.5"), ("2Gi", "2147483648"), ("3k", "3000"), ("1.5M", "1500000")],
)
def test_quantities(text: str, number: str) -> None:
    assert quantity(text) == Decimal(number)


def claim(phase: str, mode: str = "ReadWriteMany") -> Object:
    return {
        "metadata": {"name": "results", "namespace": "team"},
        "spec": {"accessModes": [mode]},
        "status": {"phase": phase},
    }


def with_claim(*, phase: str = "Pending") -> Pod:
    one = pod(
        phase=phase, volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "results"}}]
    )
    one.containers[0]["resources"] = {}
    return one


@pytest.mark.parametrize(
    ("one", "placed", "claims", "reason"),
    [
        (pod(), [], [], None),
        (pod(), [pod("other", phase="Running")], [], "1 Insufficient cpu."),
        (pod(), [pod("other", phase="Succeeded")], [], None),
        (with_claim(), [], [], 'claim "results" not found'),
        (with_claim(), [], [claim("Pending")], "unbound immediate"),
        (with_claim(), [], [claim("Bound")], None),
        (with_claim(), [with_claim(phase="Running")], [claim("Bound")], None),
        (with_claim(), [], [claim("Bound", "ReadWriteOncePod")], None),
        (
            with_claim(),
            [with_claim(phase="Running")],
            [claim("Bound", "ReadWriteOncePod")],
            "ReadWriteOncePod access mode already in-use by another pod",
        ),
        (with_claim(), [with_claim(phase="Failed")], [claim("Bound", "ReadWriteOncePod")], None),
    ],
)
def test_pods_wait_as_with_a_scheduler(
    one: Pod, placed: list[Pod], claims: list[Object], reason: str | None
) -> None:
    found = reason_to_wait(one, placed, claims, CAPACITY)
    assert found is None if reason is None else found is not None and reason in found


def test_a_pod_that_wants_a_gpu_waits_where_there_is_none() -> None:
    one = pod()
    one.containers[0]["resources"] = {"limits": {"nvidia.com/gpu": "1"}}
    assert "nvidia.com/gpu" in (reason_to_wait(one, [], [], CAPACITY) or "")
    assert reason_to_wait(one, [], [], {**CAPACITY, "nvidia.com/gpu": "1"}) is None


def status(*, init: int = 0) -> PodStatus:
    return PodStatus(
        pod(initContainers=[{"name": f"init{n}", "image": "ray"} for n in range(init)]),
        "10.0.0.2",
        "now",
        [ContainerStatus(f"init{n}") for n in range(init)],
        [ContainerStatus("ray")],
    )


def ends(*codes: int) -> Callable[[ContainerStatus], None]:
    def end(container: ContainerStatus) -> None:
        for code in codes:
            container.runs()
            container.ended(code)

    return end


@pytest.mark.parametrize(
    ("happens", "phase"),
    [
        (lambda _: None, "Pending"),
        (lambda c: c.waits("CreateContainerConfigError", "no Secret"), "Pending"),
        (lambda c: c.runs(), "Running"),
        (ends(0), "Succeeded"),
        (ends(137), "Failed"),
    ],
)
def test_phases(happens: Callable[[ContainerStatus], None], phase: str) -> None:
    whole = status()
    happens(whole.containers[0])
    assert whole.phase == whole.document("10.0.0.1")["phase"] == phase


def test_a_failed_init_container_fails_the_pod() -> None:
    whole = status(init=1)
    ends(1)(whole.init[0])
    assert whole.phase == "Failed"


def test_a_restarted_container_keeps_how_it_ended() -> None:
    whole = status()
    ends(3)(whole.containers[0])
    whole.containers[0].waits("CrashLoopBackOff", "back-off")
    whole.containers[0].restarts = 1
    shown = whole.document("10.0.0.1")
    assert shown["phase"] == "Running"
    assert shown["containerStatuses"][0]["lastState"]["terminated"]["exitCode"] == 3


def service(selector: dict[str, str] | None, **spec: Any) -> Object:
    return {
        "metadata": {"name": "head-svc", "namespace": "team"},
        "spec": {"selector": selector, **spec},
    }


@pytest.mark.parametrize(
    ("of", "ready", "known"),
    [
        (service({"app": "head"}), True, True),
        (service({"app": "head"}), False, False),
        (service({"app": "head"}, publishNotReadyAddresses=True), False, True),
        (service({"app": "other"}), True, False),
        (service(None), True, False),
    ],
)
def test_services_are_known_by_the_pods_they_select(of: Object, ready: bool, known: bool) -> None:
    hosts = hosts_file(service_names([of], [(pod(), "10.0.0.2", ready)]))
    assert ("10.0.0.2 head-svc.team.svc.cluster.local\n" in hosts) == known


def test_a_value_of_a_variable_is_not_expanded_again() -> None:
    assert expanded("$(A)", {"A": "$(B)", "B": "x"}) == "$(B)"


def image(directory: Path) -> Image:
    (directory / "venv" / "bin").mkdir(parents=True)
    (directory / "venv" / "bin" / "python").touch()
    return Image(directory)


def test_a_mount_never_makes_a_directory_of_the_machine(tmp_path: Path) -> None:
    with pytest.raises(ContainerConfigError, match="/absent"):
        container_script(image(tmp_path / "image"), [Mount(tmp_path, "/absent/results")])


def test_odd_names_of_mounts_are_words(tmp_path: Path) -> None:
    script = container_script(image(tmp_path / "image"), [Mount(tmp_path / "a b", "/mnt/$(x)")])
    assert "'/mnt/$(x)'" in script
    assert f"'{tmp_path}/a b'" in script


class Unconnected:
    """Stands for a bridge that pods are not connected to."""

    def take(self) -> str:
        return "10.0.0.2"

    def connect(self, pid: int, address: str) -> None:
        pass

    def disconnect(self, address: str) -> None:
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a pod's namespaces")
def test_names_that_come_after_a_pod_has_ended_do_no_harm(tmp_path: Path) -> None:
    sandbox = Sandbox("head", tmp_path / "pod", cast(Bridge, Unconnected()))
    sandbox.know("10.0.0.3 worker\n")
    assert (tmp_path / "pod" / "hosts").read_text() == "10.0.0.3 worker\n"
    sandbox.close()
    sandbox.know("10.0.0.4 worker\n")
    assert not (tmp_path / "pod").exists()
