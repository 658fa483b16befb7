"""Labels, annotations and environment variables: names and values as Kubernetes takes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, GetJsonSchemaHandler, TypeAdapter
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from generator.fields import kubernetes
from generator.fields.scalars import OrLeftOut, Says
from generator.fields.settings import Settings, optional, setting

_NAME = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_PREFIX = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/"
_KEY_WORDS = "must be the name of a label: cost-centre or example.com/cost-centre"
_VALUE_WORDS = (
    "must be letters, digits, -, _ and ., starting and ending with a letter or digit, or empty"
)
_EXACT = 2**53
"""Beyond it a double no longer tells neighbouring integers apart."""

RUN_VARIABLES = (
    "NUM_WORKER",
    "USE_GPU",
    "LABEL_COLUMN",
    "RUN_NAME",
    "STORAGE_PATH",
    "CPUS_PER_WORKER",
    "GPUS_PER_WORKER",
    "DEVICE",
)
"""How the run is controlled, in the order in which they are set."""
GIVEN_BY = {
    "NUM_WORKER": "it is resources.instanceCount",
    "USE_GPU": "it is true where gpuCount is above 0",
    "CPUS_PER_WORKER": "it is resources.instanceResources.cpuCores",
    "GPUS_PER_WORKER": "it is resources.instanceResources.gpuCount",
    "DEVICE": "it is cuda where gpuCount is above 0, else cpu",
}
"""What gives a variable that jobs have been seen to set themselves, in words."""
STORAGE_VARIABLES = ("S3_ENDPOINT", "S3_BUCKET", "S3_TRAIN_KEY", "S3_REGION", "S3_VAL_KEY")
"""Where the data lies, in the order in which they are set."""
CREDENTIAL_VARIABLES = ("S3_ACCESS_KEY", "S3_SECRET_KEY")
"""What comes from the Secret, never from a file."""
PLATFORM_VARIABLES = frozenset((*RUN_VARIABLES, *STORAGE_VARIABLES, *CREDENTIAL_VARIABLES))
"""Every variable that the platform sets for any algorithm."""

Variable: TypeAlias = tuple[str, str]
"""A variable's name and its value, always text: Ray refuses anything else."""


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
    value: OrLeftOut[AnyLabelValue] = optional(
        title="Value", description="Value of the taint; left out: any.", examples=["present"]
    )
    effect: OrLeftOut[Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]] = optional(
        title="Effect",
        description="Effect of the taint; left out: any.",
        examples=["NoSchedule"],
    )

    def tolerates(self, key: str, effect: str, value: str = "") -> bool:
        """Whether it tolerates a taint, as Kubernetes compares them."""
        return self.key == key and self.value in (None, value) and self.effect in (None, effect)


def as_text(value: str | bool | int | float) -> str:
    """``value`` as the script reads it.

    Texts stay as they are, true and false are small letters, integers have no point (JSON's
    ``6.0`` is ``6``) and other numbers are C's ``%.10g``.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if value.is_integer() and abs(value) <= _EXACT:
        return str(int(value))
    return f"{value:.10g}"


def custom_text(value: str | bool | int | float) -> str:
    """Return a custom hyperparameter as the script reads it: as :func:`as_text`, with every digit.

    A float is written in the shortest form that reads back the same.
    """
    return repr(value) if isinstance(value, float) else as_text(value)
