"""Start Ray nodes, run training scripts there, and say what Ray gave to their processes.

Run by the interpreter that has Ray. Standard input is ``{"nodes": [...], "runs": [...]}``: what
``ray start`` of each node is told, the head's first, and each script with its variables and the
seconds that it has. The file that is named gets Ray's nodes by their ids, and a
:class:`tests.training.placement.Run` for each.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import ray
from ray.cluster_utils import Cluster

HEAD = "node:__internal_head__"
"""The resource by which Ray marks the head."""
LOGS = "logs/worker-*"
"""What processes print: the second version of Ray Train turns it to the standard error."""


def main() -> None:
    """Run the plan, and write what was seen."""
    plan = json.load(sys.stdin)
    head, *workers = plan["nodes"]
    cluster = Cluster(initialize_head=True, head_node_args={**head, "include_dashboard": False})
    for worker in workers:
        cluster.add_node(wait=False, **worker)
    ray.init(cluster.address, log_to_driver=False)
    while len(alive := [node for node in ray.nodes() if node["Alive"]]) < len(plan["nodes"]):
        time.sleep(0.2)
    session = Path(cluster.head_node.get_session_dir_path())
    nodes = {
        node["NodeID"]: {
            "head": HEAD in node["Resources"],
            **{name: node["Resources"].get(name, 0) for name in ("CPU", "GPU")},
        }
        for node in alive
    }
    runs = [run(**one, address=cluster.address, session=session) for one in plan["runs"]]
    Path(sys.argv[1]).write_text(json.dumps({"nodes": nodes, "runs": runs}), encoding="utf-8")
    ray.shutdown()
    cluster.shutdown()
    shutil.rmtree(session, ignore_errors=True)


def run(
    script: str, variables: dict[str, str], seconds: int, address: str, session: Path
) -> dict[str, Any]:
    """Run the script as Ray does with a job's entrypoint, in a process of its own."""
    before = set(session.glob(LOGS))
    taken: dict[str, float] = {"CPU": 0, "GPU": 0}
    ended = threading.Event()
    watching = threading.Thread(target=watch, args=(taken, ended))
    watching.start()
    # A worker's variables are those that KubeRay passes on in the runtime environment.
    job = {"RAY_JOB_CONFIG_JSON_ENV_VAR": json.dumps({"runtime_env": {"env_vars": variables}})}
    printed, connected = [], time.monotonic()
    with subprocess.Popen(
        [sys.executable, script],
        env={**os.environ, **variables, **job, "RAY_ADDRESS": address},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        late = threading.Timer(seconds, process.kill)
        late.start()
        for line in process.stdout or ():
            printed.append(line)
            if "Connected to Ray cluster" in line:
                connected = time.monotonic()
        code = process.wait()
        late.cancel()
    took = time.monotonic() - connected
    ended.set()
    watching.join()
    new = sorted(set(session.glob(LOGS)) - before)
    logged = "".join(file.read_text(encoding="utf-8") for file in new)
    return {
        "code": code,
        "seconds": took,
        "printed": "".join(printed),
        "processes": [json.loads(found) for found in re.findall(r"^process (.*)$", logged, re.M)],
        "taken": taken,
    }


def watch(taken: dict[str, float], ended: threading.Event) -> None:
    """Note in ``taken`` the most that was in use at once, as Ray accounts for it."""
    total = ray.cluster_resources()
    while not ended.wait(0.2):
        free = ray.available_resources()
        for name, most in taken.items():
            taken[name] = max(most, total.get(name, 0) - free.get(name, 0))


if __name__ == "__main__":
    main()
