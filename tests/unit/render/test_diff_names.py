"""Names of files in diffs: none becomes a hunk, and ``git apply`` writes below rendered/ only."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from generator.render.drift import quoted_name, statistics, unified_diff
from generator.render.tree import make_plan
from tests.helpers.command import rayjobs
from tests.helpers.jobs import minimal_job, write_job
from tests.helpers.trees import snapshot

OURS = b"# Rendered by rayjobs.\nx\n"
HUNK = "x\nnew file mode 100755\n--- /dev/null\n+++ b/pwn.sh\n@@ -0,0 +1,1 @@\n+evil\n--- a/jobs/n"
NAMES = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20
).filter(lambda name: name not in (".", "..", ".git"))


def git(root: Path, *words: str, stdin: bytes = b"") -> bytes:
    ran = subprocess.run(
        ["git", "-C", str(root), *words], input=stdin, capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(NAMES, min_size=1, max_size=3))
@example([HUNK])
@example(['"', "\\", "a b", "\t", "ü", "\u2028", "a\r"])
@example(["-rf", "b", "/x".replace("/", "\x1b")])
def test_the_patch_deletes_what_it_names_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    root = tmp_path_factory.mktemp("repository")
    git(root, "init", "--quiet")
    place = root / "rendered"
    for name in names:
        place = place / name
        if len(str(place.relative_to(root)).encode()) > 200 or place.exists():
            break
        place.mkdir(parents=True)
    (place / "file.yaml").write_bytes(OURS)
    (root / "note.txt").write_text("x\n")
    plan = make_plan(root, {}, allow_empty=True)
    patch = "".join(unified_diff(plan))
    assert len("".join(statistics(plan)).splitlines()) == 2
    named = git(root, "apply", "--numstat", "-z", stdin=patch.encode()).split(b"\0")
    assert all(entry.split(b"\t", 2)[-1].startswith(b"rendered/") for entry in named if entry)
    git(root, "apply", stdin=patch.encode())
    assert sorted(p.name for p in root.iterdir() if p.name != ".git") == ["note.txt"]


@pytest.mark.parametrize("name", ["plain.yaml", "a b", 'quo"te', "back\\slash", "ümlaut", "a\nb\t"])
def test_names_are_quoted_as_git_quotes_them(repository: Path, name: str) -> None:
    git(repository, "init", "--quiet")
    (repository / name).touch()
    printed = git(repository, "ls-files", "--others", "--exclude-standard").decode().rstrip("\n")
    assert quoted_name(name) == printed


def test_a_directory_name_does_not_become_a_hunk(repository: Path) -> None:
    place = repository / "rendered" / HUNK / "x.yaml"
    place.parent.mkdir(parents=True)
    place.write_bytes(OURS)
    ran = rayjobs("diff", "--allow-empty", "--root", repository)
    assert ran.returncode == 0
    assert not [line for line in ran.stdout.splitlines() if line.startswith("+++ b/pwn")]
    assert len(rayjobs("diff", "--stat", "--allow-empty", "--root", repository).stdout) < 300


def test_the_patch_mends_a_mode(repository: Path) -> None:
    write_job(repository, minimal_job())
    assert rayjobs("render", "--root", repository).returncode == 0
    file = repository / "rendered/default/train-1.yaml"
    git(repository, "init", "--quiet")
    file.chmod(0o755)
    git(repository, "add", "--all")
    patch = rayjobs("diff", "--root", repository).stdout
    assert patch.splitlines()[1:] == ["old mode 100755", "new mode 100644"]
    git(repository, "apply", "--index", stdin=patch.encode())
    assert rayjobs("check", "--root", repository).returncode == 0
    assert git(repository, "ls-files", "--stage", str(file)).startswith(b"100644")


def test_a_file_of_many_lines_is_replaced_as_a_whole(repository: Path) -> None:
    write_job(repository, minimal_job())
    assert rayjobs("render", "--root", repository).returncode == 0
    before = snapshot(repository)
    file = repository / "rendered/default/train-1.yaml"
    file.write_bytes(OURS + b"a\nb\n" * 5_000)
    git(repository, "init", "--quiet")
    patch = rayjobs("diff", "--root", repository).stdout
    assert "@@ -1,10002 +1," in patch
    git(repository, "apply", stdin=patch.encode())
    assert snapshot(repository) == before
