"""The two forms of params.json: whole, or with a template that gives what is left out.

The exported schema has both: what they share stands at its top, what differs in ``then``, for a
job that names a template, and ``else``. Findings are worded with the form that a document has.
"""

from __future__ import annotations

from typing import Any

from generator.source.json_document import JSON

TEMPLATE = "template"
"""The field that names a template."""


def names_template(document: JSON) -> bool:
    """Whether a params.json takes what it leaves out from a template."""
    return isinstance(document, dict) and TEMPLATE in document


def in_both_forms(
    schema: dict[str, Any], whole: dict[str, Any], partial: dict[str, Any]
) -> dict[str, Any]:
    """``schema``, of a whole job, made to take a job that names a template too.

    ``whole`` and ``partial`` are both forms as their models export them: what differs between
    them is all that the form decides.
    """
    shared, differing = dict(schema["properties"]), {}
    for name, member in partial["properties"].items():
        if name not in shared:
            shared[name] = member
        elif member != whole["properties"][name]:
            differing[name] = (shared[name], member)
            shared[name] = _shown(schema, shared[name])
    required = set(schema["required"]) - set(partial["required"])
    return {
        **schema,
        "$defs": {**schema["$defs"], **_only_in(partial["$defs"], schema["$defs"])},
        "properties": {TEMPLATE: shared.pop(TEMPLATE), **shared},
        "required": [name for name in schema["required"] if name not in required],
        "if": {"required": [TEMPLATE]},
        "then": {"properties": {name: in_part for name, (_, in_part) in differing.items()}},
        "else": {
            "properties": {name: member for name, (member, _) in differing.items()},
            "required": [name for name in schema["required"] if name in required],
        },
    }


def _only_in(parts: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in parts.items() if name not in others}


def _shown(schema: dict[str, Any], member: dict[str, Any]) -> dict[str, Any]:
    """What editors show of a field, in either form."""
    reference = member.get("$ref", "").rpartition("/")[2]
    shown = {**schema["$defs"].get(reference, {}), **member}
    return {key: shown[key] for key in ("title", "description", "type") if key in shown}


def whole_form(schema: dict[str, Any]) -> dict[str, Any]:
    """The exported schema as it holds for a job that names no template."""
    return _form(schema, "else")


def template_form(schema: dict[str, Any]) -> dict[str, Any]:
    """The exported schema as it holds for a job that names a template."""
    return _form(schema, "then")


def _form(schema: dict[str, Any], branch: str) -> dict[str, Any]:
    chosen = schema[branch]
    rest = {key: value for key, value in schema.items() if key not in ("if", "then", "else")}
    properties = {
        name: {**member, **chosen["properties"].get(name, {})}
        for name, member in schema["properties"].items()
    }
    for name in chosen["properties"]:
        # Said by what it refers to.
        properties[name].pop("type", None)
    required = [*schema["required"], *chosen.get("required", ())]
    return {**rest, "properties": properties, "required": required}
