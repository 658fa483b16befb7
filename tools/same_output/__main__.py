"""Compare what two versions of ``rayjobs`` print and write: ``python -m tools.same_output REF``.

The version REF is checked out beside this one, and both are run over the same repositories: the
samples, the examples of all rules, and generated ones, valid and broken, with and without
platform.yaml, templates and a base. The reports in every format, the exit codes, and rendered/
have to be the same byte for byte.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.same_output.comparison import compared
from tools.same_output.corpus import write_corpus

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "same-output"
_PARTS = 2


def main() -> int:
    """Run what the options say; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.same_output", description=__doc__)
    parser.add_argument("ref", help="the version to compare with: a commit, a branch, a tag")
    parser.add_argument("--repositories", type=int, default=2000, help="how many are generated")
    parser.add_argument("--seed", type=int, default=0, help="of the generated ones")
    parser.add_argument("--differences", type=int, default=10, help="how many are shown")
    given = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    before = _checked_out(given.ref)
    corpus = CACHE / "corpus.jsonl.gz"
    count = write_corpus(corpus, given.repositories, given.seed)
    print(f"{count:,} repositories", flush=True)
    then, now = _kept(corpus, before), _recorded(corpus, ROOT, "now")
    return compared(then, now, given.differences)


def _checked_out(ref: str) -> Path:
    place = CACHE / "before"
    git = ["git", "-C", os.fspath(ROOT)]
    subprocess.run([*git, "worktree", "remove", "--force", place], check=False, capture_output=True)
    subprocess.run([*git, "worktree", "prune"], check=True)
    subprocess.run([*git, "worktree", "add", "--quiet", "--detach", place, ref], check=True)
    return place


def _kept(corpus: Path, before: Path) -> list[Path]:
    """Return what the version in ``before`` gave, as it was recorded the last time if it was."""
    commit = subprocess.check_output(["git", "-C", os.fspath(before), "rev-parse", "HEAD"])
    key = hashlib.sha256(commit + gzip.decompress(corpus.read_bytes())).hexdigest()[:16]
    outputs = [CACHE / f"{key}-{part}.jsonl.gz" for part in range(_PARTS)]
    if not all(output.is_file() for output in outputs):
        for recorded, output in zip(_recorded(corpus, before, "before"), outputs, strict=True):
            recorded.replace(output)
    return outputs


def _recorded(corpus: Path, version: Path, name: str) -> list[Path]:
    """Run a version in processes beside each other; the package is found in ``version`` first."""
    outputs = [CACHE / f"{name}-{part}.jsonl.gz" for part in range(_PARTS)]
    # Beside the package lies what it reads, such as schemas/; these tests and tools are what runs.
    package = CACHE / f"package-{name}"
    shutil.rmtree(package, ignore_errors=True)
    package.mkdir()
    for place in version.iterdir():
        if place.name not in ("tests", "tools") and not place.name.startswith("."):
            (package / place.name).symlink_to(place)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.fspath, (package, ROOT)))}
    started = [
        subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "tools.same_output.record"),
                *(corpus, output, str(part), str(_PARTS)),
            ],
            env=environment,
            cwd=CACHE,
        )
        for part, output in enumerate(outputs)
    ]
    if any(code != 0 for code in [one.wait() for one in started]):
        raise SystemExit(f"could not run the version {name!r}")
    return outputs


if __name__ == "__main__":
    sys.exit(main())
