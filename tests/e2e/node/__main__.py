"""Run the node of one cluster until SIGTERM; needs root, util-linux and iproute2.

    python -m tests.e2e.node --kubeconfig FILE --state DIR --image DIR --subnet A.B.C \
        --host NAME=IP --capacity nvidia.com/gpu=2
"""

from __future__ import annotations

import argparse
import signal
from pathlib import Path

from tests.e2e.node.agent import Agent
from tests.e2e.node.sandbox import Image
from tests.e2e.session.api import Api


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"not NAME=VALUE: {text}")
    return name, value


def main() -> None:
    """Parse the options and be the node."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.node", description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True, help="claims, logs, pods' files")
    parser.add_argument("--image", type=Path, required=True, help="stands for every image")
    parser.add_argument("--subnet", default="10.210.7", help="of the pods: A.B.C")
    parser.add_argument("--host", type=_pair, action="append", default=[], help="NAME=IP")
    parser.add_argument("--capacity", type=_pair, action="append", default=[], help="NAME=AMOUNT")
    options = parser.parse_args()
    agent = Agent(
        Api.read(options.kubeconfig),
        options.state,
        Image(options.image),
        options.subnet,
        dict(options.host),
        dict(options.capacity),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: agent.stop.set())
    agent.run()


if __name__ == "__main__":
    main()
