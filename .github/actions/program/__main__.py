"""What the actions beside this directory run: ``python3 -I program comment``, commit or edits.

Their input was written by strangers. Whatever it is, one line says why it is refused.
"""

from __future__ import annotations

import sys
from pathlib import Path

import comment
import commit
import edits
import push
from github_api import Refused, say

_COMMANDS = {
    "comment": comment.main,
    "commit": commit.main,
    "edits": edits.main,
    "push": push.main,
}


def main() -> int:
    """Run what the first argument names; 1 where it refuses or cannot go on."""
    try:
        _COMMANDS[sys.argv[1]]()
    except Refused as problem:
        say("error", str(problem))
    except Exception as problem:
        say("error", f"GitHub's API gave something else than it documents: {_place(problem)}")
    else:
        return 0
    return 1


def _place(problem: Exception) -> str:
    """Where something unexpected came up, and of which type; nothing of what it was."""
    frame = problem.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    where = f" at {Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else ""
    return f"{type(problem).__name__}{where}"


if __name__ == "__main__":
    sys.exit(main())
