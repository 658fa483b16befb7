"""Run a training script as a driver of a Ray of its own, which ends with it.

    local_ray.py SCRIPT CPUS

Run by the interpreter that has Ray; ``CPUS`` is what Ray believes to have. The exit code is the
script's.
"""

from __future__ import annotations

import os
import subprocess
import sys

import ray


def main(script: str, cpus: int) -> int:
    """Start Ray and run the script in a process of its own, as Ray does with a job's entrypoint."""
    # Ray's processes inherit the environment: a training process finds its variables there.
    started = ray.init(num_cpus=cpus, include_dashboard=False)
    environment = {**os.environ, "RAY_ADDRESS": started.address_info["gcs_address"]}
    return subprocess.run([sys.executable, script], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
