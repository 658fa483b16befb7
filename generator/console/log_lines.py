"""Printing lines of logs: as they are into files and pipes, harmless where they are watched."""

from __future__ import annotations

import re

from generator.console.streams import SafeStream
from generator.diagnostics.characters import visible

# SGR, and nothing else that begins with an escape.
_COLORS = re.compile(rb"\x1b\[[0-9;:]*m")


def shown(line: bytes) -> str:
    """A line as a terminal may get it: without colors, and what else would control it visible."""
    text = _COLORS.sub(b"", line.rstrip(b"\r\n")).decode("utf-8", "backslashreplace")
    return "\t".join(map(visible, text.split("\t")))


class LineWriter:
    """Writes lines to a stream."""

    def __init__(self, stream: SafeStream) -> None:
        self._stream = stream

    def write(self, line: bytes, prefix: str = "") -> None:
        """Write a line; with a prefix it ends with a line end, so that the next begins a line."""
        start = f"[{prefix}] " if prefix else ""
        if self._stream.is_watched:
            self._stream.send(f"{visible(start)}{shown(line)}\n")
            return
        ended = line if line.endswith(b"\n") or not prefix else line + b"\n"
        self._stream.send_bytes(start.encode() + ended)

    def flush(self) -> None:
        """Let a program that reads the pipe have what was written."""
        self._stream.flush()
