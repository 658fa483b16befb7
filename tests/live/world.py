"""A repository and a control plane with all that the commands read, in this process."""

from __future__ import annotations

from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from generator.check import pipeline
from generator.commands.app import command as program
from generator.console.streams import SafeStream
from tests.e2e.scenarios.members import PLATFORM
from tests.helpers.commits import commit
from tests.helpers.jobs import minimal_job, write_job
from tests.live.recorded import PROXY, TOKEN, Recorded
from tests.live.recordings import RECORDED
from tests.live.status_jobs import PUSHED

LOGGED = minimal_job("xgboost-1", targetClusters=["member1", "member2"])
COMMANDS: dict[str, tuple[str, ...]] = {
    "status": ("status",),
    "status-json": ("status", "--format", "json"),
    "status-jobs": ("status", "both-1", "image-1", "suspended-1", "nowhere-1", "xgboost-1"),
    "logs": ("logs", "default/xgboost-1"),
    "logs-head": ("logs", "xgboost-1", "--component", "head"),
    "logs-events": ("logs", "xgboost-1", "--component", "operator-events"),
    "clusters": ("clusters",),
    "clusters-json": ("clusters", "--format", "json"),
    "doctor": ("doctor",),
    "archive": ("archive", "--finished-for", "1h"),
    "page": ("page", "site"),
}
"""What asks an API server and ends by itself."""
FOLLOWING: dict[str, tuple[str, ...]] = {
    "status-watch": ("status", "--watch"),
    "logs-follow": ("logs", "xgboost-1", "--follow"),
}


def write_repository(root: Path) -> None:
    """Write, render and commit the jobs."""
    (root / "platform.yaml").write_text(PLATFORM, encoding="utf-8")
    for one in (*PUSHED, LOGGED):
        write_job(root, one, f"team/{one['jobName']}")
    assert not pipeline.render(root).failed
    commit(root)


def hold_world(karmada: Recorded, open_api: dict[str, dict[str, Any]]) -> None:
    """Have Karmada and its members know the jobs; ``open_api`` are documents by path."""
    karmada.load(RECORDED / "status.json")
    karmada.load(RECORDED / "logs.json")
    version = {"gitVersion": "v1.35.0"}
    for prefix in ("", PROXY.format("member1"), PROXY.format("member2")):
        karmada.objects[f"{prefix}/version"] = version
        karmada.objects |= {f"{prefix}{path}": one for path, one in open_api.items()}
    for pod in karmada.lists[PROXY.format("member1") + "/api/v1/namespaces/default/pods"]:
        name = pod["metadata"]["name"]
        path = f"{PROXY.format('member1')}/api/v1/namespaces/default/pods/{name}/log"
        karmada.texts[path] = "one\ntwo\n"
    workload = {"metadata": {"name": "w"}, "status": {"conditions": [{"type": "Admitted"}]}}
    karmada.hold(
        "/apis/kueue.x-k8s.io/v1beta2/namespaces/default/workloads", workload, member="member1"
    )


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended, and what it printed."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


def run(root: Path, kubeconfig: str, command: tuple[str, ...]) -> Result:
    """Run a command here; what a mistake of ours raises is raised."""
    place = ("--root", str(root), "--kubeconfig", kubeconfig)
    arguments = [str(root.parent / "site") if one == "site" else one for one in command]
    taken = BytesIO(), BytesIO()
    out, err = (SafeStream(one, in_actions=False) for one in taken)
    code: object = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            program.main([*arguments, *place], prog_name="rayjobs")
        except SystemExit as ended:
            code = ended.code
        finally:
            out.flush()
            err.flush()
    ran = Result(code if isinstance(code, int) else 0, *(one.getvalue().decode() for one in taken))
    assert "Traceback" not in ran.output
    assert TOKEN not in ran.output
    return ran
