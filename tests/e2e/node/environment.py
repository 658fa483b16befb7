"""The environment and the arguments of a container."""

from __future__ import annotations

import base64
import math
import re
from typing import Any

from tests.e2e.node.pod import Pod
from tests.e2e.node.quantities import quantity
from tests.e2e.session.api import Api, Object

_REFERENCE = re.compile(r"\$(\$|\(([-._a-zA-Z][-._a-zA-Z0-9]*)\))")
KINDS = {"secret": "Secret", "configMap": "ConfigMap"}
"""What holds values, by the word with which variables and volumes refer to it."""
_QUOTED_KEY = re.compile(r"metadata\.(labels|annotations)\['(.*)'\]")


class ContainerConfigError(Exception):
    """A container cannot start yet; a kubelet tries again until it can."""


def environment(pod: Pod, container: Object, address: str, api: Api) -> dict[str, str]:
    """The variables of ``container`` in order, with the Secrets that they come from.

    ContainerConfigError where a Secret, a ConfigMap or one of their keys is missing.
    """
    found: dict[str, str] = {}
    for source in container.get("envFrom") or []:
        for kind, reference in source.items():
            if kind != "prefix":
                prefix = source.get("prefix", "")
                values = _values(pod, kind.removesuffix("Ref"), reference, api)
                found |= {prefix + name: value for name, value in values.items()}
    for entry in container.get("env") or []:
        if "valueFrom" not in entry:
            found[entry["name"]] = expanded(entry.get("value", ""), found)
            continue
        value = _referred(pod, container, entry["valueFrom"], address, api)
        if value is not None:
            found[entry["name"]] = value
    return found


def expanded(text: str, variables: dict[str, str]) -> str:
    """``text`` with ``$(NAME)`` replaced as Kubernetes does; unknown names stay as they are."""

    def value(match: re.Match[str]) -> str:
        return "$" if match[1] == "$" else variables.get(match[2], match[0])

    return _REFERENCE.sub(value, text)


def _referred(pod: Pod, container: Object, source: Object, address: str, api: Api) -> str | None:
    for kind, called in KINDS.items():
        reference = source.get(f"{kind}KeyRef")
        if reference:
            value = _values(pod, kind, reference, api).get(reference["key"])
            if value is None and not reference.get("optional"):
                raise ContainerConfigError(
                    f"couldn't find key {reference['key']} in "
                    f"{called} {pod.namespace}/{reference['name']}"
                )
            return value
    if "fieldRef" in source:
        return _field(pod, source["fieldRef"]["fieldPath"], address)
    return _resource(pod, container, source["resourceFieldRef"])


def _values(pod: Pod, kind: str, reference: Object, api: Api) -> dict[str, str]:
    found = api.get(KINDS[kind], reference["name"], pod.namespace)
    if found is None:
        if reference.get("optional"):
            return {}
        raise ContainerConfigError(f'{kind.lower()} "{reference["name"]}" not found')
    data: dict[str, str] = found.get("data") or {}
    if kind == "secret":
        return {key: base64.b64decode(value).decode() for key, value in data.items()}
    return data


def _field(pod: Pod, path: str, address: str) -> str:
    keyed = _QUOTED_KEY.fullmatch(path)
    if keyed:
        return str((pod.document["metadata"].get(keyed[1]) or {}).get(keyed[2], ""))
    if path in ("status.podIP", "status.podIPs"):
        return address
    value: Any = pod.document
    for part in path.split("."):
        value = value.get(part, "")
    return str(value)


def _resource(pod: Pod, container: Object, source: Object) -> str:
    named = [c for c in pod.containers if c["name"] == source.get("containerName")]
    resources = (named or [container])[0].get("resources") or {}
    kind, _, name = source["resource"].partition(".")
    # A kubelet takes what is missing from the node; what fits on any is enough here.
    amount = quantity(resources.get(kind, {}).get(name, "1"))
    return str(math.ceil(amount / quantity(source.get("divisor") or "1")))
