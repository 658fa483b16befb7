"""Asking one API server: every request, answer and error of the network goes through here."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.karmada.client.answers import (
    MOST_OF_A_REFUSAL,
    Clock,
    Failure,
    NotUnderstoodError,
    RefusedError,
    UnreachableError,
    body_of,
    decoded,
    parts_of,
    why,
)
from generator.karmada.client.login import watched_login
from generator.karmada.client.resources import path_of
from generator.karmada.client.shapes import Shape, flaw

DOCTOR = "`rayjobs doctor` says what is missing"

_CONNECT_SECONDS, _READ_SECONDS = 5, 30
_LONGEST_WORDS = 1000


@dataclass(frozen=True, slots=True)
class Server:
    """An API server, or with ``above`` what stands below a path of it."""

    name: str
    client: Any = field(repr=False)  # of a package without types
    clock: Clock = field(repr=False)
    above: tuple[str, ...] = ()

    def found(self, segments: tuple[str, ...], shape: type[Shape]) -> dict[str, Any] | None:
        """As :meth:`json`; None where there is nothing at that path."""
        try:
            return self.json(segments, shape, {})
        except RefusedError as refused:
            if refused.status == 404:
                return None
            raise

    def json(
        self,
        segments: tuple[str, ...],
        shape: type[Shape],
        query: Mapping[str, str],
        body: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the JSON object at a path, of the shape; with a body it is posted. LiveError."""
        return self.measured(segments, shape, query, body)[0]

    def measured(
        self,
        segments: tuple[str, ...],
        shape: type[Shape],
        query: Mapping[str, str],
        body: dict[str, Any] | None = None,
    ) -> tuple[dict[str, Any], int]:
        """As :meth:`json`, with the bytes that the answer took."""
        answer, size = self.clock.within(
            f"the answer of {self.name} about {path_of(segments)}",
            lambda: self._read(segments, query, body),
        )
        self.check(segments, shape, answer)
        return answer, size

    def lines(
        self,
        segments: tuple[str, ...],
        query: Mapping[str, str],
        most: int,
        silence: float = _READ_SECONDS,
        line_seconds: float | None = None,
    ) -> Iterator[bytes]:
        """Yield the lines of a text with their line ends, longer ones in pieces of ``most`` bytes.

        The server may say nothing for ``silence`` seconds, and a line may take ``line_seconds``.
        """
        from urllib3.exceptions import HTTPError

        response = self.clock.within(
            f"the answer of {self.name} about {path_of(segments)}",
            lambda: self._open(segments, query, silence=silence, accept="text/plain, */*"),
        )
        begun: list[bytes] = []
        size, told = 0, time.monotonic()
        try:
            for part in parts_of(response):
                *ended, rest = part.split(b"\n")
                if ended:
                    ended[0] = b"".join([*begun, ended[0]])
                    begun, size, told = [], 0, time.monotonic()
                for line in ended:
                    yield line + b"\n"
                begun.append(rest)
                size += len(rest)
                if size >= most:
                    yield b"".join(begun)
                    begun, size, told = [], 0, time.monotonic()
                if line_seconds is not None and time.monotonic() > told + line_seconds:
                    raise TimeoutError
        except (HTTPError, OSError) as problem:
            raise self._broken_off(segments, problem) from None
        finally:
            response.close()
        if size:
            yield b"".join(begun)

    def check(
        self, segments: tuple[str, ...], shape: type[Shape], value: object, place: str = ""
    ) -> None:
        """NotUnderstoodError where ``value``, found at ``place``, has another shape."""
        if words := flaw(shape, value):
            raise self.not_understood(segments, f"something else than Kubernetes: {place}{words}")

    def not_understood(self, segments: tuple[str, ...], words: str) -> NotUnderstoodError:
        """Return the error that the server answers ``words`` at a path."""
        message = f"{self.name} answers {path_of(segments)} with {words}"
        return NotUnderstoodError(message, _NOT_KUBERNETES)

    def _broken_off(self, segments: tuple[str, ...], problem: Exception) -> UnreachableError:
        message = f"{self.name} broke off {path_of(segments)}: {why(problem)}"
        return UnreachableError(message, DOCTOR)

    def _read(
        self, segments: tuple[str, ...], query: Mapping[str, str], body: dict[str, Any] | None
    ) -> tuple[Any, int]:
        from urllib3.exceptions import HTTPError

        response = self._open(segments, query, body=body)
        try:
            data = body_of(response)
        except ValueError as problem:
            raise self.not_understood(segments, f"too much: {problem}") from None
        except (HTTPError, OSError) as problem:
            raise self._broken_off(segments, problem) from None
        try:
            return decoded(data), len(data)
        except ValueError:
            raise self.not_understood(segments, "something else than JSON") from None

    def _open(
        self,
        segments: tuple[str, ...],
        query: Mapping[str, str],
        *,
        body: dict[str, Any] | None = None,
        silence: float = _READ_SECONDS,
        accept: str = "application/json",
    ) -> Any:
        """The response, of which only the head has been read."""
        path = path_of((*self.above, *segments))
        with watched_login():
            request = self.client.param_serialize(
                "GET" if body is None else "POST",
                path,
                query_params=list(query.items()),
                header_params={"Accept": accept},
                body=body,
                auth_settings=["BearerToken"],
            )
        try:
            response = self.client.call_api(
                *request, _request_timeout=(_CONNECT_SECONDS, silence)
            ).response
        except Exception as problem:  # nothing of ours is called there
            message = f"{self.name} does not answer: {why(problem)}"
            raise UnreachableError(message, DOCTOR) from None
        if not 200 <= response.status < 300:
            raise self._refused(segments, response)
        return response

    def _refused(self, segments: tuple[str, ...], response: Any) -> RefusedError:
        status, path = int(response.status), path_of(segments)
        if 300 <= status < 400:
            words = f"{self.name} sends {path} elsewhere, where the token must not go ({status})"
            response.close()
            return RefusedError(words, _NO_REDIRECT, status)
        words = _message(response) or str(response.reason)
        # Karmada itself refuses its proxy so.
        is_of_member = self.above and "clusters/proxy" not in words
        hint = _HINTS.get(status, DOCTOR)
        if is_of_member and status == 403:
            hint = _IN_MEMBER
        elif self.above and status >= 500:
            hint = _MEMBER_AWAY
        return RefusedError(f"{self.name} refuses {path}: {words} ({status})", hint, status)


_NOT_KUBERNETES = "see that an API server of Kubernetes answers there, and nothing in its place"
_NO_REDIRECT = "name the API server itself in the kubeconfig"
_HINTS = {
    401: "log in again: the kubeconfig's credentials are not taken, or are too old",
    403: "ask for the role in sync/karmada/reader-role.yaml; `rayjobs doctor` says what is missing",
    503: "a member behind Karmada does not answer; `rayjobs clusters` says which are ready",
}
_MEMBER_AWAY = (
    "the member may not answer Karmada: `rayjobs clusters` says whether it does, and since when not"
)
_IN_MEMBER = (
    "the member has to let this user read it, by the role in sync/members/reader-role.yaml: "
    'docs/sync.md, "Who may read"'
)


def _message(response: Any) -> str:
    """The words of a Status object; of anything else its beginning."""
    from urllib3.exceptions import HTTPError

    try:
        body = body_of(response, MOST_OF_A_REFUSAL)
    except (HTTPError, OSError, ValueError):
        return ""
    try:
        said = decoded(body)
    except ValueError:
        return body.decode(errors="replace").strip()[:200]
    return "" if flaw(Failure, said) else str(said.get("message", ""))[:_LONGEST_WORDS]
