"""A log that is followed is told whole, each line once, however often its stream is cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.karmada.client.answers import RefusedError, UnreachableError
from generator.karmada.client.control_plane import ControlPlane
from generator.karmada.client.resources import Resource
from generator.karmada.logs.sources import Query, Source
from generator.karmada.logs.stream import Patience, follow_lines

SOURCE = Source("gpu-0", "team", "head", "ray-head", has_begun=True)
START = datetime(2026, 11, 1, 10, tzinfo=UTC)


@dataclass
class Kubelet:
    """Stands for a control plane with one log, of which each request brings a part.

    That is so many lines of it, and then what happens; at last all of it.
    """

    written: list[bytes]
    visits: list[tuple[int, str]]
    asked: list[dict[str, str]] = field(default_factory=list)

    def member(self, cluster: str) -> Kubelet:
        assert cluster == "gpu-0"
        return self

    def get(self, of: Resource, name: str, namespace: str) -> dict[str, Any]:
        """The pod, which has ended once there is nothing more to come."""
        return {
            "metadata": {"name": "head", "namespace": "team"},
            "spec": {"containers": [{"name": "ray-head"}]},
            "status": {"phase": "Running" if self.visits else "Succeeded"},
        }

    def log(
        self, of: Resource, namespace: str, pod: str, *, follow: bool, **query: str
    ) -> Iterator[bytes]:
        assert follow
        assert query.pop("timestamps") == "true"
        self.asked.append(query)
        number, how = self.visits.pop(0) if self.visits else (len(self.written), "ends")
        since = datetime.fromisoformat(query.get("sinceTime", START.isoformat()))
        yield from (one for one in self.written[:number] if _time(one) >= since)
        if how == "broken":
            raise UnreachableError("broken off", "")
        if how == "refused":
            raise RefusedError("no route", "", 502)


def _time(line: bytes) -> datetime:
    return datetime.fromisoformat(line.split(b" ")[0].decode())


def told(kubelet: Kubelet, query: Query | None = None, attempts: int = 5) -> list[bytes]:
    patience = Patience(attempts, lambda: None)
    return list(follow_lines(cast(ControlPlane, kubelet), SOURCE, query or Query(), patience))


@given(
    st.lists(st.tuples(st.integers(0, 3_000_000), st.sampled_from([b"a", b"b", b"", b"\xff "]))),
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["ends", "broken"])), max_size=6),
    st.booleans(),
    st.booleans(),
)
def test_each_line_once(
    written: list[tuple[int, bytes]],
    visits: list[tuple[int, str]],
    has_stamps: bool,
    is_begun: bool,
) -> None:
    """Lines come at microseconds, several at once, the same text again; the API asks in seconds."""
    lines, time = [], START
    for passed, text in written:
        time += timedelta(microseconds=passed)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.%f000Z ").encode()
        lines.append((stamp, text + b"\n"))
    if lines and is_begun:
        stamp, text = lines[-1]
        lines[-1] = stamp, text[:-1]
    kubelet = Kubelet([stamp + text for stamp, text in lines], sorted(visits))
    wanted = [stamp + text if has_stamps else text for stamp, text in lines]
    assert told(kubelet, Query(timestamps=has_stamps), len(visits) + 1) == wanted


def test_only_the_first_request_asks_for_a_tail() -> None:
    lines = [b"2026-11-01T11:00:00.1+01:00 one\n", b"2026-11-01T11:00:01.2+01:00 two\n"]
    kubelet = Kubelet(lines, [(1, "broken")])
    assert told(kubelet, Query(tail=1)) == [b"one\n", b"two\n"]
    shared = {"container": "ray-head"}
    assert kubelet.asked == [
        {**shared, "tailLines": "1"},
        {**shared, "sinceTime": "2026-11-01T11:00:00+01:00"},
    ]


def test_a_server_that_stays_away_ends_it() -> None:
    kubelet = Kubelet([], [(0, "refused")] * 5)
    with pytest.raises(RefusedError, match="no route"):
        told(kubelet)
    assert kubelet.visits == []


def test_a_line_is_an_answer() -> None:
    lines = [f"2026-11-01T10:00:{second:02}Z x\n".encode() for second in range(20)]
    kubelet = Kubelet(lines, [(second, "broken") for second in range(20)])
    assert len(told(kubelet)) == 20


class Odd(Kubelet):
    """One that writes times that there are not."""

    def log(
        self, of: Resource, namespace: str, pod: str, *, follow: bool, **query: str
    ) -> Iterator[bytes]:
        assert follow
        self.asked.append(query)
        yield from self.written


@pytest.mark.parametrize("stamp", [b"9999-99-99T99:99:99Z", b"2026-01-01T00:00:00+99:99"])
def test_a_time_that_there_is_not_is_no_end(stamp: bytes) -> None:
    line = stamp + b" hello\n"
    assert line in told(Odd([line], []), Query(timestamps=True), 2)
