"""The output of a container with times, as a kubelet's log files have them.

The container's process writes the file itself; when a line came is known to half a second.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path


@dataclass(frozen=True)
class LogOptions:
    """What is asked for, as the kubelet's API names it."""

    follow: bool = False
    timestamps: bool = False
    tail: int | None = None
    since: datetime | None = None
    limit: int | None = None
    """Bytes."""

    @classmethod
    def of(cls, query: Mapping[str, str], now: datetime) -> LogOptions:
        """From a query; ValueError where it is none that a kubelet takes."""
        since = None
        if "sinceSeconds" in query:
            since = now - timedelta(seconds=int(query["sinceSeconds"]))
        elif "sinceTime" in query:
            since = datetime.fromisoformat(query["sinceTime"])
        tail, limit = query.get("tailLines"), query.get("limitBytes")
        return cls(
            query.get("follow") == "true",
            query.get("timestamps") == "true",
            None if tail is None else int(tail),
            since,
            None if limit is None else int(limit),
        )


class ContainerLog:
    """A file that grows; threads may share it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._sizes: list[int] = []
        self._times: list[datetime] = []

    def look(self, now: datetime) -> None:
        """Take what is new in the file as written ``now``."""
        with self._lock:
            size = self._file.stat().st_size if self._file.exists() else 0
            if size > (self._sizes[-1] if self._sizes else 0):
                self._sizes.append(size)
                self._times.append(now)

    def read(self, offset: int, now: datetime) -> tuple[list[tuple[datetime, bytes]], int]:
        """Lines from ``offset`` on, each with its time, and the offset after them.

        A last line without a line end is left for later.
        """
        self.look(now)
        if not self._sizes:
            return [], offset
        with self._file.open("rb") as opened:
            opened.seek(offset)
            data = opened.read(self._sizes[-1] - offset)
        found = []
        for line in data.split(b"\n")[:-1]:
            offset += len(line) + 1
            found.append((self._times[bisect_left(self._sizes, offset)], line + b"\n"))
        return found, offset

    def rest(self, offset: int, now: datetime) -> tuple[datetime, bytes]:
        """What is left from ``offset`` on, once nothing more is written."""
        if not self._file.exists():
            return now, b""
        with self._file.open("rb") as opened:
            opened.seek(offset)
            return now, opened.read()


def selected(
    lines: list[tuple[datetime, bytes]], options: LogOptions
) -> list[tuple[datetime, bytes]]:
    """The last ones, if asked for, and of these what is not older: as a kubelet does it."""
    if options.tail is not None:
        lines = lines[len(lines) - min(options.tail, len(lines)) :]
    # The API server asks for whole seconds.
    return [one for one in lines if options.since is None or one[0] >= options.since]


def written(time: datetime, line: bytes, options: LogOptions) -> bytes:
    """A line as it is sent."""
    stamp = time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z ")
    return stamp.encode() + line if options.timestamps else line
