"""Reading an API server: pages, what is missing, what is refused, what does not answer."""

from __future__ import annotations

import re
import socket
import struct
import threading
from pathlib import Path
from typing import Any

import pytest

from generator.karmada.client import control_plane, resources
from generator.karmada.client.answers import LiveError, RefusedError, UnreachableError
from generator.karmada.client.control_plane import MOST_OF_A_LINE, PAGE, connect
from tests.live.recorded import PROXY, TOKEN, Recorded

RAYJOBS = "/apis/ray.io/v1/rayjobs"
PODS = "/api/v1/namespaces/default/pods"


def named(name: str, namespace: str = "default", **labels: str) -> dict[str, object]:
    return {"metadata": {"name": name, "namespace": namespace, "labels": labels}}


def test_a_list_is_read_page_by_page(karmada: Recorded, kubeconfig: str) -> None:
    karmada.hold(RAYJOBS, *(named(f"job-{number}") for number in range(2 * PAGE + 1)))
    found = list(connect(kubeconfig).items(resources.RAYJOBS))
    assert [one["metadata"]["name"] for one in found] == [f"job-{n}" for n in range(2 * PAGE + 1)]
    assert karmada.asked == [RAYJOBS] * 3


def test_labels_select(karmada: Recorded, kubeconfig: str) -> None:
    karmada.hold(RAYJOBS, named("a", kind="x"), named("b", kind="y"))
    found = list(connect(kubeconfig).items(resources.RAYJOBS, labelSelector="kind=y"))
    assert [one["metadata"]["name"] for one in found] == ["b"]


def test_what_is_missing_is_none(karmada: Recorded, kubeconfig: str) -> None:
    karmada.hold(PODS, named("head"))
    plane = connect(kubeconfig)
    assert plane.get(resources.PODS, "head", "default") is not None
    assert plane.get(resources.PODS, "other", "default") is None


def test_a_member_is_reached_through_karmada(karmada: Recorded, kubeconfig: str) -> None:
    karmada.hold(PODS, named("head"), member="gpu-0")
    member = connect(kubeconfig).member("gpu-0")
    assert [one["metadata"]["name"] for one in member.items(resources.PODS, "default")] == ["head"]
    assert karmada.asked == [PROXY.format("gpu-0") + PODS]


def test_an_error_of_the_server_is_asked_again(karmada: Recorded, kubeconfig: str) -> None:
    karmada.hold(RAYJOBS, named("a"))
    karmada.statuses[RAYJOBS] = [503, 500]
    assert len(list(connect(kubeconfig).items(resources.RAYJOBS))) == 1
    assert karmada.asked == [RAYJOBS] * 3


@pytest.mark.parametrize(("status", "hint"), [(401, "log in again"), (403, "reader-role.yaml")])
def test_a_refusal_says_what_to_do(
    status: int, hint: str, karmada: Recorded, kubeconfig: str
) -> None:
    karmada.statuses[RAYJOBS] = [status]
    with pytest.raises(RefusedError, match="as the test wants it") as refused:
        list(connect(kubeconfig).items(resources.RAYJOBS))
    assert refused.value.status == status
    assert hint in refused.value.advice.hint


@pytest.mark.parametrize(
    ("words", "role"),
    [
        ('pods is forbidden: User "anna" cannot list resource "pods"', "sync/members/"),
        ('User "anna" cannot get resource "clusters/proxy"', "sync/karmada/"),
    ],
)
def test_a_refusal_names_the_role_of_who_refuses(
    words: str, role: str, karmada: Recorded, kubeconfig: str
) -> None:
    karmada.statuses[PROXY.format("gpu-0") + PODS] = [403]
    karmada.words = words
    with pytest.raises(RefusedError, match=re.escape(words)) as refused:
        list(connect(kubeconfig).member("gpu-0").items(resources.PODS, "default"))
    assert f"{role}reader-role.yaml" in refused.value.advice.hint


def test_events_go_on_from_the_list(karmada: Recorded, kubeconfig: str) -> None:
    karmada.hold(RAYJOBS, named("a"))
    plane = connect(kubeconfig)
    _, version = plane.listed(resources.RAYJOBS)
    karmada.events[RAYJOBS] = [
        {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "8"}}},
        {"type": "MODIFIED", "object": named("a") | {"status": {"jobStatus": "RUNNING"}}},
    ]
    events = plane.events(resources.RAYJOBS, version)
    kind, changed = next(events)
    assert (kind, changed["status"]) == ("MODIFIED", {"jobStatus": "RUNNING"})
    with pytest.raises(RefusedError) as too_old:
        next(events)
    assert too_old.value.status == 410


def test_a_watch_that_breaks_off_says_so(karmada: Recorded, kubeconfig: str) -> None:
    karmada.texts[f"watch {RAYJOBS}"] = "<html>a proxy's words</html>\n"
    with pytest.raises(UnreachableError, match="broke off the watch"):
        next(connect(kubeconfig).events(resources.RAYJOBS, "7"))


