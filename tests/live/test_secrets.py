"""Nothing of a kubeconfig, and nothing that a login program prints, is ever printed."""

from __future__ import annotations

import json
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.command import rayjobs
from tests.live.broken import said
from tests.live.recorded import Recorded, serving

MARK = "EXAMPLE-MARK-0123"
ALSO_BY_DOCTOR = ("token-line-break", "server-port", "yaml", "fails")
"""Of each kind one that doctor is given as well, since it goes on after what cannot be read."""


def config(server: str, user: dict[str, Any], **cluster: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "k", "cluster": {"server": server, **cluster}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "k", "context": {"cluster": "k", "user": "u"}}],
        "current-context": "k",
    }


def program(directory: Path, script: str) -> dict[str, Any]:
    """A user who logs in by a program."""
    file = directory / "login"
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    version = "client.authentication.k8s.io/v1"
    return {"exec": {"apiVersion": version, "command": str(file), "interactiveMode": "Never"}}


def login(token: str) -> str:
    """What a login program prints."""
    version = "client.authentication.k8s.io/v1"
    told = {"apiVersion": version, "kind": "ExecCredential", "status": {"token": token}}
    return f"cat <<'E'\n{json.dumps(told)}\nE"


@pytest.fixture(scope="module")
def nobody() -> Iterator[str]:
    """An address where nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


_TOKEN = {"token": MARK}
_BASIC = {"username": "me", "password": f"{MARK}\n"}
KUBECONFIGS: dict[str, Any] = {
    "token-line-break": ("http://{nobody}", {"token": f"{MARK}\nx"}, {}),
    "token-return": ("http://{nobody}", {"token": f"{MARK}\r\nHost: x"}, {}),
    "token-control": ("http://{nobody}", {"token": f"{MARK}\x00"}, {}),
    "token-not-latin": ("http://{nobody}", {"token": f"{MARK}\u20ac"}, {}),
    "token-half": ("http://{nobody}", {"token": f"{MARK}\ud800"}, {}),
    "token-list": ("http://{nobody}", {"token": [MARK]}, {}),
    "token-dict": ("http://{nobody}", {"token": {MARK: MARK}}, {}),
    "token-nobody": ("http://{nobody}", _TOKEN, {}),
    "token-file": ("http://{nobody}", {"tokenFile": f"/{MARK}"}, {}),
    "basic": ("http://{nobody}", _BASIC, {}),
    "basic-list": ("http://{nobody}", {"username": "me", "password": [MARK]}, {}),
    "server-credentials": (f"http://me:{MARK}@{{nobody}}", _TOKEN, {}),
    "server-tls": (f"https://me:{MARK}@{{nobody}}", _TOKEN, {}),
    "server-port": (f"https://me:{MARK}@host:port", _TOKEN, {}),
    "server-space": (f"http://me:{MARK}@ho st", _TOKEN, {}),
    "server-line-break": (f"http://{{nobody}}/{MARK}\n", _TOKEN, {}),
    "server-scheme": (f"ftp://me:{MARK}@{{nobody}}", _TOKEN, {}),
    "server-name": (f"http://{MARK}.invalid", _TOKEN, {}),
    "server-long-name": (f"http://{MARK}{'a' * 100}.invalid", _TOKEN, {}),
    "server-list": ([MARK], _TOKEN, {}),
    "proxy": ("http://x.invalid", _TOKEN, {"proxy-url": f"http://me:{MARK}@{{nobody}}"}),
    "proxy-tls": ("https://x.invalid", _TOKEN, {"proxy-url": f"http://me:{MARK}@{{nobody}}"}),
    "proxy-port": ("http://x.invalid", _TOKEN, {"proxy-url": f"http://me:{MARK}@x:port"}),
    "proxy-scheme": ("http://x.invalid", _TOKEN, {"proxy-url": f"{MARK}://x"}),
    "proxy-bare": ("http://x.invalid", _TOKEN, {"proxy-url": MARK}),
    "proxy-socks": ("http://x.invalid", _TOKEN, {"proxy-url": f"socks5://me:{MARK}@{{nobody}}"}),
    "authority": ("https://{nobody}", _TOKEN, {"certificate-authority": MARK}),
    "authority-data": ("https://{nobody}", _TOKEN, {"certificate-authority-data": MARK}),
    "key": ("https://{nobody}", {"client-certificate": "x", "client-key": MARK}, {}),
    "key-data": (
        "https://{nobody}",
        {"client-certificate-data": "RVhBTVBMRQ==", "client-key-data": f"{MARK}!"},
        {},
    ),
    "oidc": (
        "http://{nobody}",
        {
            "auth-provider": {
                "name": "oidc",
                "config": {
                    "id-token": "e30.eyJleHAiOjB9.x",
                    "idp-issuer-url": f"http://me:{MARK}@{{nobody}}",
                    "client-id": MARK,
                    "client-secret": MARK,
                    "refresh-token": MARK,
                },
            }
        },
        {},
    ),
    "oidc-broken": (
        "http://{nobody}",
        {"auth-provider": {"name": "oidc", "config": {"id-token": f"{MARK}.{MARK}.{MARK}"}}},
        {},
    ),
    "gcp": (
        "http://{nobody}",
        {"auth-provider": {"name": "gcp", "config": {"cmd-path": f"/{MARK}", "cmd-args": MARK}}},
        {},
    ),
    "exec-form": ("http://{nobody}", {"exec": {"command": MARK}}, {}),
    "exec-missing": (
        "http://{nobody}",
        {"exec": {"command": f"/{MARK}", "apiVersion": "client.authentication.k8s.io/v1"}},
        {},
    ),
}
TEXTS = {
    "yaml": f"a: {MARK}\n b: {{",
    "yaml-tab": f"users:\n- name: u\n  user:\n\ttoken: {MARK}\n",
    "yaml-tag": f"!!python/object:{MARK} x",
    "yaml-control": f"a: {MARK}\x07",
    "deep": f"{MARK}: " + "[" * 5000,
    "text": MARK,
    "list": f"[{MARK}]",
    "no-context": json.dumps({**config("http://x", _TOKEN), "current-context": MARK}),
    "no-user": json.dumps({**config("http://x", _TOKEN), "users": [{"user": _TOKEN}]}),
    "twice": json.dumps(config("http://x", _TOKEN)).replace("contexts", "Contexts"),
    "no-server": json.dumps(config("http://x", _TOKEN)).replace('"server"', f'"{MARK}"'),
    "contexts-text": json.dumps({**config("http://x", _TOKEN), "contexts": MARK}),
    "context-text": json.dumps({**config("http://x", _TOKEN), "contexts": [MARK]}),
}
PROGRAMS = {
    "fails": f"echo {MARK}; echo {MARK} >&2; exit 3",
    "prints-text": f"echo {MARK}; echo {MARK} >&2",
    "prints-other": f'echo {{\\"{MARK}\\": \\"{MARK}\\"}}',
    "prints-other-version": f'echo \'{{"apiVersion": "{MARK}", "kind": "x", "status": {{}}}}\'',
    "prints-no-token": login(MARK).replace("token", "tolken"),
    "prints-line-break": login(f"{MARK}\n"),
    "prints-token": login(MARK),
    "prints-list": login(MARK).replace(f'"{MARK}"', f'["{MARK}"]'),
    "dies": f"echo {MARK} >&2; kill -9 $$",
}


def assert_untold(directory: Path, text: str, name: str) -> str:
    """What is said of a kubeconfig, which is none of it."""
    (directory / "jobs").mkdir()
    file = directory / "kubeconfig"
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    for command in ("doctor", "status") if name in ALSO_BY_DOCTOR else ("status",):
        ran = rayjobs(command, "--kubeconfig", str(file), cwd=directory)
        assert MARK not in ran.stdout + ran.stderr
        assert "Traceback" not in ran.stderr
        assert ran.returncode == 3
        if command == "status":
            assert ran.stderr.startswith("error: ")
            assert len(ran.stderr.splitlines()) == 2
    return ran.stderr


@pytest.mark.parametrize("name", KUBECONFIGS)
def test_what_a_kubeconfig_holds(name: str, nobody: str, tmp_path: Path) -> None:
    server, user, cluster = KUBECONFIGS[name]
    text = json.dumps(config(server, user, **cluster)).replace("{nobody}", nobody)
    assert_untold(tmp_path, text, name)


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_no_kubeconfig(name: str, tmp_path: Path) -> None:
    assert "kubeconfig" in assert_untold(tmp_path, TEXTS[name], name)


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_a_login_program_prints(name: str, nobody: str, tmp_path: Path) -> None:
    user = program(tmp_path, PROGRAMS[name])
    said_of_it = assert_untold(tmp_path, json.dumps(config(f"http://{nobody}", user)), name)
    if name == "fails":
        assert "the login program of the kubeconfig's user fails: it ended with exit code 3" in (
            said_of_it
        )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_token_goes_nowhere_else(
    status: int, karmada: Recorded, kubeconfig: str, tmp_path: Path
) -> None:
    """Not even to another path of the same server."""
    with serving() as elsewhere:
        place = f"http://127.0.0.1:{elsewhere.port}/apis/ray.io/v1/rayjobs"
        for target in (place, "/apis/elsewhere"):
            answer = said({}, status, Location=target)

            def broken(_: str, handler: Any, answer: Any = answer) -> bool:
                answer(handler)
                return True

            karmada.broken = broken
            ran = rayjobs("clusters", "--kubeconfig", kubeconfig, "--root", str(tmp_path))
            assert ran.returncode == 3
            assert "elsewhere, where the token must not go" in ran.stderr
        assert elsewhere.asked == []
    assert "/apis/elsewhere" not in karmada.asked
