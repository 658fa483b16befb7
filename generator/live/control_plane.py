"""The Karmada API server, and through it those of its members: JSON objects, read only.

It needs the extra ``live``: the official client, since it takes what kubectl takes. Of those that
were looked at, lightkube 1.0.1 starts faster (0.25 s of CPU against 0.5) and is far smaller, but
refuses login programs of client.authentication.k8s.io/v1 and a KUBECONFIG of several files; kr8s
0.20.15 starts no faster and does not ask again after an error of the server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]
"""A Kubernetes object as the API server sends it."""

PAGE = 500
"""Objects that are asked for at once, as kubectl does."""

_CONNECT_SECONDS, _READ_SECONDS = 5, 30
_SILENCE = 300
"""Seconds after which a log that says nothing counts as broken off: connections die silently."""
_MEMBER = "/apis/cluster.karmada.io/v1alpha1/clusters/{}/proxy"
_DOCTOR = "`rayjobs doctor` says what is missing"


class LiveError(Exception):
    """What cannot be read, in words; ``hint`` says what to do. Exit code 3."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class UnreachableError(LiveError):
    """No API server answers: there is none, or no way to it, or no kubeconfig that names it."""


class RefusedError(LiveError):
    """An API server answers that it will not; ``status`` is HTTP's."""

    def __init__(self, message: str, hint: str, status: int) -> None:
        super().__init__(message, hint)
        self.status = status


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """One API server; :meth:`member` gives that of a member, reached through Karmada's proxy.

    Every method raises :class:`LiveError`. Requests that only read are sent again after errors of
    the network and of the server, with a growing pause; the whole takes seconds, not minutes.
    """

    name: str
    """What messages call it."""
    _client: Any = field(repr=False)  # of a package without types
    _prefix: str = ""

    def get(self, path: str) -> Object | None:
        """The object at ``path``; None where there is none."""
        try:
            found = self._json(path, {})
        except RefusedError as refused:
            if refused.status == 404:
                return None
            raise
        return found

    def items(self, path: str, **query: str) -> Iterator[Object]:
        """The objects of the list at ``path``, page by page; ``labelSelector="a=b"`` selects."""
        yield from self.listed(path, **query)[0]

    def listed(self, path: str, **query: str) -> tuple[list[Object], str]:
        """As :meth:`items`, with the version from which :meth:`events` goes on."""
        found: list[Object] = []
        following = ""
        while True:
            page = {"limit": str(PAGE), **({"continue": following} if following else {})}
            answer = self._json(path, {**query, **page})
            metadata = answer.get("metadata", {})
            found += answer.get("items") or ()
            following = metadata.get("continue", "")
            if not following:
                return found, str(metadata.get("resourceVersion", ""))

    def events(self, path: str, version: str) -> Iterator[tuple[str, Object]]:
        """What changes in the list at ``path`` after ``version``: ADDED, MODIFIED or DELETED.

        It goes on after the server ended the stream. :class:`RefusedError` with status 410 where
        the version is too old, and :class:`UnreachableError` where the stream broke: list again.
        """
        from kubernetes.client.exceptions import ApiException
        from kubernetes.watch import Watch
        from urllib3.exceptions import HTTPError

        def ask(*, watch: bool, resource_version: str, _preload_content: bool) -> Any:
            assert watch
            assert not _preload_content
            query = {"watch": "true", "resourceVersion": resource_version}
            return self._open(path, query, follow=True)

        try:
            for event in Watch("object").stream(ask, resource_version=version):
                if event["type"] != "BOOKMARK":
                    yield event["type"], event["raw_object"]
        except ApiException as refused:
            message = f"{self.name} ended the watch of {path}: {refused.reason}"
            raise RefusedError(message, "list again", refused.status or 0) from refused
        except (HTTPError, OSError, ValueError, KeyError, TypeError) as problem:
            # Also where the stream holds something else than events: a proxy's words.
            message = f"{self.name} broke off the watch of {path}: {_cause(problem)}"
            raise UnreachableError(message, _DOCTOR) from None

    def lines(self, path: str, *, follow: bool = False, **query: str) -> Iterator[bytes]:
        """The lines of the text at ``path``, with ``follow`` as they come, with their line ends.

        The last may have none. :class:`UnreachableError` where the text is broken off.
        """
        from urllib3.exceptions import HTTPError

        response = self._open(
            path, query, follow=follow, silence=_SILENCE, accept="text/plain, */*"
        )
        begun = b""
        try:
            for part in response.stream():
                *ended, begun = (begun + part).split(b"\n")
                for line in ended:
                    yield line + b"\n"
        except (HTTPError, OSError) as problem:
            message = f"{self.name} broke off {path}: {_cause(problem)}"
            raise UnreachableError(message, _DOCTOR) from None
        finally:
            response.close()
        if begun:
            yield begun

    def may(self, verb: str, group: str, resource: str, namespace: str = "") -> bool:
        """Whether this user may do ``verb`` to a resource: a SelfSubjectAccessReview."""
        name, _, part = resource.partition("/")
        asked = {"verb": verb, "group": group, "resource": name, "namespace": namespace}
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {**asked, **({"subresource": part} if part else {})}},
        }
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        answer: Object = json.loads(self._open(path, {}, body=body).read())
        return bool(answer["status"]["allowed"])

    def member(self, cluster: str) -> ControlPlane:
        """The API server of a member, with what its RBAC lets Karmada's user do."""
        return ControlPlane(cluster, self._client, _MEMBER.format(cluster))

    def _json(self, path: str, query: Mapping[str, str]) -> Object:
        response = self._open(path, query)
        try:
            found = json.loads(response.read())
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise UnreachableError(f"{self.name} answers with something else than JSON", _DOCTOR)
        return found

    def _open(
        self,
        path: str,
        query: Mapping[str, str],
        *,
        body: Object | None = None,
        follow: bool = False,
        silence: float | None = None,
        accept: str = "application/json",
    ) -> Any:
        """The response, of which only the head has been read.

        With ``follow`` it may say nothing for ``silence`` seconds, or for as long as it likes.
        """
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        request = self._client.param_serialize(
            "GET" if body is None else "POST",
            self._prefix + path,
            query_params=list(query.items()),
            header_params={"Accept": accept},
            body=body,
            auth_settings=["BearerToken"],
        )
        seconds = (_CONNECT_SECONDS, silence if follow else _READ_SECONDS)
        try:
            response = self._client.call_api(*request, _request_timeout=seconds).response
        except (HTTPError, ApiException, OSError) as problem:
            raise UnreachableError(
                f"{self.name} does not answer: {_cause(problem)}", _DOCTOR
            ) from None
        if response.status >= 400:
            raise self._refused(path, response)
        return response

    def _refused(self, path: str, response: Any) -> RefusedError:
        status = int(response.status)
        words = _message(response.read()) or str(response.reason)
        # Karmada itself refuses its proxy so.
        is_of_member = self._prefix and "clusters/proxy" not in words
        hint = _IN_MEMBER if status == 403 and is_of_member else _HINTS.get(status, _DOCTOR)
        return RefusedError(f"{self.name} refuses {path}: {words} ({status})", hint, status)


