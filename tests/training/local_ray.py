"""Run a training script as the driver of a Ray of its own, which ends with it.

    local_ray.py SCRIPT CPUS

Run by the interpreter that has Ray; ``CPUS`` is what Ray believes to have.
"""

from __future__ import annotations

import runpy
import sys

import ray


def main(script: str, cpus: int) -> None:
    """Start Ray and run the script in this process."""
    ray.init(num_cpus=cpus, include_dashboard=False)
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
