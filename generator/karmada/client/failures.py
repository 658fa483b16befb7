"""What cannot be read, in words without texts of libraries: those quote tokens and addresses."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from http.client import HTTPException, IncompleteRead, RemoteDisconnected

from generator.diagnostics.advice import Advice


class LiveError(Exception):
    """What cannot be read, and what to do about it. Exit code 3."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.advice = Advice(message, hint)


class UnreachableError(LiveError):
    """No API server answers: there is none, or no way to it, or no kubeconfig that names it."""


class RefusedError(LiveError):
    """An API server answers that it will not; ``status`` is HTTP's."""

    def __init__(self, message: str, hint: str, status: int) -> None:
        super().__init__(message, hint)
        self.status = status


class NotUnderstoodError(LiveError):
    """An API server answers with what no API server says."""


def why(problem: BaseException, otherwise: str = "") -> str:
    """Return what a request failed with: the words of its most particular cause that has any."""
    for one in reversed([*_chain(problem)]):
        if words := _words(one):
            return words
    return otherwise or type(problem).__name__


def _chain(problem: BaseException) -> Iterator[BaseException]:
    """An error and what it was made from, as urllib3 keeps it."""
    seen: set[int] = set()
    following: BaseException | None = problem
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        kept = (getattr(following, "reason", None), following.__cause__, *following.args)
        following = next((one for one in kept if isinstance(one, BaseException)), None)


def _words(problem: BaseException) -> str:
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {problem.verify_message}"
    if isinstance(problem, ssl.SSLError):
        return f"TLS fails: {problem.reason or 'for a reason it does not say'}"
    if isinstance(problem, OSError) and isinstance(problem.errno, int) and problem.strerror:
        return problem.strerror
    return next((words for kind, words in _KINDS if isinstance(problem, kind)), "") or _BY_NAME.get(
        type(problem).__name__, ""
    )


_KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (RemoteDisconnected, "it ended the connection without an answer"),
    (TimeoutError, "it says nothing in time"),
    (IncompleteRead, "its answer is cut"),
    (HTTPException, "it does not speak HTTP"),
    (UnicodeError, "its address or the token has characters that HTTP does not allow"),
)
_BY_NAME = {
    # Classes of urllib3, which is there with the extra only.
    "ConnectTimeoutError": "no connection in time",
    "IncompleteRead": "its answer is cut",
    "InvalidChunkLength": "its answer is cut",
    "InvalidHeader": "its header Retry-After says no time",
    "LocationParseError": "its address in the kubeconfig is no URL",
    "LocationValueError": "its address in the kubeconfig is no URL",
    "ProxyError": "the proxy on the way to it fails",
    "ProxySchemeUnknown": "the address of the proxy in the kubeconfig is no URL",
    "URLSchemeUnknown": "its address in the kubeconfig is no URL",
    "ValueError": "its address or the token has characters that HTTP does not allow",
}
