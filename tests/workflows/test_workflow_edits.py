"""Whether the label lets jobs be edited: set by whom, and on which commit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.pull_requests import pull_request
from tests.helpers.workflow_steps import Machine, Ran

STEP = "edits/Look who set the label, and on which commit"
LABEL = "rayjobs:allow-edits"
OWN, FORK = "acme/jobs", "mallory/jobs"
OLD = "b" * 40
BEFORE, SET, AFTER = (f"2026-01-01T10:0{minute}:00Z" for minute in (0, 1, 2))


def setting(
    actor: str = "rita", moment: str = SET, kind: str = "labeled", label: str = LABEL
) -> Any:
    return {
        "event": kind,
        "actor": {"login": actor},
        "created_at": moment,
        "label": {"name": label},
    }


def prepared(
    machine: Machine,
    *,
    action: str = "labeled",
    by: str = "rita",
    label: str = LABEL,
    head: str = OWN,
    answers: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A pull request whose head was pushed, then labeled by one who may write; gives the API."""
    pull_request(machine, name="train-2")
    sha = machine.git("rev-parse", "HEAD^2")
    place = f"repos/{OWN}"
    own_head = {"sha": sha, "ref": "b", "repo": {"full_name": head}}
    machine.event(
        {
            "action": action,
            "label": {"name": label},
            "sender": {"login": by},
            "pull_request": {"number": 7, "head": own_head},
        }
    )
    pushed = {"ref": "refs/heads/b", "after": sha, "timestamp": BEFORE, "activity_type": "push"}
    api = {
        f"{place}/pulls/7": {"head": {"sha": sha}, "labels": [{"name": "bug"}, {"name": LABEL}]},
        f"{place}/issues/7/events": [{"event": "subscribed"}, setting()],
        f"{place}/collaborators/rita/permission": {"permission": "write", "role_name": "maintain"},
        f"{place}/collaborators/tim/permission": {"permission": "read", "role_name": "triage"},
        f"repos/{head}/activity": [pushed],
        **{f"{place}/{name}": answer for name, answer in (answers or {}).items()},
    }
    machine.server(answers=api)
    return api


def look(machine: Machine, attempt: int = 1) -> Ran:
    ran = machine.run(
        STEP, {"inputs.label": LABEL}, environment={"GITHUB_RUN_ATTEMPT": str(attempt)}
    )
    assert (ran.stderr, ran.stdout.count("\n")) == ("", 1 if ran.stdout else 0)
    return ran


def refused(machine: Machine, why: str, attempt: int = 1) -> None:
    ran = look(machine, attempt)
    assert (ran.code, ran.outputs) == (0, {"allowed": "false"})
    assert ran.stdout.startswith(
        f"::warning title=rayjobs::the label {LABEL} does not count: {why}"
    )
    assert "has to remove it and set it again, after the last push" in ran.stdout


@pytest.mark.step(STEP, "good")
@pytest.mark.parametrize("head", [OWN, FORK])
def test_a_label_set_on_this_commit_counts(machine: Machine, head: str) -> None:
    api = prepared(machine, head=head)
    # The event itself says that it was set on this commit, also where a fork cannot be asked.
    machine.server(answers={key: api[key] for key in api if not key.endswith("/activity")})
    ran = look(machine)
    assert (ran.code, ran.outputs, ran.stdout) == (0, {"allowed": "true"}, "")


@pytest.mark.parametrize(
    ("action", "label", "attempt"),
    [("labeled", "bug", 1), ("unlabeled", "bug", 1), ("reopened", "", 1), ("synchronize", "", 2),
     ("labeled", LABEL, 2)],
)  # fmt: skip
def test_another_run_of_the_same_commit(
    machine: Machine, action: str, label: str, attempt: int
) -> None:
    api = prepared(machine, action=action, label=label, by="tim")
    assert look(machine, attempt).outputs == {"allowed": "true"}
    activity = f"repos/{OWN}/activity"
    for changes, why in (
        ({"timestamp": AFTER}, "commits came after it was set"),
        ({"timestamp": SET}, "commits came after it was set"),
        ({"after": OLD}, "commits came after it was set"),
        ({"ref": "refs/heads/other"}, "commits came after it was set"),
        ({"timestamp": "soon"}, "GitHub's API gave something else"),
    ):
        machine.server(answers=api | {activity: [api[activity][0] | changes]})
        refused(machine, why, attempt)
    machine.server(answers=api | {activity: []})
    refused(machine, "GitHub's API gave something else", attempt)