_HINTS = {
    401: "log in again: the kubeconfig's credentials are not taken, or are too old",
    403: "ask for the role in sync/karmada/reader-role.yaml; `rayjobs doctor` says what is missing",
    503: "a member behind Karmada does not answer; `rayjobs clusters` says which are ready",
}
_IN_MEMBER = (
    "the member has to let this user read it, by the role in sync/members/reader-role.yaml: "
    'docs/sync.md, "Who may read"'
)


def _message(body: bytes) -> str:
    """The words of a Status object; of anything else its beginning."""
    text = body.decode(errors="replace")
    try:
        return str(json.loads(text)["message"])
    except (ValueError, TypeError, KeyError):
        return text.strip()[:200]


def _cause(problem: BaseException) -> str:
    """What is at the bottom of an error, without the objects that libraries print with it."""
    reason = getattr(problem, "reason", None)
    if isinstance(reason, BaseException):
        return _cause(reason)
    words = str(reason or problem)
    return words.rpartition(": ")[2] if words.startswith(("<", "HTTP")) else words


def connect(kubeconfig: str | None = None, context: str | None = None) -> ControlPlane:
    """The API server of a context; where none is named what kubectl would take.

    That is ``KUBECONFIG``, one file or several, else the one in the home directory.
    :class:`LiveError` where the extra is missing or no kubeconfig names a server; nothing is asked
    of the server yet.
    """
    try:
        from kubernetes.client import Configuration
        from kubernetes.config import ConfigException, new_client_from_config
        from yaml import YAMLError
    except ImportError:
        message = "the client of Kubernetes is not installed"
        raise UnreachableError(message, "install `rayjob-generator[live]`") from None
    configuration = Configuration()
    configuration.retries = _retries()
    try:
        client = new_client_from_config(
            kubeconfig, context, persist_config=False, client_configuration=configuration
        )
    except (ConfigException, YAMLError, OSError, *_OF_ITS_SHAPE) as problem:
        raise UnreachableError(f"no kubeconfig can be used: {problem}", _NAME_ONE) from None
    return ControlPlane("Karmada", client)


# The client reads a kubeconfig without looking at its shape first.
_OF_ITS_SHAPE = (ValueError, KeyError, TypeError, AttributeError)
_NAME_ONE = "name one of Karmada's API server with --kubeconfig, --context or KUBECONFIG"


def _retries() -> Any:
    from urllib3.util.retry import Retry

    return Retry(
        total=4,
        backoff_factor=0.2,
        status_forcelist=(429, 500, 502, 503, 504),
        allowed_methods=("GET",),
        raise_on_status=False,
    )
