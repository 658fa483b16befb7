"""``rayjobs status`` against what the scenario ``live_status`` recorded on the real engines."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from generator.karmada.amounts import in_words, iso
from generator.karmada.job_state import JobState, Run
from generator.karmada.status.as_json import StatusDocument
from generator.karmada.status.job_status import status_of
from tests.e2e.scenarios.members import PLATFORM
from tests.helpers.command import rayjobs
from tests.helpers.jobs import write_job
from tests.live.ended_jobs import unplaced
from tests.live.recorded import PROXY, TOKEN, Recorded
from tests.live.recordings import RECORDED
from tests.live.status_jobs import CHANGED, NOT_PUSHED, PUSHED

RAYJOBS = "/apis/ray.io/v1/rayjobs"
BINDINGS = "/apis/work.karmada.io/v1alpha2/resourcebindings"
CHECKER = Draft202012Validator(StatusDocument.json_schema())


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of the scenario, with a job and a change that were never pushed."""
    root = tmp_path_factory.mktemp("repository")
    (root / "platform.yaml").write_text(PLATFORM, encoding="utf-8")
    for one in (*PUSHED, NOT_PUSHED, CHANGED):
        write_job(root, one, f"team/{one['jobName']}")
    ran = rayjobs("render", "--quiet", cwd=root)
    assert ran.returncode == 0, ran.stdout
    return root


@pytest.fixture
def recording(karmada: Recorded) -> Recorded:
    """The control plane as it was recorded."""
    karmada.load(RECORDED / "status.json")
    return karmada


