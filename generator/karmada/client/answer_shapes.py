"""What API servers answer besides objects of the kinds that are read."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from generator.karmada.client.shapes import Shape


class _ListMetadata(Shape):
    resource_version: str = ""
    following: str = Field(default="", alias="continue")


class ObjectList(Shape):
    """A page of a list, whose items have shapes of their own."""

    metadata: _ListMetadata = _ListMetadata()
    items: list[dict[str, Any]] = Field(default_factory=list)


class Change(Shape):
    """A line of a watch, whose object has a shape of its own."""

    type: str
    object: dict[str, Any]


class Failure(Shape):
    """A Status that says why a request failed."""

    message: str = ""
    code: int = 0


class _Allowed(Shape):
    allowed: bool = False


class Review(Shape):
    """A SelfSubjectAccessReview that was answered."""

    status: _Allowed


class Version(Shape):
    """Of an API server."""

    git_version: str = ""


class _Schema(Shape):
    kinds: list[dict[str, Any]] = Field(
        default_factory=list, alias="x-kubernetes-group-version-kind"
    )
    properties: dict[str, _Schema] = Field(default_factory=dict)
    items: _Schema | None = None
    additional_properties: bool | _Schema = False


class _Components(Shape):
    schemas: dict[str, _Schema] = Field(default_factory=dict)


class OpenApi(Shape):
    """What an API server knows of the kinds of a group."""

    components: _Components = _Components()
