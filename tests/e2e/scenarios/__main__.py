"""Run the scenarios with pytest; started by ``python -m tests.e2e`` inside its namespaces."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    here = str(Path(__file__).parent)
    options = ["--override-ini=python_files=*.py", "-p", "no:xdist", "-p", "no:cacheprovider"]
    given = sys.argv[1:]
    chosen = [] if any(Path(word.partition("::")[0]).exists() for word in given) else [here]
    sys.exit(
        pytest.main(
            [
                *options,
                "-q",
                "-s",
                "--tb=short",
                "--maxfail=5",
                "--confcutdir",
                here,
                *chosen,
                *given,
            ]
        )
    )
