"""The Karmada API server, and through it those of its members: JSON objects, read only.

It needs the extra ``live``: the official client, since it takes what kubectl takes. Of those that
were looked at, lightkube 1.0.1 starts faster (0.25 s of CPU against 0.5) and is far smaller, but
refuses login programs of client.authentication.k8s.io/v1 and a KUBECONFIG of several files; kr8s
0.20.15 starts no faster and does not ask again after an error of the server.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from generator.karmada.client.answers import (
    Change,
    Clock,
    Failure,
    ObjectList,
    OpenApi,
    RefusedError,
    Review,
    UnreachableError,
    Version,
    decoded,
    mute,
)
from generator.karmada.client.login import client_of
from generator.karmada.client.resources import Resource, path_of
from generator.karmada.client.server import DOCTOR, Server
from generator.karmada.client.shapes import flaw

Object: TypeAlias = dict[str, Any]
"""A Kubernetes object as the API server sends it, of the shape of its resource."""

PAGE = 500
"""Objects that are asked for at once, as kubectl does."""
MOST_PAGES = 1000
LIST_SECONDS = 300.0
"""How long all pages of a list may take."""
MOST_OF_A_LIST = 256 * 2**20
"""Bytes of all pages of a list: 15,000 RayJobs."""
MOST_OF_A_LINE = 2**16
"""Bytes of a line of a log; what is longer comes in pieces."""
MOST_OF_A_CHANGE = 4 * 2**20
"""Bytes of a line of a watch: an API server stores objects of some 1.5 MiB."""

_LINE_SECONDS = 60.0
"""How long a line of a log may take that is not followed."""
_SILENCE = 300
"""Seconds after which what is followed counts as broken off: connections die silently."""
_PAUSE_SECONDS = 1.0
"""Between two watches: a server that ends each at once is not asked without a pause."""
_MEMBERS = ("apis", "cluster.karmada.io", "v1alpha1", "clusters")
_REVIEWS = ("apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews")
_LOGIN_SECONDS = 300.0
"""A login program may wait for a person."""


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """One API server; :meth:`member` gives that of a member, reached through Karmada's proxy.

    Every method raises :class:`LiveError`. Requests that only read are sent again after errors of
    the network and of the server, with a growing pause; the whole takes a minute at most.
    """

    _server: Server

    @property
    def name(self) -> str:
        """What messages call it."""
        return self._server.name

    def get(self, of: Resource, name: str, namespace: str | None = None) -> Object | None:
        """Return the object of a name; None where there is none."""
        return self._server.found(of.segments(namespace, name), of.shape)

    def items(self, of: Resource, namespace: str | None = None, **query: str) -> Iterator[Object]:
        """Yield the objects of a list, page by page; ``labelSelector="a=b"`` selects."""
        yield from self.listed(of, namespace, **query)[0]

    def listed(
        self, of: Resource, namespace: str | None = None, **query: str
    ) -> tuple[list[Object], str]:
        """As :meth:`items`, with the version from which :meth:`events` goes on."""
        segments, until = of.segments(namespace), time.monotonic() + LIST_SECONDS
        found: list[Object] = []
        following, size = "", 0
        for _ in range(MOST_PAGES):
            page = {"limit": str(PAGE), **({"continue": following} if following else {})}
            answer, taken = self._server.measured(segments, ObjectList, {**query, **page})
            size += taken
            items = answer.get("items", [])
            for number, one in enumerate(items):
                self._server.check(segments, of.shape, one, f"items.{number}.")
            found += items
            metadata = answer.get("metadata", {})
            before, following = following, metadata.get("continue", "")
            if not following:
                return found, metadata.get("resourceVersion", "")
            if following == before or time.monotonic() > until or size > MOST_OF_A_LIST:
                break
        raise self._server.not_understood(segments, "a list that does not end, or is too long")

    def version(self) -> str:
        """Of Kubernetes; ``?`` where the server does not say."""
        return str((self._server.found(("version",), Version) or {}).get("gitVersion", "?"))

    def open_api(self, api_version: str) -> Object | None:
        """Return the OpenAPI document of a group and version; None where it is not served."""
        return self._server.found(("openapi", "v3", "apis", *api_version.split("/")), OpenApi)

    def events(self, of: Resource, version: str) -> Iterator[tuple[str, Object]]:
        """Yield what changes in a list after ``version``: ADDED, MODIFIED or DELETED.

        It goes on after the server ended the stream. :class:`RefusedError` with status 410 where
        the version is too old, and :class:`UnreachableError` where the stream broke: list again.
        """
        while True:
            query = {"watch": "true", "timeoutSeconds": str(_SILENCE), "resourceVersion": version}
            for line in self._server.lines(of.segments(), query, MOST_OF_A_CHANGE, 2 * _SILENCE):
                kind, one = self._change(of, line)
                version = one.get("metadata", {}).get("resourceVersion", version)
                if kind != "BOOKMARK":
                    yield kind, one
            time.sleep(_PAUSE_SECONDS)

    def _change(self, of: Resource, line: bytes) -> tuple[str, Object]:
        segments = of.segments()
        where = f"{self.name} broke off the watch of {path_of(segments)}"
        try:
            change = decoded(line)
        except ValueError:
            raise UnreachableError(f"{where} with something else than JSON", DOCTOR) from None
        if words := flaw(Change, change):
            raise UnreachableError(f"{where} with what is no change: {words}", DOCTOR)
        kind, one = change["type"], change["object"]
        if kind == "ERROR":
            said = {} if flaw(Failure, one) else one
            words = f"{where}: {said.get('message') or 'it does not say why'}"
            raise RefusedError(words, "list again", said.get("code", 0))
        self._server.check(segments, ObjectList if kind == "BOOKMARK" else of.shape, one)
        return kind, one

    def log(
        self, pods: Resource, namespace: str, pod: str, *, follow: bool = False, **query: str
    ) -> Iterator[bytes]:
        """Return the lines of a pod's log, with ``follow`` as they come, with their line ends.

        The last may have none, and so may pieces of one that is longer than ``MOST_OF_A_LINE``.
        :class:`UnreachableError` where the text is broken off.
        """
        segments = pods.segments(namespace, pod, "log")
        if follow:
            asked = {"follow": "true", **query}
            return self._server.lines(segments, asked, MOST_OF_A_LINE, _SILENCE)
        return self._server.lines(segments, query, MOST_OF_A_LINE, line_seconds=_LINE_SECONDS)

    def may(self, verb: str, group: str, resource: str, namespace: str = "") -> bool:
        """Return whether this user may do ``verb`` to a resource: a SelfSubjectAccessReview."""
        name, _, part = resource.partition("/")
        asked = {"verb": verb, "group": group, "resource": name, "namespace": namespace}
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {**asked, **({"subresource": part} if part else {})}},
        }
        answer = self._server.json(_REVIEWS, Review, {}, body)
        return bool(answer["status"].get("allowed"))

    def member(self, cluster: str) -> ControlPlane:
        """Return the API server of a member, with what its RBAC lets Karmada's user do."""
        above = (*_MEMBERS, cluster, "proxy")
        return ControlPlane(replace(self._server, name=cluster, above=above))


def connect(
    kubeconfig: str | None = None,
    context: str | None = None,
    say: Callable[[str], None] = mute,
) -> ControlPlane:
    """Return the API server of a context; where none is named what kubectl would take.

    That is ``KUBECONFIG``, one file or several, else the one in the home directory. ``say`` is
    told of what is waited for. :class:`LiveError` where the extra is missing or no kubeconfig
    names a server; nothing is asked of the server yet.
    """
    clock = Clock(say)
    client = clock.within(
        "the login of the kubeconfig's user", lambda: client_of(kubeconfig, context), _LOGIN_SECONDS
    )
    return ControlPlane(Server("Karmada", client, clock))
