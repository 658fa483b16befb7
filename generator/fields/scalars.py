"""Field types that the pydantic models and the exported JSON Schema read in the same way.

JSON Schema calls ``6.0`` an integer and ``true`` none; pydantic's strict mode does the second and
not the first. A bound, a pattern or a refused value is stated once here, for both.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_before_validator_function

from generator.diagnostics.wording import RENDERED_TEXT
from generator.fields import kubernetes

FLOAT32_MAX = 3.402823582e38
"""Largest number, at ten digits, that xgboost reads in single precision (measured)."""
FLOAT32_MIN_NORMAL = 1.175494366e-38
"""Smallest one but 0; some below it fail only when training has ended."""
_RENDERED_WORDS = "must not hold $, ` or a control character: the submitter's shell would expand it"
_SUBDOMAIN_WORDS = (
    "must be small letters, digits, - and ., starting and ending with a letter or digit"
)
_NOT_KUSTOMIZATION: dict[str, Any] = {
    "not": {"const": kubernetes.KUSTOMIZATION},
    "errorMessage": (
        "would be written to kustomization.yaml, which Flux and Argo CD take for a list of the "
        "files to apply: nothing beside it would be applied"
    ),
}
LABEL_WORDS = "must be small letters, digits and -, starting and ending with a letter or digit"

_Item = TypeVar("_Item")


def _whole(value: object) -> object:
    """JSON's ``6.0`` is the integer 6."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _normal(value: float) -> float:
    if 0 < abs(value) < FLOAT32_MIN_NORMAL:
        raise ValueError("the number is too small for single precision")
    return value


class Says:
    """Keywords that only the exported schema has: words for editors, what pydantic cannot say."""

    def __init__(self, **keywords: object) -> None:
        self.keywords = keywords

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(core), **self.keywords}


