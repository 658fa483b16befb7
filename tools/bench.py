"""CPU time a job of each command, beside what reading and writing alone cost in the same run.

Absolute figures differ from machine to machine; the ratios are what is compared. Each stage runs
in a process of its own, since caches and imports would otherwise be shared, and counts user and
system time of the process between two points. The best of several runs is taken: other work on the
machine only ever adds.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
LIMITS = {
    "validate": ("read limit", 20.0),
    "render": ("write limit", 10.0),
    "check": ("read limit", 20.0),
}
HELP_LIMIT = 8.0
HELP = "import sys; sys.argv[1:] = ['--help']; from generator.__main__ import main; main()"
"""What the console script ``rayjobs --help`` does."""


def write_jobs(root: Path, count: int) -> None:
    """Realistic jobs in 20 tenants, half of them with a dozen settings of their own."""
    source = random.Random(count)
    for number in range(count):
        directory = root / "jobs" / f"tenant-{number % 20:02}" / f"train-{number:06}"
        directory.mkdir(parents=True)
        (directory / "params.json").write_text(json.dumps(job(number, source), indent=2) + "\n")


def job(number: int, source: random.Random) -> dict[str, Any]:
    """One job; no two are alike, and one in four has a finding that needs line and column."""
    where = {"endpoint": "https://minio.local", "bucket": "training-data"}
    channels = [{"channelName": "train", **where, "prefix": f"datasets/{number}/train.csv"}]
    if number % 4:
        prefix = f"datasets/{number}/validation.csv"
        channels.append({"channelName": "validation", **where, "prefix": prefix})
    hyperparameters: dict[str, Any] = {"num_round": source.randint(50, 900), "eta": 0.1}
    if number % 2:
        hyperparameters |= {
            "max_depth": source.randint(3, 12),
            "subsample": round(source.uniform(0.5, 1), 3),
            "colsample_bytree": round(source.uniform(0.5, 1), 3),
            "lambda": round(source.uniform(0, 3), 4),
            "tree_method": "hist",
            "objective": "binary:logistic",
            "eval_metric": ["auc", "logloss"],
        }
    image = "registry.example/team/xgboost:v1"
    return {
        "jobName": f"train-{number:06}",
        **({"headImage": image, "workerImage": image} if number % 3 else {}),
        "algorithm": {"source": "builtin", "algorithmName": "xgboost"},
        "resources": {
            "instanceResources": {"cpuCores": 4, "memoryGiB": 16, "gpuCount": number % 3},
            "instanceCount": 1 + number % 4,
            "volumeSizeGB": 50,
        },
        "stoppingCondition": {"maxRuntimeSeconds": 14400},
        "inputDataConfig": channels,
        "outputDataConfig": {"artifactUri": f"file:///home/ray/result-storage/{number}"},
        "hyperparameters": {"xgboost": hyperparameters},
        "customHyperparameters": {"seed": number},
        "pvcName": f"claim-{number % 20:02}",
        "targetClusters": ["cluster-gpu-0", "cluster-gpu-1"],
        "scheduling": {"mode": "one-of"},
    }


def read_limit(root: Path) -> None:
    """Read every params.json and rendered file, and parse the JSON."""
    for directory, _, files in os.walk(root):
        for name in files:
            with open(os.path.join(directory, name), "rb") as opened:
                content = opened.read()
            if name == "params.json":
                json.loads(content)


def write_limit(root: Path) -> None:
    """Read and parse every params.json, and write plain files as large as the rendered ones."""
    sizes = [path.stat().st_size for path in (root / "rendered").rglob("*.yaml")]
    target = root / "plain"
    target.mkdir(exist_ok=True)
    for directory, _, files in os.walk(root / "jobs"):
        for name in files:
            with open(os.path.join(directory, name), "rb") as opened:
                json.loads(opened.read())
    for number, size in enumerate(sizes):
        with open(target / str(number), "wb") as written:
            written.write(b"x" * size)


def command(*arguments: str) -> Callable[[Path], None]:
    """A command of ``rayjobs``, without its printing."""

    def run(root: Path) -> None:
        from generator.check import pipeline

        outcome = {
            "validate": lambda: pipeline.validate(root, []),
            "render": lambda: pipeline.render(root),
            "check": lambda: pipeline.check(root, conformance="embedded"),
        }[arguments[0]]()
        if outcome.failed:
            raise SystemExit(f"{arguments[0]}: {outcome.diagnostics[0]}")

    return run


STAGES: dict[str, Callable[[Path], None]] = {
    "read limit": read_limit,
    "write limit": write_limit,
    "validate": command("validate"),
    "render": command("render"),
    "unchanged render": command("render"),
    "check": command("check"),
}


def cpu_seconds() -> float:
    """User and system time of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def run_stage(name: str, root: Path) -> float:
    """CPU seconds of one stage in this process, imports aside."""
    if name not in ("read limit", "write limit"):
        from generator.check import pipeline

        assert pipeline
        gc.disable()  # as the command line does
    before = cpu_seconds()
    STAGES[name](root)
    return cpu_seconds() - before


