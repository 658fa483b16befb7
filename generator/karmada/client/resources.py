"""Paths of the Kubernetes API, of names alone: no name can lead a request elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from generator.fields import kubernetes
from generator.karmada.client.failures import NotUnderstoodError
from generator.karmada.client.shapes import Named

_is_name = re.compile(kubernetes.DNS_SUBDOMAIN).fullmatch


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of objects as API servers list it; ``shape`` has the fields that are read of each."""

    api_version: str
    plural: str
    shape: type[Named] = Named

    def segments(self, namespace: str | None = None, *below: str) -> tuple[str, ...]:
        """Return the path of the list, of one namespace or of all, and what stands below it."""
        group = (
            ("api", "v1") if self.api_version == "v1" else ("apis", *self.api_version.split("/"))
        )
        inside = () if namespace is None else ("namespaces", namespace)
        return (*group, *inside, self.plural, *below)


def path_of(segments: Iterable[str]) -> str:
    """``/api/v1/pods``. NotUnderstoodError where a segment is no name of Kubernetes.

    Every path that is asked for is made here.
    """
    named = []
    for one in segments:
        if len(one) > kubernetes.MAX_SUBDOMAIN or not _is_name(one):
            raise NotUnderstoodError(
                f"{one[:_SHOWN]!r} is no name that Kubernetes takes: nothing is asked about it",
                "see which cluster gives an object such a name, and whether it can be trusted",
            )
        named.append(quote(one, safe=""))
    return "".join(f"/{one}" for one in named)


_SHOWN = 80