class _NotNull:
    """An optional field is left out, never null: absent is the only way to say nothing."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_before_validator_function(self.refuse, handler(source))

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core)
        choices = [choice for choice in schema.pop("anyOf", []) if choice != {"type": "null"}]
        return {**schema, **choices[0]} if len(choices) == 1 else {**schema, "anyOf": choices}

    @staticmethod
    def refuse(value: object) -> object:
        """``value``, unless it is null: then ValueError."""
        if value is None:
            raise ValueError("the field is null")
        return value


def _no_kustomization(name: str) -> str:
    if name == kubernetes.KUSTOMIZATION:
        raise ValueError("the name is kustomization")
    return name


def _distinct(items: list[_Item]) -> list[_Item]:
    """Return ``items``. ValueError where two are the same."""
    if len(set(items)) != len(items):
        raise ValueError("two items are the same")
    return items


UniqueList: TypeAlias = Annotated[list[_Item], AfterValidator(_distinct), Says(uniqueItems=True)]
"""A list that holds nothing twice."""
NonEmptyUniqueList: TypeAlias = Annotated[
    list[_Item], Field(min_length=1), AfterValidator(_distinct), Says(uniqueItems=True)
]
"""As :data:`UniqueList`, with one item at least."""

WHOLE = BeforeValidator(_whole)
NOT_NULL = _NotNull()
OrLeftOut: TypeAlias = Annotated[_Item | None, NOT_NULL]
"""What a file may leave out, and never says is null."""
FLOAT32 = AfterValidator(_normal)
NOT_SUBNORMAL = Says(
    anyOf=[
        {"const": 0},
        {"minimum": FLOAT32_MIN_NORMAL},
        {"maximum": -FLOAT32_MIN_NORMAL},
    ],
    errorMessage="is not 0 and too small for single precision",
)

# In each, the bound comes before the conversion: pydantic applies annotations from the inside out.
Int32: TypeAlias = Annotated[int, Field(ge=0, le=kubernetes.MAX_INT32), WHOLE]
"""0 to 2147483647."""
PositiveInt32: TypeAlias = Annotated[int, Field(ge=1, le=kubernetes.MAX_INT32), WHOLE]
"""1 to 2147483647."""
Gibibytes: TypeAlias = Annotated[int, Field(ge=1, le=kubernetes.MAX_GIBIBYTES), WHOLE]
"""A size that Kubernetes can count in bytes."""
Flag: TypeAlias = Annotated[int, Field(ge=0, le=1), WHOLE]
"""0 or 1."""
Priority: TypeAlias = Annotated[int, Field(ge=1, le=1000), WHOLE]
"""How soon a job runs; more is sooner."""
Fraction: TypeAlias = Annotated[float, Field(ge=0, le=1), FLOAT32, NOT_SUBNORMAL]
"""0 to 1, in single precision."""
NonNegative: TypeAlias = Annotated[float, Field(ge=0, le=FLOAT32_MAX), FLOAT32, NOT_SUBNORMAL]
"""0 or more, in single precision."""
Real: TypeAlias = Annotated[float, Field(ge=-FLOAT32_MAX, le=FLOAT32_MAX), FLOAT32, NOT_SUBNORMAL]
"""Any finite number in single precision."""

RenderedText: TypeAlias = Annotated[
    str, Field(pattern=RENDERED_TEXT), Says(patternErrorMessage=_RENDERED_WORDS)
]
"""A text that reaches a manifest: nothing in it can be expanded."""
RequiredText: TypeAlias = Annotated[
    str, Field(pattern=RENDERED_TEXT, min_length=1), Says(patternErrorMessage=_RENDERED_WORDS)
]
"""A rendered text that is not empty."""
RuleId: TypeAlias = Annotated[
    str,
    Field(pattern="^[a-z0-9]+/[a-z0-9]+(-[a-z0-9]+)*$", max_length=64),
    Says(patternErrorMessage="must be the id of a rule: fleet/full-copies"),
]
"""A rule's id: where it is checked, and what it finds."""
RayJobName: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.DNS_LABEL_FROM_LETTER, max_length=kubernetes.MAX_RAYJOB_NAME),
    Says(
        patternErrorMessage=(
            "must be small letters, digits and -, starting with a letter and not ending with -"
        ),
        **_NOT_KUSTOMIZATION,
    ),
    AfterValidator(_no_kustomization),
]
Namespace: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.DNS_LABEL, max_length=kubernetes.MAX_LABEL),
    Says(patternErrorMessage=LABEL_WORDS, **_NOT_KUSTOMIZATION),
    AfterValidator(_no_kustomization),
]
ClusterName: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.DNS_LABEL, max_length=kubernetes.MAX_CLUSTER_NAME),
    Says(patternErrorMessage=LABEL_WORDS),
]
ClaimName: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.DNS_SUBDOMAIN, max_length=kubernetes.MAX_CLAIM_NAME),
    Says(patternErrorMessage=_SUBDOMAIN_WORDS, **_NOT_KUSTOMIZATION),
    AfterValidator(_no_kustomization),
]
SecretName: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.DNS_SUBDOMAIN, max_length=kubernetes.MAX_SECRET_NAME),
    Says(patternErrorMessage=_SUBDOMAIN_WORDS, **_NOT_KUSTOMIZATION),
    AfterValidator(_no_kustomization),
]
StorageClassName: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.DNS_SUBDOMAIN, max_length=kubernetes.MAX_SUBDOMAIN),
    Says(patternErrorMessage=_SUBDOMAIN_WORDS),
]
LabelValue: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.LABEL_VALUE, max_length=kubernetes.MAX_LABEL),
    Says(
        patternErrorMessage=(
            "must be letters, digits, -, _ and ., starting and ending with a letter or digit"
        )
    ),
]
QueueName: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.DNS_SUBDOMAIN, max_length=kubernetes.MAX_LABEL),
    Says(patternErrorMessage=_SUBDOMAIN_WORDS),
]
"""A queue as a label names it: Kueue's webhook refuses a RayJob whose label could be no object's
name (its jobframework/validation.go, 0.17.0), and Volcano's queues are objects too."""
Image: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.IMAGE, max_length=kubernetes.MAX_IMAGE),
    Says(patternErrorMessage="must be an image reference such as registry.example/team/image:v1"),
]
Version: TypeAlias = Annotated[
    str,
    Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+[-+.A-Za-z0-9]*$", max_length=64),
    Says(patternErrorMessage='must be a version of three numbers, as a string: "2.46.0"'),
]

ObjectName: TypeAlias = Annotated[
    str,
    Field(pattern=kubernetes.DNS_SUBDOMAIN, max_length=kubernetes.MAX_SUBDOMAIN),
    Says(patternErrorMessage="must be small letters, digits, - and ., as the name of an object"),
]