@pytest.fixture
def status(rendered: Path, recording: Recorded, kubeconfig: str) -> Any:
    """Run the command on the recorded control plane."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        ran = rayjobs("status", "--kubeconfig", kubeconfig, *arguments, cwd=rendered)
        assert TOKEN not in ran.stdout + ran.stderr
        return ran

    return run


def jobs_of(ran: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """By name, the jobs that were printed as JSON, which its schema takes."""
    assert ran.stdout, ran.stderr
    document = json.loads(ran.stdout)
    assert list(CHECKER.iter_errors(document)) == []
    return {one["name"]: one for one in document["jobs"]}


def test_the_table_has_every_job(status: Any) -> None:
    ran = status()
    assert ran.returncode == 0, ran.stderr
    title, *lines = ran.stdout.splitlines()
    assert title.split() == ["JOB", "SYNC", "CLUSTERS", "STATE", "SINCE", "TOOK", "MESSAGE"]
    by_job = {line.split()[0]: line for line in lines}
    assert sorted(by_job) == [
        f"default/{name}"
        for name in sorted({one["jobName"] for one in (*PUSHED, NOT_PUSHED, CHANGED)})
    ]
    assert "no cluster fits: cluster-gpu-9 is not a member" in by_job["default/nowhere-1"]
    assert "not on Karmada" in by_job["default/unpushed-1"]
    assert " 30m " in by_job["default/succeeded-1"]


def test_json_says_the_same(status: Any) -> None:
    jobs = jobs_of(status("--format", "json"))
    assert {name: (one["sync"], one["state"]) for name, one in jobs.items()} == {
        "both-1": ("synced", "1 Initializing, 1 Succeeded"),
        "conflict-1": ("synced", "Not applied"),
        "failed-1": ("synced", "Failed"),
        "gpus-1": ("synced", "Initializing"),
        "image-1": ("synced", "Initializing"),
        "nowhere-1": ("synced", "No cluster"),
        "running-1": ("synced", "Running"),
        "succeeded-1": ("synced", "Succeeded"),
        "suspended-1": ("synced", "Suspended"),
        "unpushed-1": ("not on Karmada", None),
        "waiting-1": ("differs", "Initializing"),
    }
    assert jobs["waiting-1"]["differences"] == ["/spec/activeDeadlineSeconds"]
    assert jobs["both-1"]["clusters"] == ["member1", "member2"]
    (copy,) = jobs["failed-1"]["copies"]
    assert (copy["startTime"], copy["endTime"]) == ("2026-11-01T10:00:00Z", "2026-11-01T10:30:00Z")
    assert copy["seconds"] == 1800
    assert jobs["failed-1"]["since"] == "2026-11-01T10:30:00Z"


def test_all_are_read_from_lists_and_no_member_is_asked(status: Any, recording: Recorded) -> None:
    status()
    assert sorted(recording.asked) == [
        "/apis/cluster.karmada.io/v1alpha1/clusters",
        RAYJOBS,
        BINDINGS,
    ]


@pytest.mark.parametrize(
    ("name", "problems"),
    [
        ("both-1", ["unscheduled"]),
        ("conflict-1", ["conflict"]),
        ("gpus-1", ["pending-gpus"]),
        ("image-1", ["image-pull"]),
        ("nowhere-1", ["no-cluster-fits"]),
        ("running-1", []),
        ("succeeded-1", []),
        ("suspended-1", ["suspended"]),
        ("unpushed-1", ["not-on-karmada"]),
        ("waiting-1", ["differs", "unscheduled"]),
    ],
)
def test_a_named_job_is_explained(name: str, problems: list[str], status: Any) -> None:
    ran = status(name, "--format", "json")
    assert ran.returncode == 0, ran.stderr
    assert [one["id"] for one in jobs_of(ran)[name]["problems"]] == problems


def test_a_named_job_that_failed_exits_1(status: Any) -> None:
    ran = status("default/failed-1", "jobs/team/succeeded-1")
    assert ran.returncode == 1
    assert "default/failed-1: Failed\n  file       jobs/team/failed-1/params.json" in ran.stdout
    assert "  default/succeeded-1" not in ran.stdout
    assert "default/succeeded-1: Succeeded\n" in ran.stdout
    assert "the training failed: Job entrypoint command failed with exit code 1" in ran.stdout
    assert "what to do: `rayjobs logs failed-1 --cluster member1` shows" in ran.stdout


def test_of_a_job_that_is_well_no_member_is_asked(status: Any, recording: Recorded) -> None:
    status("succeeded-1", "running-1")
    assert not [path for path in recording.asked if "/proxy/" in path]


def test_a_member_that_refuses_is_said_with_the_rest(status: Any, recording: Recorded) -> None:
    pods = PROXY.format("member1") + "/api/v1/namespaces/default/pods"
    recording.statuses[pods] = [403] * 9
    ran = status("gpus-1")
    assert ran.returncode == 0
    assert "default/gpus-1: Initializing" in ran.stdout
    assert "member1: pods are not known: member1 refuses /api/v1/namespaces/default/pods" in (
        ran.stdout
    )


def test_filters(status: Any) -> None:
    assert len(status("--tenant", "team").stdout.splitlines()) == 12
    for arguments in (("--tenant", "other"), ("--namespace", "other")):
        ran = status(*arguments)
        assert (ran.returncode, ran.stdout) == (0, "")
        assert ran.stderr == "there is no such job\n"


def test_a_rayjob_that_git_does_not_have(status: Any, recording: Recorded) -> None:
    metadata = {"name": "by-hand", "namespace": "other", "creationTimestamp": None}
    recording.hold(RAYJOBS, {"metadata": metadata, "spec": {}})
    recording.hold(BINDINGS, unplaced("by-hand", "other", "no \u001broom"))
    line = status("--namespace", "other").stdout.splitlines()[1]
    assert line.startswith("other/by-hand  not in Git")
    told = status("--namespace", "other", "--format", "json")
    (problem,) = json.loads(told.stdout)["jobs"][0]["problems"][1:]
    assert problem["message"] == "no cluster has room: no \u001broom"
    assert status("--tenant", "team").stdout.count("not in Git") == 0


def test_what_rendered_has_of_a_job_that_is_broken_by_now(
    rendered: Path, recording: Recorded, kubeconfig: str, tmp_path: Path
) -> None:
    import shutil

    root = Path(shutil.copytree(rendered, tmp_path / "broken"))
    (root / "jobs/team/running-1/params.json").write_text("{", encoding="utf-8")
    ran = rayjobs("status", "--kubeconfig", kubeconfig, "--format", "json", cwd=root)
    found = jobs_of(ran)["running-1"]
    assert (found["sync"], found["file"]) == ("synced", None)
    platform = root / "platform.yaml"
    platform.write_text(PLATFORM + "unknown: 1\n", encoding="utf-8")
    ran = rayjobs("status", "--kubeconfig", kubeconfig, "--format", "json", cwd=root)
    assert {one["sync"] for one in jobs_of(ran).values()} == {"synced", "differs"} | {
        "not on Karmada"
    }
    platform.write_text(PLATFORM, encoding="utf-8")
    named = rayjobs("status", "jobs/team/running-1", "--kubeconfig", kubeconfig, cwd=root)
    assert named.returncode == 1
    assert "jobs/team/running-1/params.json:1:2" in named.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody-1",), "there is no valid job nobody-1"),
        (("--watch", "--format", "json"), "--watch prints text only"),
        (("running-1", "--tenant", "team"), "is for all jobs"),
    ],
)
def test_wrong_use_exits_2(arguments: tuple[str, ...], words: str, status: Any) -> None:
    ran = status(*arguments)
    assert ran.returncode == 2
    assert words in " ".join(ran.stderr.replace("│", " ").split())


def test_no_answer_exits_3(rendered: Path, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    ran = rayjobs("status", "--kubeconfig", missing, cwd=rendered)
    assert (ran.returncode, ran.stdout) == (3, "")
    assert "no kubeconfig can be used" in ran.stderr


def test_the_client_is_imported_by_nothing_else() -> None:
    code = (
        "import sys, generator.commands.app, generator.commands.status;"
        "import generator.karmada.status.as_json;"
        "sys.exit('kubernetes' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def state_of(*runs: Run, scheduled: bool | None = True, **metadata: str) -> JobState:
    resource = {"metadata": {"name": "train-1", "namespace": "team", **metadata}}
    return JobState("team", "train-1", resource, scheduled=scheduled, runs=runs)


RUNNING = Run("a", True, "", "Running", "RUNNING")


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        (state_of(scheduled=None), "Not placed"),
        (state_of(scheduled=False), "No cluster"),
        (state_of(Run("a")), "Applying"),
        (state_of(Run("a", problem="no namespace")), "Not applied"),
        (state_of(Run("a", applied=True)), "New"),
        (state_of(Run("a", True, "", "Complete", "SUCCEEDED")), "Succeeded"),
        (state_of(Run("a", True, "", "Complete", "STOPPED")), "Stopped"),
        (state_of(Run("a", True, "", "Retrying")), "Retrying"),
        (state_of(RUNNING, Run("b")), "1 Applying, 1 Running"),
        (state_of(RUNNING, RUNNING), "Running"),
        (state_of(RUNNING, deletionTimestamp="2026-11-01T10:00:00Z"), "Deleting"),
    ],
)
def test_what_a_job_does(state: JobState, phase: str) -> None:
    status = status_of(None, state, datetime(2026, 11, 1, tzinfo=UTC))
    assert (status.sync, status.phase) == ("not in Git", phase)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0s"), (0, "0s"), (59.9, "59s"), (60, "1m"), (3599, "59m59s"), (7200, "2h"),
     (90000, "1d1h"), (86400, "1d"), (86460, "1d")],
)  # fmt: skip
def test_durations(seconds: float, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words


def test_times_are_utc() -> None:
    time = datetime.fromisoformat("2026-11-01T12:00:00+02:00")
    assert iso(time) == "2026-11-01T10:00:00Z"
    assert iso(None) is None
    assert datetime.fromisoformat(iso(time) or "") == time.astimezone(UTC)
