"""Who has to review what in a repository that `rayjobs init` starts."""

from __future__ import annotations

import pytest
from pathspec import GitIgnoreSpec

from tests.helpers.command import ROOT

TEXT = (ROOT / "generator/commands/scaffold/CODEOWNERS").read_text(encoding="utf-8")
TENANT = "# /jobs/vision/ @OWNER/team-vision"
PLATFORM = ["@OWNER/platform-team"]


def owners(text: str, path: str) -> list[str]:
    """Those of the last line whose pattern matches, which is one of gitignore."""
    found: list[str] = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            pattern, *named = line.split()
            # What GitHub reads otherwise than Git.
            assert not set(pattern) & set("![]\\")
            if GitIgnoreSpec.from_lines([pattern]).match_file(path):
                found = named
    return found


JOBS = ["jobs/vision/train-1/params.json", "jobs/vision/a/b/c/params.json", "jobs/vision/notes.md"]
OTHERS = ["jobs/text/train-1/params.json", "jobs/README.md"]
RENDERED = ["rendered/team-vision/train-1.yaml", "rendered/default/storage/results.yaml"]
DECIDES = [
    "platform.yaml",
    "templates/gpu-large.json",
    "templates/a/b.json",
    "schemas/params.schema.json",
    "sync/flux/kustomization.yaml",
    "sync/flux/namespaces/team-vision.yaml",
    ".github/CODEOWNERS",
    ".github/workflows/validate.yml",
    ".github/workflows/new.yml",
    ".github/actions/x/action.yml",
    ".gitattributes",
    ".gitmodules",
    ".gitignore",
    "CODEOWNERS",
    "docs/CODEOWNERS",
    "jobs/.gitattributes",
    "jobs/vision/.gitattributes",
    "jobs/vision/train-1/.gitattributes",
    "jobs/vision/.gitmodules",
    "jobs/vision/.github/workflows/x.yml",
    "rendered/.gitattributes",
    "rendered/team-vision/storage/.gitattributes",
    ".pre-commit-config.yaml",
    ".sourceignore",
    "Makefile",
    "platform/jobs/x",
]


@pytest.fixture(params=["as it is", "a tenant's line is given", "a tenant's line is last but ours"])
def text(request: pytest.FixtureRequest) -> str:
    """CODEOWNERS with the tenant's line as the file asks for it, and in other forms of it."""
    assert TEXT.count(TENANT) == 1
    if request.param == "as it is":
        return TEXT
    line = TENANT.removeprefix("# ")
    if request.param == "a tenant's line is given":
        return TEXT.replace(TENANT, line)
    place = TEXT.index("# What decides")
    return f"{TEXT[:place]}{line}\njobs/** @OWNER/team-vision\n\n{TEXT[place:]}"


@pytest.mark.parametrize("path", DECIDES)
def test_what_decides_what_runs_is_the_platform_teams(text: str, path: str) -> None:
    assert owners(text, path) == PLATFORM


@pytest.mark.parametrize("path", RENDERED)
def test_what_follows_from_the_jobs_needs_nobody(text: str, path: str) -> None:
    assert owners(text, path) == []


def test_a_tenants_jobs_are_its_own() -> None:
    given = TEXT.replace(TENANT, TENANT.removeprefix("# "))
    assert [owners(given, path) for path in JOBS] == [["@OWNER/team-vision"]] * len(JOBS)
    assert [owners(given, path) for path in OTHERS] == [[]] * len(OTHERS)
    assert [owners(TEXT, path) for path in JOBS] == [[]] * len(JOBS)


def test_the_check_that_makes_it_safe_is_named_where_nobody_owns() -> None:
    comment = TEXT.partition("\n/rendered/\n")[0].rpartition("\n\n")[2]
    assert "`check` of the workflow validate" in comment
    # The page for the platform team shows the same lines.
    page = (ROOT / "docs/quotas.md").read_text(encoding="utf-8")
    (shown,) = (block for block in page.split("```") if block.startswith("text\n*  "))
    given = {tuple(line.split()) for line in TEXT.splitlines() if line and line[0] != "#"}
    tenants = {line for line in map(tuple, map(str.split, shown.splitlines())) if line}
    assert given - {("/jobs/",)} <= tenants