def in_own_process(name: str, root: Path) -> float:
    """CPU seconds of one stage in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", "tools.bench", "--stage", name, "--root", str(root)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(ran.stdout)


def best_of(runs: int, name: str, root: Path) -> float:
    """The least of several runs; before a render the tree is emptied."""
    seconds = []
    for _ in range(runs):
        if name == "render":
            subprocess.run(["rm", "-rf", root / "rendered"], check=True)
        if name == "write limit":
            subprocess.run(["rm", "-rf", root / "plain"], check=True)
        seconds.append(in_own_process(name, root))
    return min(seconds)


def measure(count: int, runs: int) -> dict[str, float]:
    """CPU microseconds a job by stage."""
    with tempfile.TemporaryDirectory(prefix="rayjobs-bench-") as directory:
        root = Path(directory)
        write_jobs(root, count)
        in_own_process("render", root)
        order = ["write limit", "validate", "render", "unchanged render", "read limit", "check"]
        figures = {}
        for name in order:
            if name == "read limit":
                subprocess.run(["rm", "-rf", root / "plain"], check=True)
            figures[name] = best_of(runs, name, root) / count * 1e6
        return figures


def help_ratio(runs: int) -> float:
    """CPU time of ``rayjobs --help`` beside that of an interpreter that does nothing.

    Both find bytecode, as they do where pip has installed the package, whatever this machine sets.
    """
    with tempfile.TemporaryDirectory(prefix="rayjobs-bench-") as directory:
        inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        return _help_ratio(runs, {**inherited, "PYTHONPYCACHEPREFIX": directory})


def _help_ratio(runs: int, environment: dict[str, str]) -> float:
    def cost(*arguments: str) -> float:
        def children() -> float:
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            return used.ru_utime + used.ru_stime

        before = children()
        for _ in range(runs):
            subprocess.run(
                [sys.executable, *arguments],
                cwd=REPOSITORY,
                env=environment,
                stdout=subprocess.DEVNULL,
                check=True,
            )
        return children() - before

    cost("-c", HELP)
    return cost("-c", HELP) / cost("-c", "pass")


def main() -> None:
    """Print the figures and ratios."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=main.__doc__)
    parser.add_argument("--jobs", type=int, default=1000, help="jobs to generate")
    parser.add_argument("--runs", type=int, default=5, help="runs of each stage")
    parser.add_argument("--stage", choices=STAGES, help=argparse.SUPPRESS)
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        print(run_stage(options.stage, options.root))
        return
    started = time.monotonic()
    figures = measure(options.jobs, options.runs)
    print(f"{options.jobs} jobs, CPU microseconds a job, best of {options.runs} runs")
    for name in STAGES:
        line = f"  {name:<17} {figures[name]:8.1f}"
        for limit in ("read limit", "write limit"):
            line += f"   {figures[name] / figures[limit]:6.2f}x {limit}"
        print(line)
    for name, (limit, most) in LIMITS.items():
        print(f"{name}: {figures[name] / figures[limit]:.2f}x the {limit}, at most {most:g}x")
    print(f"--help: {help_ratio(20):.2f}x a bare interpreter, at most {HELP_LIMIT:g}x")
    print(f"measured in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
