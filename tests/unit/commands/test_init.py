"""`rayjobs init`: a repository that is right from its first commit, or nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml

from generator import __version__
from generator.commands.init import Source, scaffold
from generator.model.platform.model import platform_from
from generator.source.atomic_write import write_files
from tests.helpers.command import ROOT, rayjobs
from tests.helpers.jobs import minimal_job, write_job

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def files_in(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


def test_what_is_written_passes_every_command(tmp_path: Path) -> None:
    place = tmp_path / "new" / "jobs of a team"
    ran = rayjobs("init", place)
    assert (ran.returncode, ran.stderr) == (0, "")
    written, _, following = ran.stdout.partition("next:\n")
    assert len(written.splitlines()) == len(files_in(place))
    assert f"--root '{place}'" in following
    for command in ("validate", "render", "check"):
        ran = rayjobs(command, cwd=place)
        assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    options = ["--cluster", "c", "--endpoint", "https://s", "--bucket", "b", "--prefix", "k"]
    assert rayjobs("new", "train-1", *options, cwd=place).returncode == 0
    assert (
        '"$schema": "../../../schemas/' in (place / "jobs/default/train-1/params.json").read_text()
    )
    for command in ("render", "check"):
        assert rayjobs(command, "--quiet", cwd=place).returncode == 0


def test_what_platform_yaml_shows_in_comments_is_taken() -> None:
    text = scaffold(Source())["platform.yaml"]
    shown = [
        line.removeprefix("# ") for line in text.splitlines() if re.match(r"# ( +|\w+:$)", line)
    ]
    platform, problems = platform_from("\n".join(shown) + "\n")
    assert problems == ()
    assert platform is not None
    assert platform.templates["gpu-large"].fixed
    assert platform.tenants["vision"].quota is not None


def test_it_has_what_a_team_needs(tmp_path: Path) -> None:
    assert rayjobs("init", ".", "--quiet", cwd=tmp_path).stdout == ""
    assert files_in(tmp_path) >= {
        ".editorconfig",
        ".gitattributes",
        ".github/CODEOWNERS",
        ".github/workflows/comment.yml",
        ".github/workflows/validate.yml",
        ".gitignore",
        ".vscode/settings.json",
        "jobs/README.md",
        "platform.yaml",
        "schemas/params.schema.json",
        "schemas/platform.schema.json",
        "schemas/template.schema.json",
    }
    for path in (ROOT / "sync").rglob("*.y*ml"):
        assert (tmp_path / path.relative_to(ROOT)).read_bytes() == path.read_bytes()
    assert (tmp_path / "sync").is_dir()
    for name in (
        ".vscode/settings.json",
        "schemas/params.schema.json",
        "schemas/platform.schema.json",
        "schemas/template.schema.json",
    ):
        assert (tmp_path / name).read_bytes() == (ROOT / name).read_bytes()
    # No job: it would run as soon as a sync engine sees it.
    assert not list(tmp_path.rglob("params.json"))


@pytest.mark.parametrize(
    ("given", "action", "comment"),
    [
        ([], f"OWNER/rayjobs@v{__version__}", True),
        (["--action-ref", "v9.9.9"], "OWNER/rayjobs@v9.9.9", True),
        (["--action-ref", COMMIT], f"OWNER/rayjobs@{COMMIT}", False),
        (["--action-ref", f"acme/tool.jobs@{COMMIT}"], f"acme/tool.jobs@{COMMIT}", False),
    ],
)
def test_the_version_that_workflows_use(
    tmp_path: Path, given: list[str], action: str, comment: bool
) -> None:
    ran = rayjobs("init", tmp_path, *given)
    texts = {name: (tmp_path / name).read_text() for name in files_in(tmp_path)}
    validate = texts[".github/workflows/validate.yml"]
    (used,) = (
        step["uses"]
        for step in yaml.safe_load(validate)["jobs"]["check"]["steps"]
        if step.get("id") == "rayjobs"
    )
    assert used == action
    repository, _, ref = action.partition("@")
    for name in ("validate", "comment"):
        text = texts[f".github/workflows/{name}.yml"]
        assert f"uses: {repository}/.github/actions/comment@{ref}" in text
        assert ("ignore[unpinned-uses]" in text) == comment
    assert f"{repository}@{ref}" in texts["jobs/README.md"]
    assert not any("@REF" in text for text in texts.values())
    assert ("OWNER/rayjobs" in "".join(texts.values())) == action.startswith("OWNER/")
    assert (".github/workflows/" in ran.stdout.partition("next:")[2]) == action.startswith("OWNER/")


@pytest.mark.parametrize("branch", ["master", "release/2.0", "1.0", "true"])
def test_another_default_branch_is_followed(tmp_path: Path, branch: str) -> None:
    ran = rayjobs("init", tmp_path, "--default-branch", branch)
    assert ran.returncode == 0, ran.stderr
    texts = {name: (tmp_path / name).read_text() for name in files_in(tmp_path)}
    workflow = yaml.load(texts[".github/workflows/validate.yml"], Loader=yaml.BaseLoader)
    assert workflow["on"]["push"]["branches"] == [branch]
    assert yaml.safe_load(texts["sync/flux/repository.yaml"])["spec"]["ref"] == {"branch": branch}
    text = texts["sync/argocd/applicationset.yaml"]
    (application,) = yaml.safe_load_all(text)
    assert application["spec"]["generators"][0]["git"]["revision"] == branch
    assert application["spec"]["template"]["spec"]["source"]["targetRevision"] == branch
    assert f"protect {branch} by a ruleset" in ran.stdout


@pytest.mark.parametrize("branch", ["", "a b", "-x", "a..b", "a/", ".a", "a.lock", 'a"b', "a\n"])
def test_a_branch_that_none_can_be_called(tmp_path: Path, branch: str) -> None:
    ran = rayjobs("init", tmp_path / "new", f"--default-branch={branch}")
    assert ran.returncode == 2
    assert "--default-branch" in ran.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "reference",
    ["", "a b", "x\n", "-x", "a/b@", "@v1", "a@v1", "a/b/c@v1", "v1@a/b@v", "v1..2", "#"],
)
def test_a_version_that_is_none(tmp_path: Path, reference: str) -> None:
    ran = rayjobs("init", tmp_path / "new", f"--action-ref={reference}")
    assert ran.returncode == 2
    assert "--action-ref" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (tmp_path / "new").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    write_job(tmp_path, minimal_job())
    (tmp_path / "platform.yaml").write_text("mine")
    (tmp_path / ".gitignore").symlink_to("nowhere")
    (tmp_path / ".vscode").write_text("a file")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "sync").symlink_to("elsewhere")
    before = files_in(tmp_path)
    ran = rayjobs("init", tmp_path)
    assert (ran.returncode, ran.stdout) == (1, "")
    named = [line.strip() for line in ran.stderr.splitlines() if line.startswith("  ")]
    assert named == [".gitignore", ".vscode", "platform.yaml", "sync"]
    assert files_in(tmp_path) == before
    assert (tmp_path / "platform.yaml").read_text() == "mine"


def test_a_second_run_names_every_file(tmp_path: Path) -> None:
    rayjobs("init", tmp_path)
    ran = rayjobs("init", tmp_path)
    assert ran.returncode == 1
    assert {line.strip() for line in ran.stderr.splitlines()} >= files_in(tmp_path)


def test_a_place_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to("nowhere")
    for place in ("file", "file/inner", "link", "x" * 300, "\x1b[31m" + "y" * 300):
        ran = rayjobs("init", tmp_path / place)
        assert ran.returncode in (1, 2)
        assert ran.stderr
        assert "Traceback" not in ran.stderr
        assert "\x1b" not in ran.stderr
    assert files_in(tmp_path) == {"file"}


def test_all_is_written_or_nothing(tmp_path: Path) -> None:
    files = scaffold(Source())
    place = tmp_path / "a" / "b"
    with pytest.raises(OSError, match="long"):
        write_files(place, {**files, f"z/{'x' * 300}": ""})
    assert os.listdir(tmp_path) == []


def test_a_file_comes_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever a run is killed, a name is free or has all of its text."""

    def link(temporary: Path, place: Path) -> None:
        assert not place.exists()
        assert temporary.read_text() == "text\n"
        raise KeyboardInterrupt

    monkeypatch.setattr("os.link", link)
    with pytest.raises(KeyboardInterrupt):
        write_files(tmp_path, {"a/file": "text\n"})
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_that_is_there_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    def refuse(*_: Path) -> None:
        raise PermissionError

    if not has_links:
        monkeypatch.setattr("os.link", refuse)
    write_files(tmp_path, {"a/file": "text\n"})
    assert files_in(tmp_path) == {"a/file"}
    with pytest.raises(FileExistsError):
        write_files(tmp_path, {"b/file": "new\n", "a/file": "other\n"})
    assert files_in(tmp_path) == {"a/file"}
    assert (tmp_path / "a" / "file").read_text() == "text\n"
