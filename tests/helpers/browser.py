"""Headless Chromium, driven through the DevTools protocol: a page as who opens it has it."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

# Comes with the client of Kubernetes, which watches with it.
from websocket import WebSocket, create_connection

_PATIENCE_SECONDS = 60


@dataclass
class Tab:
    """One tab. Requests, exceptions and console errors are kept since it was opened."""

    _socket: WebSocket
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _loaded: set[str] = field(default_factory=set)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command; gives its result, and keeps the events that come before it."""
        own = next(self._ids)
        self._socket.send(json.dumps({"id": own, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == own:
                assert "error" not in message, message["error"]
                result: dict[str, Any] = message["result"]
                return result
            self._keep(message)

    def _keep(self, message: dict[str, Any]) -> None:
        method, told = message.get("method", ""), message.get("params", {})
        if method == "Page.lifecycleEvent" and told["name"] == "load":
            self._loaded.add(told["loaderId"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(told["exceptionDetails"]))
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.errors.append(told["entry"]["text"])
        elif method == "Runtime.consoleAPICalled":
            self.errors.append(json.dumps(told["args"]))

    def open(
        self, file: Path, *, width: int = 1280, height: int = 900, dark: bool = False,
        scripts: bool = True,
    ) -> None:  # fmt: skip
        """Open a file, until all of it has run."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=scheme)
        size = {"width": width, "height": height, "deviceScaleFactor": 1}
        self.call("Emulation.setDeviceMetricsOverride", **size, mobile=width < 600)
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.call("Page.setLifecycleEventsEnabled", enabled=True)
        # Of this page: the event of the one before may come late.
        loader = self.call("Page.navigate", url=file.as_uri())["loaderId"]
        while loader not in self._loaded:
            self._keep(json.loads(self._socket.recv()))

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression, or of the promise that it gives."""
        result = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def type(self, words: str) -> None:
        """Type into what has the focus."""
        self.call("Input.insertText", text=words)

    def press(self, key: str, code: int) -> None:
        """Press a key; ``code`` is that of Windows."""
        for kind in ("keyDown", "keyUp"):
            text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key,
                windowsVirtualKeyCode=code, **text,
            )  # fmt: skip

    def picture(self, file: Path, *, whole: bool = False) -> None:
        """Write what is seen, or all of the page, as a PNG."""
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(data["data"]))


def chromium() -> str:
    """Chromium or Chrome; skips where neither is installed, unless it is required."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        assert os.environ.get("RAYJOBS_REQUIRE_TOOLS") != "1", "chromium is required here"
        pytest.skip("Debian's package chromium is not installed")
    return found


@contextlib.contextmanager
def tab_of(program: str) -> Iterator[Tab]:
    """A tab of a browser of its own, with a profile of its own, until the block ends."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        running = subprocess.Popen(
            [
                program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--disable-background-networking", "--disable-component-update",
                "--disable-dev-shm-usage", "--remote-debugging-port=0",
                "--remote-allow-origins=*", f"--user-data-dir={profile}", "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            with contextlib.closing(_socket(Path(profile), running)) as socket:
                tab = Tab(socket)
                for domain in ("Page", "Runtime", "Network", "Log"):
                    tab.call(f"{domain}.enable")
                yield tab
        finally:
            running.terminate()
            running.wait(_PATIENCE_SECONDS)


def _socket(profile: Path, running: subprocess.Popen[bytes]) -> WebSocket:
    """A connection to the tab that the browser starts with."""
    port = profile / "DevToolsActivePort"
    until = time.monotonic() + _PATIENCE_SECONDS
    lines: list[str] = []
    while len(lines) < 2:
        assert running.poll() is None, "chromium ended"
        assert time.monotonic() < until, "chromium does not start"
        time.sleep(0.05)
        lines = port.read_text(encoding="ascii").split() if port.is_file() else []
    while time.monotonic() < until:
        with urlopen(f"http://127.0.0.1:{lines[0]}/json", timeout=10) as answer:
            tabs = [one for one in json.load(answer) if one["type"] == "page"]
        if tabs:
            address = tabs[0]["webSocketDebuggerUrl"]
            assert urlsplit(address).hostname == "127.0.0.1"
            return create_connection(address, timeout=_PATIENCE_SECONDS)
        time.sleep(0.05)
    raise AssertionError("chromium has no tab")