def test_lines_of_a_log(karmada: Recorded, kubeconfig: str) -> None:
    parts = [b"one\n\n\xff\x1b", b"[31m\r\nbegun"]
    karmada.logs[f"{PODS}/head/log"] = lambda query: (iter(parts), True)
    lines = connect(kubeconfig).log(
        resources.PODS, "default", "head", follow=True, container="ray-head"
    )
    assert list(lines) == [b"one\n", b"\n", b"\xff\x1b[31m\r\n", b"begun"]


def test_an_endless_line_comes_in_pieces(karmada: Recorded, kubeconfig: str) -> None:
    parts = [b"x" * 10_000] * 50 + [b"\none\n"]
    karmada.logs[f"{PODS}/head/log"] = lambda query: (iter(parts), True)
    lines = [*connect(kubeconfig).log(resources.PODS, "default", "head", follow=True)]
    assert b"".join(lines) == b"".join(parts)
    assert max(map(len, lines)) <= 2 * MOST_OF_A_LINE
    assert lines[-1] == b"one\n"


def test_a_watch_tells_no_endless_line(
    karmada: Recorded, kubeconfig: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_plane, "MOST_OF_A_CHANGE", 1000)
    karmada.texts[f"watch {RAYJOBS}"] = "{" * 100_000
    with pytest.raises(UnreachableError, match="something else than JSON"):
        next(connect(kubeconfig).events(resources.RAYJOBS, "7"))


@pytest.mark.parametrize(
    "change",
    [
        {"type": 5, "object": {}},
        {"type": "ERROR", "object": {"code": "x"}},
        {"type": "ADDED", "object": {"metadata": {"name": "../x"}}},
        {"type": "ADDED", "object": {"metadata": []}},
        {"type": "BOOKMARK", "object": {"metadata": 5}},
        {"object": {}},
        [],
    ],
)
def test_a_watch_that_tells_nonsense(change: Any, karmada: Recorded, kubeconfig: str) -> None:
    karmada.events[RAYJOBS] = [change]
    with pytest.raises(LiveError, match=r"/apis/ray\.io/v1/rayjobs"):
        next(connect(kubeconfig).events(resources.RAYJOBS, "7"))


def test_a_watch_that_ends_goes_on_after_a_pause(
    karmada: Recorded, kubeconfig: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that ends each at once is not asked without a pause."""
    paused: list[float] = []
    monkeypatch.setattr("generator.karmada.client.control_plane.time.sleep", paused.append)
    karmada.events[RAYJOBS] = [{"type": "ADDED", "object": named("a")}]
    events = connect(kubeconfig).events(resources.RAYJOBS, "7")
    assert next(events)[0] == "ADDED"
    with pytest.raises(RefusedError):
        next(events)
    assert paused == [1.0]


def test_a_log_that_is_broken_off_says_so(karmada: Recorded, kubeconfig: str) -> None:
    karmada.logs[f"{PODS}/head/log"] = lambda query: (iter([b"one\ntw"]), False)
    lines = connect(kubeconfig).log(resources.PODS, "default", "head", follow=True)
    assert next(lines) == b"one\n"
    with pytest.raises(UnreachableError, match="broke off"):
        next(lines)


def test_whether_one_may(karmada: Recorded, kubeconfig: str) -> None:
    karmada.denied.add(("get", "pods/log"))
    plane = connect(kubeconfig)
    assert plane.may("list", "ray.io", "rayjobs")
    assert not plane.may("get", "", "pods/log", "default")


def test_nobody_answers(tmp_path: Path, karmada: Recorded) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file = tmp_path / "nobody.json"
    file.write_text(str(karmada.kubeconfig).replace(str(karmada.port), str(port)), "utf-8")
    with pytest.raises(UnreachableError, match=r"Karmada does not answer: .*refused") as failed:
        list(connect(str(file)).items(resources.RAYJOBS))
    assert TOKEN not in str(failed.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "a: b", "clusters: 3", "current-context: x"])
def test_what_is_no_kubeconfig(text: str, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UnreachableError, match="no kubeconfig can be used") as failed:
        connect(str(file))
    assert "--kubeconfig" in failed.value.advice.hint


def test_no_kubeconfig_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreachableError, match="no kubeconfig can be used"):
        connect(str(tmp_path / "missing"))


def test_a_context_that_is_not_there(kubeconfig: str) -> None:
    with pytest.raises(UnreachableError, match="other"):
        connect(kubeconfig, "other")


def test_a_client_that_goes_leaves_no_words(
    karmada: Recorded, capfd: pytest.CaptureFixture[str]
) -> None:
    address = ("127.0.0.1", karmada.port)
    of_others = set(threading.enumerate())  # clients that earlier tests left keep theirs
    with socket.create_connection(address) as client:
        # Closed so, it resets the connection.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # Clients are taken in order: once the next has its answer, the first one's thread is there.
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert client.recv(8) == b"HTTP/1.1"
    for thread in set(threading.enumerate()) - of_others:
        if "process_request_thread" in thread.name:
            thread.join(10)
            assert not thread.is_alive()
    assert capfd.readouterr().err == ""
