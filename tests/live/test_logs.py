"""``rayjobs logs`` on a control plane that answers from what was recorded."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.commands.logs import shown, write_line
from generator.console.streams import SafeStream
from generator.karmada.client.control_plane import connect
from generator.karmada.logs.follow import Following
from generator.karmada.logs.sources import Asked, Line, Query
from tests.helpers.command import ROOT, rayjobs
from tests.helpers.jobs import minimal_job, write_job
from tests.helpers.terminals import Terminal
from tests.live.logs import (
    BINDINGS,
    NAME,
    PODS,
    RAY_CLUSTER,
    RAYJOBS,
    RUNNING,
    binding,
    pod,
    ray_job,
)
from tests.live.recorded import PROXY, TOKEN, Recorded
from tests.live.recordings import RECORDED

EVENTS = "/api/v1/namespaces/team/events"
COMPLETE = {"jobDeploymentStatus": "Complete", "jobStatus": "SUCCEEDED"}
FAILED = {
    "jobDeploymentStatus": "Failed",
    "reason": "DeadlineExceeded",
    "message": "The RayJob has passed the activeDeadlineSeconds.",
}


def submitter(name: str = f"{NAME}-abcde", phase: str = "Succeeded", **more: Any) -> dict[str, Any]:
    return pod(name, phase, labels={"job-name": NAME}, **more)


def ray_pod(kind: str, number: int = 0) -> dict[str, Any]:
    labels = {"ray.io/cluster": RAY_CLUSTER, "ray.io/node-type": kind}
    return pod(f"{RAY_CLUSTER}-{kind}-{number}", container=f"ray-{kind}", labels=labels)


def log(name: str, member: str = "gpu-0") -> str:
    return f"{PROXY.format(member)}{PODS}/{name}/log"


@pytest.fixture
def placed(karmada: Recorded) -> Recorded:
    """A control plane with the job on one cluster, where it has ended."""
    karmada.hold(RAYJOBS, ray_job())
    karmada.hold(BINDINGS, binding(**{"gpu-0": COMPLETE}))
    karmada.hold(PODS, submitter(), member="gpu-0")
    karmada.texts[log(f"{NAME}-abcde")] = "one\ntwo\n"
    return karmada


@pytest.fixture
def logs(repository: Path, kubeconfig: str) -> Any:
    """Run the command."""

    def run(*arguments: str, job: str = NAME) -> subprocess.CompletedProcess[str]:
        ran = rayjobs("logs", job, "--kubeconfig", kubeconfig, *arguments, cwd=repository)
        assert TOKEN not in ran.stdout + ran.stderr
        return ran

    return run


def test_the_drivers_log_is_the_submitters(placed: Recorded, logs: Any) -> None:
    ran = logs()
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "one\ntwo\n", "")


def test_of_several_tries_of_the_submitter_the_last(placed: Recorded, logs: Any) -> None:
    last = submitter(f"{NAME}-aaaaa", made="2026-11-01T10:05:00Z")
    placed.hold(PODS, last, member="gpu-0")
    placed.texts[log(f"{NAME}-aaaaa")] = "again\n"
    assert logs().stdout == "again\n"


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ((), {}),
        (("--tail", "7"), {"tailLines": "7"}),
        (("--since", "1h30m"), {"sinceSeconds": "5400"}),
        (("--timestamps",), {"timestamps": "true"}),
    ],
)
def test_options_are_the_api_servers(
    arguments: tuple[str, ...], asked: dict[str, str], placed: Recorded, logs: Any
) -> None:
    queries = []

    def answer(query: dict[str, str]) -> tuple[Iterator[bytes], bool]:
        queries.append(query)
        return iter([b"one\n"]), True

    placed.logs[log(f"{NAME}-abcde")] = answer
    assert logs(*arguments).stdout == "one\n"
    # Not that of a container which somebody adds to every pod.
    assert queries == [{"container": "ray-job-submitter", **asked}]


@pytest.mark.parametrize("since", ["0s", "10", "m", "1.5h", "-1m", "ten minutes", "00h0s", ""])
def test_what_is_no_duration(since: str, placed: Recorded, logs: Any) -> None:
    ran = logs("--since", since)
    assert ran.returncode == 2
    assert "is no duration" in ran.stderr
    assert placed.asked == []


def test_copies_are_told_apart(placed: Recorded, logs: Any) -> None:
    placed.lists[BINDINGS] = [binding(**{"gpu-0": COMPLETE, "gpu-1": RUNNING})]
    placed.hold(PODS, submitter(f"{NAME}-bbbbb", "Running"), member="gpu-1")
    placed.texts[log(f"{NAME}-bbbbb", "gpu-1")] = "three"
    ran = logs()
    assert ran.stdout == "[gpu-0] one\n[gpu-0] two\n[gpu-1] three\n"
    assert ran.stderr == "2 copies: gpu-0, gpu-1; --cluster chooses one\n"
    assert logs("--cluster", "gpu-1").stdout == "three"
    elsewhere = logs("--cluster", "gpu-9")
    assert elsewhere.returncode == 2
    assert "gpu-0, gpu-1" in elsewhere.stderr


def test_a_member_that_cannot_be_read_hides_no_other(placed: Recorded, logs: Any) -> None:
    placed.lists[BINDINGS] = [binding(**{"away": RUNNING, "gpu-0": COMPLETE})]
    placed.statuses[PROXY.format("away") + PODS] = [403]
    ran = logs()
    assert (ran.returncode, ran.stdout) == (3, "[gpu-0] one\n[gpu-0] two\n")
    assert "away refuses" in ran.stderr
    assert "reader-role.yaml" in ran.stderr


def test_workers_are_told_apart(placed: Recorded, logs: Any) -> None:
    workers = [ray_pod("worker", number) for number in (0, 1)]
    placed.hold(PODS, ray_pod("head"), *workers, member="gpu-0")
    for number in (0, 1):
        placed.texts[log(f"{RAY_CLUSTER}-worker-{number}")] = f"worker {number}\n"
    placed.texts[log(f"{RAY_CLUSTER}-head-0")] = "head\n"
    assert logs("--component", "head").stdout == "head\n"
    assert logs("--component", "worker").stdout == (
        f"[{RAY_CLUSTER}-worker-0] worker 0\n[{RAY_CLUSTER}-worker-1] worker 1\n"
    )


def test_a_ray_cluster_that_is_gone(placed: Recorded, logs: Any) -> None:
    ran = logs("--component", "head")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "KubeRay ends it 10m after the job (ttlSecondsAfterFinished)" in ran.stderr
    assert "`rayjobs logs team/train-1 --cluster gpu-0`" in ran.stderr


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (None, "there is no pod yet: Karmada has not applied it yet"),
        (RUNNING, "there is no pod yet: Running, RUNNING"),
        (FAILED, "there is no pod of the submitter"),
        (FAILED, "Failed: DeadlineExceeded: The RayJob has passed"),
    ],
)
def test_no_pod(said: dict[str, Any] | None, words: str, karmada: Recorded, logs: Any) -> None:
    karmada.hold(RAYJOBS, ray_job())
    karmada.hold(BINDINGS, binding(**{"gpu-0": said}))
    karmada.hold(PODS, member="gpu-0")
    ran = logs()
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("gpu-0: ")
    assert words in ran.stderr


def test_no_cluster(karmada: Recorded, logs: Any) -> None:
    karmada.hold(RAYJOBS, ray_job())
    refused = binding()
    condition = {"type": "Scheduled", "status": "False", "reason": "NoClusterFit", "message": "0/2"}
    refused["status"]["conditions"] = [condition]
    karmada.hold(BINDINGS, refused)
    ran = logs()
    assert (ran.returncode, ran.stderr) == (1, "no cluster was chosen: NoClusterFit: 0/2\n")


def test_a_pod_that_has_not_begun(karmada: Recorded, logs: Any) -> None:
    karmada.hold(RAYJOBS, ray_job())
    karmada.hold(BINDINGS, binding(**{"gpu-0": RUNNING}))
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": 'image "a\x1b[2Jb"'}}
    karmada.hold(PODS, submitter(phase="Pending", state=waiting), member="gpu-0")
    ran = logs()
    assert ran.returncode == 1
    assert f"pod {NAME}-abcde has not begun: ImagePullBackOff: image" in ran.stderr
    assert "a\\u001b[2Jb" in ran.stderr


def test_a_pod_that_ended_before_it_began(karmada: Recorded, logs: Any) -> None:
    karmada.hold(RAYJOBS, ray_job())
    karmada.hold(BINDINGS, binding(**{"gpu-0": RUNNING}))
    evicted = submitter(phase="Failed")
    evicted["status"] = {"phase": "Failed", "reason": "Evicted", "message": "low on memory"}
    karmada.hold(PODS, evicted, member="gpu-0")
    ran = logs()
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "has not begun: Evicted: low on memory" in ran.stderr


def test_a_job_is_named_as_for_show(placed: Recorded, logs: Any, repository: Path) -> None:
    write_job(repository, minimal_job(jobName=NAME, namespace="team"), f"vision/{NAME}")
    folder = f"jobs/vision/{NAME}"
    for job in (NAME, f"team/{NAME}", folder, f"{folder}/params.json"):
        assert logs(job=job).stdout == "one\ntwo\n"


def test_a_name_in_two_namespaces(placed: Recorded, logs: Any) -> None:
    placed.hold("/apis/ray.io/v1/namespaces/other/rayjobs", ray_job(namespace="other"))
    ran = logs()
    assert ran.returncode == 2
    assert f"other/{NAME}, team/{NAME}" in ran.stderr
    assert logs(job=f"team/{NAME}").stdout == "one\ntwo\n"


@pytest.mark.parametrize("job", ["train-2", "team/train-2", "a=b,c", "../x", "Train-1", "/"])
def test_a_job_that_nobody_knows(job: str, placed: Recorded, logs: Any) -> None:
    ran = logs(job=job)
    assert (ran.returncode, ran.stdout) == (2, "")


def test_a_job_that_was_not_pushed(placed: Recorded, logs: Any, repository: Path) -> None:
    write_job(repository, minimal_job(jobName="train-2"), "vision/train-2")
    ran = logs(job="train-2")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "it is not on Karmada: not pushed yet" in ran.stderr


def event(number: int, kind: str, name: str, message: str = "done", **more: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": f"e{number}", "namespace": "team", "uid": f"uid-{number}"},
        "involvedObject": {"kind": kind, "name": name},
        "type": "Normal",
        "reason": "Created",
        "message": message,
        "lastTimestamp": f"2026-11-01T10:00:{number:02}Z",
        **more,
    }


def test_events_of_the_jobs_objects_alone_in_time_order(placed: Recorded, logs: Any) -> None:
    late = {"lastTimestamp": None, "eventTime": "2026-11-01T10:00:30.500000Z", "count": 3}
    placed.hold(
        EVENTS,
        event(1, "Pod", f"{RAY_CLUSTER}-head-zzzzz", "a\x1b[2J\nb", type="Warning", **late),
        event(2, "Job", NAME),
        event(3, "RayJob", NAME),
        event(4, "RayCluster", RAY_CLUSTER),
        event(5, "Pod", f"{NAME}-abcde"),
        event(6, "RayJob", "train-12"),
        event(7, "Pod", "train-1-2-abcde"),
        event(8, "Pod", "train-12-x7k2p-head-zzzzz"),
        event(9, "ConfigMap", NAME),
        member="gpu-0",
    )
    lines = logs("--component", "operator-events").stdout.splitlines()
    assert lines == [
        f"2026-11-01T10:00:02Z Normal Job/{NAME} Created: done",
        f"2026-11-01T10:00:03Z Normal RayJob/{NAME} Created: done",
        f"2026-11-01T10:00:04Z Normal RayCluster/{RAY_CLUSTER} Created: done",
        f"2026-11-01T10:00:05Z Normal Pod/{NAME}-abcde Created: done",
        f"2026-11-01T10:00:30Z Warning Pod/{RAY_CLUSTER}-head-zzzzz Created: "
        "a\\u001b[2J\\u000ab (3 times)",
    ]
    last = logs("--component", "operator-events", "--tail", "1", "--follow")
    assert last.stdout.splitlines() == lines[-1:]
    old = logs("--component", "operator-events", "--since", "1m")
    assert (old.returncode, old.stdout) == (0, "")


def test_no_events(placed: Recorded, logs: Any) -> None:
    placed.hold(EVENTS, event(1, "Pod", "other"), member="gpu-0")
    for options in ((), ("--follow",)):
        ran = logs("--component", "operator-events", *options)
        assert (ran.returncode, ran.stdout) == (1, "")
        assert "there are no events" in ran.stderr


def following(kubeconfig: str, say: Callable[[str], None]) -> Following:
    asked = Asked("team", NAME, "driver", None, Query())
    return Following(connect(kubeconfig), asked, say, every=0.01)


def test_following_waits_for_the_pod_and_ends_with_it(karmada: Recorded, kubeconfig: str) -> None:
    """What is waited for is said, and each time that it was, the next step is made."""
    karmada.hold(PODS, member="gpu-0")
    waiting = submitter(phase="Pending", state={"waiting": {"reason": "ContainerCreating"}})
    steps: Iterator[Callable[[], None]] = iter(
        [
            lambda: karmada.hold(RAYJOBS, ray_job()),
            lambda: karmada.hold(BINDINGS, binding(**{"gpu-0": RUNNING})),
            lambda: karmada.hold(PODS, waiting, member="gpu-0"),
            lambda: waiting.update(submitter()),
        ]
    )
    karmada.texts[log(f"{NAME}-abcde")] = "2026-11-01T10:00:00.5Z one\nthe kubelet's words\n"
    said: list[str] = []

    def say(words: str) -> None:
        said.append(words)
        next(steps)()

    assert list(following(kubeconfig, say)) == [
        Line("gpu-0", f"{NAME}-abcde", b"one\n"),
        Line("gpu-0", f"{NAME}-abcde", b"the kubelet's words\n"),
    ]
    assert said == [
        "not on Karmada yet",
        "Karmada has not placed it on a cluster yet",
        "gpu-0: there is no pod yet: Running, RUNNING",
        f"gpu-0: pod {NAME}-abcde has not begun: ContainerCreating",
    ]


def test_following_ends_with_a_job_without_a_log(karmada: Recorded, kubeconfig: str) -> None:
    karmada.hold(RAYJOBS, ray_job())
    karmada.hold(BINDINGS, binding(**{"gpu-0": FAILED}))
    karmada.hold(PODS, member="gpu-0")
    said: list[str] = []
    follow = following(kubeconfig, said.append)
    assert list(follow) == []
    assert not follow.has_begun
    assert "there is no pod of the submitter" in said[0]


def test_following_ends_with_a_job_that_is_deleted(karmada: Recorded, kubeconfig: str) -> None:
    karmada.hold(RAYJOBS, ray_job())
    said: list[str] = []

    def say(words: str) -> None:
        said.append(words)
        karmada.lists[RAYJOBS].clear()

    assert list(following(kubeconfig, say)) == []
    assert said[-1] == "it is gone from Karmada"


def test_all_copies_are_followed(placed: Recorded, kubeconfig: str) -> None:
    placed.lists[BINDINGS] = [binding(**{"gpu-0": COMPLETE, "gpu-1": COMPLETE})]
    placed.hold(PODS, submitter(f"{NAME}-bbbbb"), member="gpu-1")
    placed.texts[log(f"{NAME}-bbbbb", "gpu-1")] = "three"
    follow = following(kubeconfig, pytest.fail)
    lines = sorted((line.cluster, line.text) for line in follow)
    assert lines == [("gpu-0", b"one\n"), ("gpu-0", b"two\n"), ("gpu-1", b"three")]
    assert follow.clusters == ("gpu-0", "gpu-1")


def test_following_ends_quietly_when_it_is_interrupted(
    placed: Recorded, kubeconfig: str, tmp_path: Path
) -> None:
    def endless(query: dict[str, str]) -> tuple[Iterator[bytes], bool]:
        return iter([b"2026-11-01T10:00:00Z one\n"]), False

    placed.lists[BINDINGS] = [binding(**{"gpu-0": RUNNING})]
    placed.lists[PROXY.format("gpu-0") + PODS] = [submitter(phase="Running")]
    placed.logs[log(f"{NAME}-abcde")] = endless
    command = [sys.executable, "-m", "generator", "logs", NAME, "--follow"]
    running = subprocess.Popen(
        [*command, "--kubeconfig", kubeconfig],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdout is not None
    assert running.stdout.readline() == b"one\n"
    running.send_signal(signal.SIGINT)
    assert running.communicate(timeout=30) == (b"", b"")
    assert running.returncode == 130


HOSTILE = b"a\tb \x1b[36mcolor\x1b[0m \x1b]0;title\x07 \xff \xe2\x80\xae\r\n"


def test_a_terminal_is_not_controlled_by_a_log() -> None:
    words = shown(HOSTILE)
    assert words == "a\tb color \\u001b]0;title\\u0007 \\xff \\u202e"

    terminal = Terminal()
    write_line(terminal, HOSTILE, "gpu\x1b-0")
    assert terminal.text == f"[gpu\\u001b-0] {words}\n"


def test_a_pipe_has_the_bytes_as_they_are() -> None:
    taken = io.BytesIO()
    stream = SafeStream(taken, in_actions=False)
    write_line(stream, HOSTILE)
    write_line(stream, b"begun")
    stream.flush()
    assert taken.getvalue() == HOSTILE + b"begun"


def test_no_line_is_a_command_to_githubs_runner(
    placed: Recorded, repository: Path, kubeconfig: str
) -> None:
    placed.texts[log(f"{NAME}-abcde")] = "::error::a\n\u200b ::add-mask::b\nc ##[error]d\n"
    environment = {"GITHUB_ACTIONS": "true"}
    arguments = ("logs", NAME, "--kubeconfig", kubeconfig)
    ran = rayjobs(*arguments, cwd=repository, environment=environment)
    assert ran.stdout == (":\\u003aerror::a\n\\u200b ::add-mask::b\nc ##\\u005berror]d\n")


def test_what_a_member_answered(karmada: Recorded, logs: Any) -> None:
    """Pods and events as KubeRay and a member's API server made them in the end-to-end tests."""
    karmada.load(RECORDED / "logs.json")
    pods = karmada.lists[PROXY.format("member1") + "/api/v1/namespaces/default/pods"]
    for one in pods:
        name = one["metadata"]["name"]
        path = f"{PROXY.format('member1')}/api/v1/namespaces/default/pods/{name}/log"
        karmada.texts[path] = f"{name}\n"
    (driver,) = logs(job="xgboost-1").stdout.splitlines()
    assert driver.rpartition("-")[0] == "xgboost-1"
    for component in ("head", "worker"):
        (line,) = logs("--component", component, job="xgboost-1").stdout.splitlines()
        assert f"-{component}-" in line
    events = logs("--component", "operator-events", job="xgboost-1").stdout.splitlines()
    words = [" ".join(line.split()[2:4]) for line in events]
    assert "RayJob/xgboost-1 CreatedRayJobSubmitter:" in words
    assert any(word.startswith("Job/xgboost-1 ") for word in words)
