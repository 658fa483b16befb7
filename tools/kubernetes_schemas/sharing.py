"""Write a JSON Schema down once where it repeats itself.

A RayJob holds three pod templates and a pod template three lists of containers: spelt out, its
schema is hundreds of kilobytes. Equal subtrees are found by digest (hash-consing) and moved to
`$defs`.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tools.kubernetes_schemas.json_types import Json, JsonObject

_REFERENCE_LENGTH = 30
_SHORTEST_DEFINITION = 60
_SUFFIX_DIGITS = 6


def share_subtrees(schema: JsonObject, shapes: Mapping[str, JsonObject]) -> JsonObject:
    """Return an equivalent schema whose repeated subtrees are references into `$defs`.

    The result depends on the content of `schema` only, not on the order of its keys. A definition
    is named for the field where it is first met (`volumes-item` for the elements of `volumes`),
    with a few digits of its digest where several shapes go by one name.

    :param schema: a JSON Schema without references, whose subschemas stand under `properties`,
        `items` and `additionalProperties`.
    :param shapes: subtrees that have a name of their own wherever they are met.
    """
    subtrees = _Subtrees()
    for name, shape in shapes.items():
        subtrees.add(shape, name)
    root = subtrees.add(schema, "root")
    names = _definition_names(subtrees.worth_sharing(), subtrees.labels)

    def written(digest: str) -> JsonObject:
        return _map_subschemas(subtrees.nodes[digest], "", lambda child, _: reference(child))

    def reference(child: Json) -> Json:
        digest = str(child)
        return {"$ref": f"#/$defs/{names[digest]}"} if digest in names else written(digest)

    definitions: JsonObject = {name: written(digest) for digest, name in names.items()}
    return {"$defs": definitions, **written(root)}


@dataclass
class _Subtrees:
    """Every distinct subtree by its digest, children before parents.

    A node holds the digests of its subschemas in their stead. `uses` counts the places among
    the distinct nodes that hold a digest, so a subtree that only repeats as part of a larger one
    counts once.
    """

    nodes: dict[str, JsonObject] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    uses: Counter[str] = field(default_factory=Counter)

    def add(self, schema: JsonObject, label: str) -> str:
        children: list[str] = []

        def digest_of(child: Json, child_label: str) -> Json:
            assert isinstance(child, dict)
            children.append(self.add(child, child_label))
            return children[-1]

        node = _map_subschemas(schema, label, digest_of)
        digest = hashlib.sha256(_compact(node).encode()).hexdigest()
        if digest not in self.nodes:
            self.nodes[digest] = node
            self.labels[digest] = label
            self.uses.update(children)
        return digest

    def worth_sharing(self) -> list[str]:
        lengths: dict[str, int] = {}
        shared: list[str] = []
        for digest, node in self.nodes.items():
            children: list[str] = []

            def blank(child: Json, _label: str, seen: list[str] = children) -> Json:
                seen.append(str(child))
                return ""

            length = len(_compact(_map_subschemas(node, "", blank)))
            length += sum(lengths[child] for child in children)
            lengths[digest] = length
            if self.uses[digest] > 1 and length >= _SHORTEST_DEFINITION:
                shared.append(digest)
                lengths[digest] = _REFERENCE_LENGTH
        return shared


def _map_subschemas(
    schema: JsonObject, label: str, transform: Callable[[Json, str], Json]
) -> JsonObject:
    """Return `schema`, keys sorted, with `transform(subschema, label)` for every subschema."""
    mapped: JsonObject = {}
    for key in sorted(schema):
        value = schema[key]
        if key == "properties" and isinstance(value, dict):
            mapped[key] = {name: transform(value[name], name) for name in sorted(value)}
        elif key == "items":
            mapped[key] = transform(value, f"{label}-item")
        elif key == "additionalProperties" and not isinstance(value, bool):
            mapped[key] = transform(value, f"{label}-value")
        else:
            mapped[key] = value
    return mapped


def _definition_names(digests: list[str], labels: dict[str, str]) -> dict[str, str]:
    bearers = Counter(labels[digest] for digest in digests)
    return {
        digest: labels[digest]
        if bearers[labels[digest]] == 1
        else f"{labels[digest]}-{digest[:_SUFFIX_DIGITS]}"
        for digest in digests
    }


def _compact(value: Json) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
