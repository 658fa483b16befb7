"""The shape of parsed JSON and YAML, and the narrowing that reads it without guessing."""

from collections.abc import Mapping
from typing import TypeAlias

Json: TypeAlias = "JsonObject | list[Json] | str | int | float | bool | None"
JsonObject: TypeAlias = dict[str, Json]


class SchemaSourceError(Exception):
    """A source of schemas is missing, is not the pinned one, or says what is not understood."""


def json_value(value: object, at: str) -> Json:
    """Return `value` typed as JSON.

    :param value: what a JSON or YAML reader returned.
    :param at: where the value stands, for the message.
    :raises SchemaSourceError: for a value that JSON cannot hold (a date, a key that is no string).
    """
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, list):
        return [json_value(item, f"{at}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, dict):
        return {_key(key, at): json_value(item, f"{at}.{key}") for key, item in value.items()}
    raise SchemaSourceError(f"{at}: a {type(value).__name__} is not JSON")


def object_at(parent: Mapping[str, Json], key: str, at: str) -> JsonObject:
    """Return the object that `parent` holds under `key`.

    :raises SchemaSourceError: if there is none, or it is not an object.
    """
    value = parent.get(key)
    if not isinstance(value, dict):
        raise SchemaSourceError(f"{at}: expected an object under {key!r}")
    return value


def objects_at(parent: Mapping[str, Json], key: str, at: str) -> list[JsonObject]:
    """Return the list of objects that `parent` holds under `key`.

    :raises SchemaSourceError: if there is no list, or an element is not an object.
    """
    value = parent.get(key)
    if not isinstance(value, list):
        raise SchemaSourceError(f"{at}: expected a list under {key!r}")
    objects = [item for item in value if isinstance(item, dict)]
    if len(objects) != len(value):
        raise SchemaSourceError(f"{at}: expected only objects under {key!r}")
    return objects


def strings_at(parent: Mapping[str, Json], key: str, at: str) -> list[str]:
    """Return the list of strings that `parent` holds under `key`, empty if there is none.

    :raises SchemaSourceError: if it is not a list of strings.
    """
    value = parent.get(key, [])
    if not isinstance(value, list):
        raise SchemaSourceError(f"{at}: expected a list under {key!r}")
    strings = [item for item in value if isinstance(item, str)]
    if len(strings) != len(value):
        raise SchemaSourceError(f"{at}: expected only strings under {key!r}")
    return strings


def _key(key: object, at: str) -> str:
    if not isinstance(key, str):
        raise SchemaSourceError(f"{at}: the key {key!r} is not a string")
    return key