def test_a_push_after_the_label(machine: Machine) -> None:
    api = prepared(machine, action="synchronize")
    activity = f"repos/{OWN}/activity"
    machine.server(answers=api | {activity: [api[activity][0] | {"timestamp": AFTER}]})
    refused(machine, "commits came after it was set")


def test_the_run_of_an_older_commit(machine: Machine) -> None:
    api = prepared(machine)
    pull = f"repos/{OWN}/pulls/7"
    machine.server(answers=api | {pull: api[pull] | {"head": {"sha": OLD}}})
    refused(machine, "this run is not of the newest commit")
    # GitHub made the merge of a commit that was pushed in the same moment.
    machine.server(answers=api)
    machine.git("checkout", "--quiet", "--detach", "HEAD^1")
    refused(machine, "this run is not of the newest commit")


def test_who_may_not_write(machine: Machine) -> None:
    events = [setting("rita"), setting("rita", kind="unlabeled"), setting("tim", AFTER)]
    prepared(machine, by="tim", answers={"issues/7/events": events})
    refused(machine, "tim, who set it, may not write here")


def test_a_run_of_one_who_may_write_started_again_for_one_who_may_not(machine: Machine) -> None:
    prepared(machine, answers={"issues/7/events": [setting("rita"), setting("tim", AFTER)]})
    refused(machine, "tim, who set it, may not write here", attempt=2)


@pytest.mark.parametrize("login", ["dependabot[bot]", "../../x", "a?b", "a\n::error::b", ""])
def test_a_login_is_never_a_path(machine: Machine, login: str) -> None:
    prepared(machine, by=login, answers={"issues/7/events": [setting(login)]})
    refused(machine, "it was not set by a person")


def test_the_last_of_many_events_counts(machine: Machine) -> None:
    events = [setting("tim")] * 150 + [setting("rita", kind="unlabeled", label="bug"), setting()]
    prepared(machine, answers={"issues/7/events": events})
    assert look(machine).outputs == {"allowed": "true"}
    prepared_again = [*events, setting(kind="unlabeled")]
    machine.server(
        answers=machine.state()["answers"] | {f"repos/{OWN}/issues/7/events": prepared_again}
    )
    refused(machine, "GitHub does not say who set it")
    machine.server(
        answers=machine.state()["answers"] | {f"repos/{OWN}/issues/7/events": events * 30}
    )
    refused(machine, "GitHub lists more than 3000 items")


def test_without_the_label_nothing_is_said(machine: Machine) -> None:
    prepared(machine, answers={"pulls/7": {"head": {"sha": "x"}, "labels": [{"name": "bug"}]}})
    ran = look(machine)
    assert (ran.outputs, ran.stdout) == ({"allowed": "false"}, "")


def test_outside_of_a_pull_request_nobody_is_asked(machine: Machine) -> None:
    machine.event({"merge_group": {}})
    assert look(machine).outputs == {"allowed": "false"}
    assert machine.asked() == []


HOSTILE = [
    "null",
    "[]",
    "{}",
    "7",
    '"x"',
    "[null]",
    "{",
    "",
    "[" * 200_000,
    '{"permission": []}',
    '{"labels": 1, "head": 2}',
    '{"labels": [{"name": "rayjobs:allow-edits"}], "head": null}',
    '[{"event": "labeled", "label": null}]',
    "\ud800::error::x".encode("utf-8", "replace").decode(),
]


@pytest.mark.parametrize("place", ["pulls/7", "issues/7/events", "collaborators/rita/permission"])
@pytest.mark.parametrize("answer", HOSTILE, ids=range(len(HOSTILE)))
def test_any_answer_fails_closed(machine: Machine, place: str, answer: str) -> None:
    prepared(machine, answers={place: answer})
    ran = look(machine)
    assert (ran.code, ran.outputs) == (0, {"allowed": "false"})
    assert "Traceback" not in ran.stdout


def test_an_api_that_refuses(machine: Machine) -> None:
    prepared(machine)
    machine.server(refuse=["api"])
    refused(machine, "GitHub's API answered: gh: Resource not accessible by integration (HTTP 403)")


@pytest.mark.step(STEP, "bad")
def test_without_an_event_it_fails(machine: Machine) -> None:
    (machine.top / "event.json").write_text("[")
    ran = look(machine)
    assert (ran.code, ran.outputs) == (1, {})
    assert ran.stdout.startswith("::error title=rayjobs::")


def test_without_gh(machine: Machine) -> None:
    prepared(machine)
    (machine.top / "bin" / "gh").write_text("#!/nowhere\n")
    refused(machine, "gh cannot be run: No such file or directory")
