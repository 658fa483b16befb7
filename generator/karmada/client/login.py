"""The client that a kubeconfig describes. What libraries say of one holds its values: none is told.

Errors of the client name whole entries of the file, those of YAML quote its lines, and what a login
program prints is a token where it works.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from collections.abc import Iterator
from typing import Any

from generator.karmada.client.answers import LiveError, UnreachableError, why


def client_of(kubeconfig: str | None, context: str | None) -> Any:
    """Return the client of a context. UnreachableError."""
    try:
        from kubernetes.client import Configuration
        from kubernetes.config import new_client_from_config
    except ImportError:
        message = "the client of Kubernetes is not installed"
        raise UnreachableError(message, "install `rayjob-generator[live]`") from None
    configuration = Configuration()
    configuration.retries = _retries()
    with watched_login():
        try:
            client = new_client_from_config(
                kubeconfig, context, persist_config=False, client_configuration=configuration
            )
        except Exception as problem:  # nothing of ours is called there
            message = f"no kubeconfig can be used: {_why(problem, kubeconfig, context)}"
            raise UnreachableError(message, _NAME_ONE) from None
    server = configuration.host
    if not isinstance(server, str) or not re.match(r"https?://[^/]", server):
        message = "no kubeconfig can be used: its server is no URL that begins with https://"
        raise UnreachableError(message, _NAME_ONE)
    return client


_NAME_ONE = "name one of Karmada's API server with --kubeconfig, --context or KUBECONFIG"


def _retries() -> Any:
    from urllib3.util.retry import Retry

    return Retry(
        total=4,
        read=1,
        redirect=False,  # it would take the token along
        backoff_factor=0.2,
        status_forcelist=(429, 500, 502, 503, 504),
        allowed_methods=("GET",),
        raise_on_status=False,
        retry_after_max=_LONGEST_PAUSE,
    )


_LONGEST_PAUSE = 10
"""Seconds that a server may ask to be left alone between two requests."""


def _why(problem: Exception, kubeconfig: str | None, context: str | None) -> str:
    mark = getattr(problem, "problem_mark", None)
    if mark is not None:
        return f"{mark.name}, line {mark.line + 1}: it is not YAML"
    named = repr(context) if context else "that it names as the current one"
    for pattern, words in _SAID:
        if found := re.match(pattern, str(problem), re.DOTALL):
            return words.format(*found.groups(), context=named)
    if type(problem) in _OF_ITS_FORM:
        return _NO_FORM
    place = f"{kubeconfig}: " if getattr(problem, "filename", None) == kubeconfig else ""
    return f"{place if kubeconfig else ''}{why(problem, _NO_FORM)}"


# The client reads a kubeconfig without looking at its form first.
_OF_ITS_FORM = (ValueError, KeyError, TypeError, AttributeError, IndexError, UnicodeDecodeError)
_NO_FORM = "it has not the form of a kubeconfig"
_EXPECTED = r"Invalid kube-config file\. Expected"
_SAID = (
    (r"Invalid kube-config file\. No configuration found\.", "there is none"),
    (r"Invalid kube-config\. .* file is empty$", "it is empty"),
    (rf"{_EXPECTED} object .*/contexts list$", "there is no context {context}"),
    (rf"{_EXPECTED} object .*/clusters list$", "its context names no cluster"),
    (rf"{_EXPECTED} key ([a-z-]{{1,40}}) in ", "it lacks an entry: {}"),
    (r"File does not exist: ", "a file that it names is not there"),
)
"""How the client's errors begin, and what of them can be told."""


class _Kept(logging.Handler):
    """Keeps from the terminal what the client logs: of a login program that failed all output."""

    def __init__(self) -> None:
        super().__init__()
        self.of_thread = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        """Remember why a login program failed."""
        if record.funcName == "_load_from_exec_plugin":
            words = "it cannot be run, or prints no ExecCredential"
            ended = re.match(r"exec: process returned (-?[0-9]{1,9})", record.getMessage())
            self.of_thread.failed = f"it ended with exit code {ended[1]}" if ended else words


_KEPT = _Kept()


@contextlib.contextmanager
def watched_login() -> Iterator[None]:
    """Watch where the client may run a login program or refresh a token. UnreachableError."""
    logging.getLogger().addHandler(_KEPT)
    _KEPT.of_thread.failed = ""
    try:
        yield
    except LiveError:
        raise
    except Exception as problem:  # nothing of ours is called there
        message = f"the login of the kubeconfig's user fails: {why(problem, 'it gives no token')}"
        raise UnreachableError(message, _BY_HAND) from None
    if _KEPT.of_thread.failed:
        message = f"the login program of the kubeconfig's user fails: {_KEPT.of_thread.failed}"
        raise UnreachableError(message, _BY_HAND)


_BY_HAND = "run what the kubeconfig names below exec by hand, or log in again with kubectl"
