"""No name that somebody answers leads a request elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generator.karmada.client.answers import LiveError, NotUnderstoodError
from generator.karmada.client.control_plane import connect
from generator.karmada.client.resources import CLUSTERS, PODS, Resource, path_of
from tests.helpers.command import rayjobs
from tests.live.logs import BINDINGS, NAME, RAYJOBS, RUNNING, binding, pod, ray_job
from tests.live.logs import PODS as POD_LIST
from tests.live.recorded import PROXY, Recorded

SECRET = "/api/v1/namespaces/default/secrets/s3-credentials"
CLIMBING = "x/" + "../" * 12 + "api/v1/namespaces/default/secrets/s3-credentials?a="
NAMES = [
    CLIMBING, "", ".", "..", "a/b", "a%2fb", "%2e%2e", "a?b", "a#b", "a\nb", "a\n", "a\r\nHost: x",
    "a b", "a\\b", "A", "é", "\u202ea", "a\x00", "-a", "a..b", "a" * 254,
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_path_is_of_names(name: str, karmada: Recorded, kubeconfig: str) -> None:
    """Whoever asks, for whatever, of Karmada or of a member."""
    plane = connect(kubeconfig)
    # A group and its version are of two names.
    asking: list[Any] = [
        lambda: path_of(("api", "v1", name)),
        lambda: plane.get(CLUSTERS, name),
        lambda: plane.get(PODS, name, "default"),
        lambda: plane.get(PODS, "a", name),
        lambda: list(plane.items(PODS, name)),
        lambda: list(plane.member(name).items(PODS)),
        lambda: list(plane.member("gpu-0").log(PODS, "default", name)),
        lambda: plane.open_api(name.replace("/", "//")),
        lambda: plane.get(Resource("apps/v1", name), "a"),
    ]
    for ask in asking:
        with pytest.raises(LiveError):
            ask()
    assert karmada.asked == []


def test_what_names_are_is_asked(karmada: Recorded, kubeconfig: str) -> None:
    assert path_of(("api", "v1", "a.b-c0")) == "/api/v1/a.b-c0"
    with pytest.raises(NotUnderstoodError, match="is no name that Kubernetes takes"):
        path_of(("..",))


@pytest.fixture
def secret(karmada: Recorded) -> Recorded:
    """Karmada with a job on gpu-0, and with a Secret that no member may read through it."""
    karmada.hold(RAYJOBS, ray_job())
    karmada.hold(BINDINGS, binding(**{"gpu-0": RUNNING}))
    karmada.objects[SECRET] = {
        "metadata": {"name": "s3-credentials"},
        "data": {"secret-key": "EXAMPLE-VALUE"},
    }
    return karmada


@pytest.mark.parametrize("follow", [(), ("--follow",)])
@pytest.mark.parametrize("name", NAMES)
def test_a_member_makes_no_request_leave_its_proxy(
    name: str, follow: tuple[str, ...], secret: Recorded, kubeconfig: str, tmp_path: Path
) -> None:
    evil = pod(name, labels={"job-name": NAME})
    secret.hold(POD_LIST, evil, member="gpu-0")
    (tmp_path / "jobs").mkdir()
    ran = rayjobs("logs", f"team/{NAME}", *follow, "--kubeconfig", kubeconfig, cwd=tmp_path)
    assert ran.returncode == 3
    assert "metadata.name is no name that Kubernetes takes" in ran.stderr
    assert "EXAMPLE-VALUE" not in ran.stdout + ran.stderr
    of_member = [path for path in secret.asked if path.startswith(PROXY.format("gpu-0"))]
    assert set(of_member) == {PROXY.format("gpu-0") + POD_LIST}
    assert SECRET not in secret.asked


@pytest.mark.parametrize("field", ["container", "namespace"])
def test_other_fields_of_a_pod_lead_nowhere(
    field: str, secret: Recorded, kubeconfig: str, tmp_path: Path
) -> None:
    evil = pod("submitter", labels={"job-name": NAME})
    if field == "container":
        evil["spec"]["containers"] = [{"name": "x&follow=true#"}]
    else:
        evil["metadata"]["namespace"] = "kube-system"
    secret.hold(POD_LIST, evil, member="gpu-0")
    secret.texts[f"{PROXY.format('gpu-0')}{POD_LIST}/submitter/log"] = "one\n"
    (tmp_path / "jobs").mkdir()
    ran = rayjobs("logs", f"team/{NAME}", "--kubeconfig", kubeconfig, cwd=tmp_path)
    assert not any("kube-system" in path for path in secret.asked)
    assert ran.returncode == (3 if field == "container" else 0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("where", ["clusters", "aggregatedStatus", "Cluster"])
def test_what_karmada_calls_a_cluster_is_a_name(
    where: str, name: str, secret: Recorded, kubeconfig: str, tmp_path: Path
) -> None:
    (of_job,) = secret.lists[BINDINGS]
    if where == "clusters":
        of_job["spec"]["clusters"] = [{"name": name}]
    elif where == "aggregatedStatus":
        of_job["status"]["aggregatedStatus"][0]["clusterName"] = name
    secret.hold("/apis/cluster.karmada.io/v1alpha1/clusters", {"metadata": {"name": name}})
    (tmp_path / "jobs").mkdir()
    command = ("clusters",) if where == "Cluster" else ("logs", f"team/{NAME}")
    ran = rayjobs(*command, "--kubeconfig", kubeconfig, cwd=tmp_path)
    assert ran.returncode == 3
    assert "ame is no name that Kubernetes takes" in ran.stderr
    assert not any("/proxy" in path for path in secret.asked)
