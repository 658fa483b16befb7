"""Labels, annotations and tolerations, as Kubernetes takes them of clusters, nodes and objects."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, GetJsonSchemaHandler, TypeAdapter
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from generator.fields import kubernetes
from generator.fields.scalars import NOT_NULL, Says
from generator.fields.settings import Settings, setting

_NAME = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_PREFIX = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/"
_KEY_WORDS = "must be the name of a label: cost-centre or example.com/cost-centre"
_VALUE_WORDS = (
    "must be letters, digits, -, _ and ., starting and ending with a letter or digit, or empty"
)


def close_names(schema: dict[str, Any], names: Any, words: str) -> None:
    """Have the schema of a dictionary refuse every name that is not one of ``names``.

    pydantic exports the names of a dictionary as a pattern, and leaves others allowed. ``words``
    say what a name has to be.
    """
    (schema["additionalProperties"],) = schema.pop("patternProperties").values()
    allowed = TypeAdapter(names).json_schema()
    allowed.pop("type")
    schema["propertyNames"] = {**allowed, "patternErrorMessage": words}


class Names:
    """Has the exported schema of a dictionary refuse other names, as :func:`close_names` does."""

    def __init__(self, names: Any, words: str) -> None:
        self.names, self.words = names, words

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core)
        close_names(schema, self.names, self.words)
        return schema


LabelKey: TypeAlias = Annotated[
    str,
    Field(pattern=f"^({_PREFIX})?{_NAME}$", max_length=kubernetes.MAX_SUBDOMAIN),
    Says(patternErrorMessage=_KEY_WORDS),
]
"""Key of a label, an annotation or a taint; Kubernetes takes longer prefixes."""
AnyLabelValue: TypeAlias = Annotated[
    str,
    Field(pattern=f"^({_NAME})?$", max_length=kubernetes.MAX_LABEL),
    Says(patternErrorMessage=_VALUE_WORDS),
]
"""A label's value, which may be empty."""
AnnotationText: TypeAlias = Annotated[
    str,
    Field(pattern="^[ -~]*$", max_length=1024),
    Says(patternErrorMessage="must be printable ASCII on one line"),
]
Labels: TypeAlias = Annotated[dict[LabelKey, AnyLabelValue], Names(LabelKey, _KEY_WORDS)]
Annotations: TypeAlias = Annotated[dict[LabelKey, AnnotationText], Names(LabelKey, _KEY_WORDS)]


class Toleration(Settings):
    """A taint that is tolerated."""

    key: LabelKey = setting(
        title="Key", description="Key of the taint.", examples=["nvidia.com/gpu"]
    )
    value: Annotated[AnyLabelValue | None, NOT_NULL] = setting(
        None, title="Value", description="Value of the taint; left out: any.", examples=["present"]
    )
    effect: Annotated[Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None, NOT_NULL] = (
        setting(
            None,
            title="Effect",
            description="Effect of the taint; left out: any.",
            examples=["NoSchedule"],
        )
    )

    def tolerates(self, key: str, effect: str, value: str = "") -> bool:
        """Whether it tolerates a taint, as Kubernetes compares them."""
        return self.key == key and self.value in (None, value) and self.effect in (None, effect)
