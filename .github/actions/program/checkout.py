"""Git in the checkout that the step names, without the machine's settings."""

from __future__ import annotations

import os
import subprocess

_NAME = "github-actions[bot]"
_ADDRESS = "41898282+github-actions[bot]@users.noreply.github.com"


def git(*arguments: str, given: bytes = b"") -> bytes | None:
    """Return what ``git`` prints, by no settings but the checkout's own; None where it fails."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_AUTHOR_EMAIL": _ADDRESS,
        "GIT_AUTHOR_NAME": _NAME,
        "GIT_COMMITTER_EMAIL": _ADDRESS,
        "GIT_COMMITTER_NAME": _NAME,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    ran = subprocess.run(
        ["git", *arguments],
        cwd=os.environ["DIRECTORY"],
        env=environment,
        input=given,
        capture_output=True,
        check=False,
    )
    return None if ran.returncode else ran.stdout
