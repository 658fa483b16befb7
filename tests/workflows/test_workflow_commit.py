"""The steps that commit what is rendered, from a patch that a stranger may have made, and push."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.helpers.artifacts import archive
from tests.helpers.command import rayjobs
from tests.helpers.jobs import minimal_job, write_job
from tests.helpers.pull_requests import base_repository, commit
from tests.helpers.workflow_steps import Machine, Ran, git

COMMIT = "commit/Commit the rendered files"
PUSH = "push/Push the commit"
OFFER = "validate/mend/Offer the pull request"
APP = "steps.app.outputs.token"
BRANCH = "feature/$(touch${IFS}pwned);`id`&'\""
JOB = "rendered/default/train-1.yaml"


def added(path: str, mode: str = "100644", content: str = "on: push") -> str:
    return (
        f"diff --git {path} {path.replace('a/', 'b/', 1)}\nnew file mode {mode}\n"
        f"--- /dev/null\n+++ {path.replace('a/', 'b/', 1)}\n@@ -0,0 +1 @@\n+{content}\n"
        + ("\\ No newline at end of file\n" if mode != "100644" else "")
    )


def moved(kind: str, old: str, new: str) -> str:
    return (
        f"diff --git a/{old} b/{new}\nsimilarity index 100%\n{kind} from {old}\n{kind} to {new}\n"
    )


SMUGGLED = added("a/.github/workflows/evil.yml")
LINK = added("a/rendered/out", "120000", "..")
REFUSED = {
    "outside": SMUGGLED,
    "beside": added("a/rendered.yaml"),
    "above": added("a/rendered/../evil.yml"),
    "absolute": added("a//tmp/evil.yml"),
    "in .git": added("a/rendered/.git/config"),
    "rename in": moved("rename", "platform.yaml", "rendered/default/p.yaml"),
    "rename out": moved("rename", JOB, "sync/p.yaml"),
    "copy out": moved("copy", JOB, "sync/p.yaml"),
    "rename within": moved("rename", JOB, "rendered/default/.sourceignore"),
    "attributes": added("a/rendered/.gitattributes", content="* filter=x"),
    "modules": added("a/.gitmodules"),
    "hidden": added("a/rendered/default/.hidden.yaml"),
    "other name": added("a/rendered/default/kustomization.YAML"),
    "kustomization": added("a/rendered/default/kustomization.yaml"),
    "in no namespace": added("a/rendered/b.yaml"),
    "too deep": added("a/rendered/default/storage/deep/b.yaml"),
    "link": added("a/rendered/default/link.yaml", "120000", "../../platform.yaml"),
    "through a link": LINK + added("a/rendered/out/evil.yml"),
    "submodule": added("a/rendered/default/mod.yaml", "160000", f"Subproject commit {'1' * 40}"),
    "executable": added("a/rendered/default/run.yaml", "100755"),
    "mode": f"diff --git a/{JOB} b/{JOB}\nold mode 100644\nnew mode 100755\n",
    "line break": added('"a/rendered/default/a\\n::error::b.yaml"'),
    "quotes": added('"a/rendered/default/\\"a\\".yaml"'),
    "not UTF-8": added('"a/rendered/default/\\377.yaml"'),
    "no patch": "no patch",
    "empty": "",
}
"""Each beside a patch that would be taken."""


def stale_checkout(machine: Machine, branch: str = "main", place: str = "head") -> str:
    """A clone of a repository whose branch is stale; gives the patch that mends it."""
    origin, source = machine.top / "origin.git", machine.top / "source"
    shutil.copytree(base_repository(), source)
    (source / "platform.yaml").write_text("namespaces: []\n")
    write_job(source, minimal_job("train-2"))
    commit(source)
    git(source, "branch", "--quiet", "--move", branch)
    git(machine.top, "clone", "--quiet", "--bare", str(source), str(origin))
    git(machine.top, "clone", "--quiet", str(origin), str(machine.workspace / place))
    patch = rayjobs("diff", "--root", source, "--format", "text").stdout
    give(machine, patch)
    return patch


def give(machine: Machine, patch: str | bytes) -> None:
    origin = str(machine.top / "origin.git")
    machine.server(artifacts=archive(machine, rendered_patch=patch), origin=origin)


def commit_step(machine: Machine, place: str = "head") -> Ran:
    return machine.run(COMMIT, {"inputs.run-id": "4242", "inputs.directory": place})


def push_step(machine: Machine, branch: str = BRANCH, *, replace: bool = False) -> Ran:
    return machine.run(
        PUSH,
        {
            "inputs.branch": branch,
            "inputs.directory": "." if replace else "head",
            "inputs.replace": str(replace).lower(),
            "inputs.token": "app-token",
        },
    )


def changed(repository: Path, commit: str) -> set[str]:
    return set(git(repository, "show", "--format=", "--name-only", commit).split())


def files(checkout: Path) -> set[Path]:
    return {path for path in checkout.rglob("*") if ".git" not in path.parts}


@pytest.mark.step(COMMIT, "good")
@pytest.mark.step(PUSH, "good")
def test_the_rendered_files_are_committed_and_pushed(machine: Machine) -> None:
    stale_checkout(machine, BRANCH)
    ran = commit_step(machine)
    assert (ran.code, ran.outputs) == (0, {"committed": "true"}), ran.stdout + ran.stderr
    pushed = push_step(machine)
    assert (pushed.code, pushed.stdout, pushed.stderr) == (0, "", "")
    origin = machine.top / "origin.git"
    assert changed(origin, BRANCH) == {"rendered/default/train-2.yaml"}
    # GitHub made the commit, and so signs it.
    assert git(origin, "log", "-1", "--format=%an %s", BRANCH) == "GitHub Render"
    git(machine.top, "clone", "--quiet", "--branch", BRANCH, str(origin), "again")
    assert rayjobs("check", "--root", machine.top / "again", "--quiet").returncode == 0
    assert "8/zip" in machine.asked()[1][1]
    assert not list(machine.top.rglob("pwned"))


@pytest.mark.step(COMMIT, "bad")
@pytest.mark.parametrize("patch", REFUSED.values(), ids=REFUSED)
def test_a_patch_that_is_not_of_rendered_is_not_committed(machine: Machine, patch: str) -> None:
    right = stale_checkout(machine)
    checkout = machine.workspace / "head"
    before = git(checkout, "rev-parse", "HEAD"), files(checkout)
    give(machine, patch and patch + right if patch != "no patch" else patch)
    ran = commit_step(machine)
    assert (ran.code, ran.stderr, ran.outputs) == (1, "", {})
    assert ran.stdout.startswith("::error title=rayjobs::")
    assert ran.stdout.count("\n") == 1
    assert (git(checkout, "rev-parse", "HEAD"), files(checkout)) == before
    assert not list(machine.top.rglob("evil.yml"))


def test_what_is_refused_is_named(machine: Machine) -> None:
    right = stale_checkout(machine)
    give(machine, REFUSED["rename in"] + right)
    assert "it deletes 'platform.yaml', which is not below rendered/" in commit_step(machine).stdout


def test_a_file_that_is_deleted(machine: Machine) -> None:
    stale_checkout(machine)
    checkout = machine.workspace / "head"
    git(checkout, "rm", "--quiet", JOB)
    give(machine, git(checkout, "diff", "--cached") + "\n")
    git(checkout, "reset", "--quiet", "--hard")
    assert commit_step(machine).code == 0
    assert changed(checkout, "HEAD") == {JOB}
    assert push_step(machine, "main").code == 0
    origin = machine.top / "origin.git"
    assert JOB not in git(origin, "ls-tree", "-r", "--name-only", "main")
    assert git(origin, "rev-parse", "main^{tree}") == git(checkout, "rev-parse", "HEAD^{tree}")


def test_nothing_of_the_tree_or_the_machine_runs(machine: Machine) -> None:
    stale_checkout(machine, place=".")
    trap = f"touch '{machine.top}/pwned'; cat"
    (machine.workspace / ".gitattributes").write_text("* filter=trap diff=trap merge=trap\n")
    hooks = machine.top / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "commit-msg", "post-commit", "post-index-change", "pre-applypatch"):
        (hooks / name).write_text(f"#!/bin/sh\n{trap} </dev/null\n")
        (hooks / name).chmod(0o755)
    (machine.top / "home" / ".gitconfig").write_text(
        f'[filter "trap"]\nclean = "{trap}"\nsmudge = "{trap}"\n'
        f'[diff "trap"]\ncommand = "{trap}"\ntextconv = "{trap}"\n'
        f'[core]\nhooksPath = {hooks}\nfsmonitor = "{trap}"\n'
    )
    assert commit_step(machine, ".").code == 0
    assert not (machine.top / "pwned").exists()


def test_a_run_that_left_no_patch(machine: Machine) -> None:
    stale_checkout(machine)
    machine.server()
    ran = commit_step(machine)
    assert (ran.code, ran.outputs) == (0, {"committed": "false"})
    assert "nothing to commit" in ran.stdout


def test_a_branch_that_the_base_has_moved_away_from(machine: Machine) -> None:
    patch = stale_checkout(machine)
    give(machine, patch.replace("new file mode 100644\n", "").replace("/dev/null", "a/rendered/x"))
    ran = commit_step(machine)
    assert ran.code == 1
    assert "Merge it into the branch, run `rayjobs render`" in ran.stdout


@pytest.mark.step(PUSH, "bad")
@pytest.mark.parametrize("what", ["pushed to", "rewound", "deleted"])
def test_a_branch_that_changed_meanwhile_stays_as_it_is(machine: Machine, what: str) -> None:
    stale_checkout(machine, BRANCH)
    origin, source, ref = machine.top / "origin.git", machine.top / "source", f"refs/heads/{BRANCH}"
    head = git(source, "rev-parse", "HEAD")
    assert commit_step(machine).code == 0
    if what == "pushed to":
        git(source, "commit", "--quiet", "--allow-empty", "--message", "newer")
        git(source, "push", "--quiet", str(origin), f"HEAD:{ref}")
    elif what == "rewound":
        git(origin, "update-ref", ref, f"{head}~1")
    else:
        git(origin, "update-ref", "-d", ref)
    before = git(origin, "for-each-ref")
    ran = push_step(machine)
    assert (ran.code, ran.stderr) == (1, "")
    assert "run `rayjobs render` and commit rendered/" in ran.stdout
    assert git(origin, "for-each-ref") == before


def offer(machine: Machine, token: str = "token") -> Ran:
    pushed = push_step(machine, "rayjobs/render", replace=True)
    assert (pushed.code, pushed.stdout, pushed.stderr) == (0, "", "")
    return machine.run(OFFER, {f"{APP} || github.token": token})


@pytest.mark.step(OFFER, "good")
def test_a_pull_request_that_mends_main_is_offered_once(machine: Machine) -> None:
    patch = stale_checkout(machine, place=".")
    origin = machine.top / "origin.git"
    assert commit_step(machine, ".").code == 0
    assert offer(machine).code == 0
    assert changed(origin, "rayjobs/render") == {"rendered/default/train-2.yaml"}
    branches = git(origin, "for-each-ref", "--format=%(refname:short)").split()
    assert branches == ["main", "rayjobs/render"]
    offers = machine.state()["offers"]
    assert offers == [["rayjobs/render", "main"]]
    # Main has moved: the branch is replaced, and the open pull request stays the one.
    shutil.rmtree(machine.workspace)
    git(machine.top, "clone", "--quiet", str(origin), str(machine.workspace))
    artifacts = archive(machine, rendered_patch=patch.replace("train-2", "train-3"))
    machine.server(artifacts=artifacts, offers=offers, origin=str(origin))
    assert commit_step(machine, ".").code == 0
    assert offer(machine, "app-token").code == 0
    assert changed(origin, "rayjobs/render") == {"rendered/default/train-3.yaml"}
    assert len(machine.state()["offers"]) == 1
    log = (machine.top / "gh" / "log").read_text()
    assert {json.loads(line)[0] for line in log.splitlines()} == {"token", "app-token"}


@pytest.mark.step(OFFER, "bad")
@pytest.mark.parametrize("refused", ["pr create", "pr list"])
def test_what_may_not_be_offered_fails_with_the_command(machine: Machine, refused: str) -> None:
    stale_checkout(machine, place=".")
    assert commit_step(machine, ".").code == 0
    machine.server(refuse=[refused], origin=str(machine.top / "origin.git"))
    ran = offer(machine)
    assert ran.code == 1
    assert "run `rayjobs render` and open one" in ran.stdout


@pytest.mark.parametrize("replace", [False, True])
def test_what_may_not_be_pushed_fails_with_the_command(machine: Machine, replace: bool) -> None:
    stale_checkout(machine, place="." if replace else "head")
    assert commit_step(machine, "." if replace else "head").code == 0
    before = git(machine.top / "origin.git", "for-each-ref")
    machine.server(refuse=["api"])
    ran = push_step(machine, "rayjobs/render" if replace else "main", replace=replace)
    assert ran.code == 1
    assert ran.stdout.count("\n") == 1
    assert "run `rayjobs render` and commit rendered/" in ran.stdout
    assert git(machine.top / "origin.git", "for-each-ref") == before
