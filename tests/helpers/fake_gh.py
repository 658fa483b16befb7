"""What a step finds as `gh`: answers from a directory, and a log of what it was asked.

`state.json` holds the pull requests, comments and artifacts; `artifacts/NAME/` their files. Under
`answers` it has what the API answers at a place, a text as it is.

A step asks several times, and most of what an answer costs is importing: what only some answers
need is imported there.
"""

from __future__ import annotations

import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def main() -> None:
    server = os.environ["FAKE_GH"]
    given = sys.argv[1:]
    with open(f"{server}/log", "a", encoding="utf-8") as log:
        log.write(json.dumps([os.environ.get("GH_TOKEN"), *given]) + "\n")
    if not os.environ.get("GH_TOKEN"):
        sys.exit("gh: set GH_TOKEN")
    with open(f"{server}/state.json", encoding="utf-8") as file:
        state: dict[str, Any] = json.load(file)
    if " ".join(given[:2]) in state.get("refuse", ()) or given[0] in state.get("refuse", ()):
        sys.exit("gh: Resource not accessible by integration (HTTP 403)")
    answer(server, state, given)
    with open(f"{server}/state.json", "w", encoding="utf-8") as file:
        json.dump(state, file)


def answer(server: str, state: dict[str, Any], given: list[str]) -> None:
    command, options = " ".join(given[:2]), options_of(given)
    if given[0] == "api":
        api(server, state, given, options)
    elif command == "run download":
        import shutil

        source = f"{server}/artifacts/{options['--name']}"
        if not os.path.isdir(source):
            sys.exit("no valid artifacts found to download")
        shutil.copytree(source, options["--dir"], dirs_exist_ok=True)
    elif command == "pr list":
        print(len(state.get("offers", [])))
    elif command == "pr create":
        state.setdefault("offers", []).append([options["--head"], options["--base"]])
    elif command == "release create":
        for name in given:
            if name.endswith(".whl") and not os.path.isfile(name):
                sys.exit(f"no matches found for `{name}`")
    elif command != "auth setup-git":
        sys.exit(f"unknown command {command!r}")


def options_of(given: list[str]) -> dict[str, str]:
    return {
        word: given[at + 1]
        for at, word in enumerate(given[:-1])
        if word.startswith("--") and word != "--raw-field"
    }


def api(server: str, state: dict[str, Any], given: list[str], options: dict[str, str]) -> None:
    method = options.get("--method", "GET")
    if "graphql" in given:
        print(json.dumps(commit_on_branch(state["origin"], json.load(sys.stdin))))
        return
    (place,) = (word for word in given[1:] if word.startswith("repos/"))
    fields = [given[at + 1] for at, word in enumerate(given) if word == "--raw-field"]
    path = place.split("/", 3)[3]
    query = dict(field.split("=", 1) for field in fields)
    if place in state.get("answers", {}):
        given_answer = state["answers"][place]
        if isinstance(given_answer, list) and "page" in query:
            given_answer = page_of(given_answer, query)
        print(given_answer if isinstance(given_answer, str) else json.dumps(given_answer))
    elif path.startswith("git/"):
        refs(state["origin"], method, path)
    elif method != "GET":
        change_comment(state, method, path, json.load(sys.stdin)["body"])
    elif path.endswith("/zip"):
        with open(f"{server}/artifact.zip", "rb") as archive:
            sys.stdout.buffer.write(archive.read())
    elif path.endswith("/artifacts"):
        print(json.dumps({"artifacts": state.get("artifacts", [])}))
    else:
        print(json.dumps(listed(state, path, query)))


def git(origin: str, *arguments: str, given: bytes = b"", index: str | None = None) -> str:
    import subprocess

    identity = ("-c", "user.name=GitHub", "-c", "user.email=noreply@github.com")
    ran = subprocess.run(
        ["git", "-C", origin, *identity, *arguments],
        input=given,
        capture_output=True,
        check=False,
        env={**os.environ, **({"GIT_INDEX_FILE": index} if index else {})},
    )
    if ran.returncode:
        sys.exit(f"gh: {ran.stderr.decode(errors='replace')}")
    return ran.stdout.decode().strip()


def refs(origin: str, method: str, path: str) -> None:
    """What GitHub does with references; a hook of the repository stands for its rules."""
    name = path.removeprefix("git/").removeprefix("refs").removeprefix("matching-refs").lstrip("/")
    if method == "GET":
        found = git(origin, "for-each-ref", "--format=%(refname)", f"refs/{name}*").split()
        print(json.dumps([{"ref": one} for one in found]))
        return
    body = json.load(sys.stdin)
    hook = f"{origin}/hooks/pre-receive"
    if os.path.exists(hook) and os.spawnv(os.P_WAIT, hook, [hook]):
        sys.exit("gh: Repository rule violations found (HTTP 422)")
    if method == "DELETE":
        git(origin, "update-ref", "-d", f"refs/{name}")
        return
    ref = body.get("ref", f"refs/{name}")
    git(origin, "update-ref", ref, body["sha"], *(["0" * 40] if method == "POST" else []))
    print(json.dumps({"ref": ref}))


def commit_on_branch(origin: str, body: dict[str, Any]) -> dict[str, Any]:
    """A commit that GitHub makes, where the branch is at the commit that is expected."""
    import base64

    given = body["variables"]["input"]
    assert "createCommitOnBranch" in body["query"]
    assert given["branch"]["repositoryNameWithOwner"] == "acme/jobs"
    ref, parent = f"refs/heads/{given['branch']['branchName']}", given["expectedHeadOid"]
    index = f"{origin}/index-of-a-commit"
    if os.path.exists(index):
        os.unlink(index)
    git(origin, "read-tree", parent, index=index)
    for one in given["fileChanges"]["deletions"]:
        gone = f"0 {'0' * 40}\t{one['path']}\n".encode()
        git(origin, "update-index", "--index-info", given=gone, index=index)
    for one in given["fileChanges"]["additions"]:
        content = base64.b64decode(one["contents"], validate=True)
        blob = git(origin, "hash-object", "-w", "--stdin", given=content)
        added = f"100644,{blob},{one['path']}"
        git(origin, "update-index", "--add", "--cacheinfo", added, index=index)
    tree = git(origin, "write-tree", index=index)
    headline = given["message"]["headline"]
    made = git(origin, "commit-tree", tree, "-p", parent, "-m", headline)
    git(origin, "update-ref", ref, made, parent)
    return {"data": {"createCommitOnBranch": {"commit": {"oid": made}}}}


def listed(state: dict[str, Any], path: str, query: dict[str, str]) -> list[Any]:
    assert "=" not in path
    if path == "pulls":
        items = [one for one in state["pulls"] if one["state"] == query["state"]]
        items = [one for one in items if one["head"]["label"] == query["head"]]
    else:
        items = state["comments"].get(path.split("/")[1], [])
    return page_of(items, query)


def page_of(items: list[Any], query: dict[str, str]) -> list[Any]:
    size, page = int(query["per_page"]), int(query["page"])
    return list(items[size * (page - 1) : size * page])


def change_comment(state: dict[str, Any], method: str, path: str, body: str) -> None:
    comments = state["comments"]
    if method == "POST":
        made = {"id": 1000 + len(comments), "user": {"login": "github-actions[bot]"}, "body": body}
        comments.setdefault(path.split("/")[1], []).append(made)
        return
    wanted = int(path.rsplit("/", 1)[1])
    for one in (one for each in comments.values() for one in each):
        if one["id"] == wanted:
            one["body"] = body


if __name__ == "__main__":
    main()
