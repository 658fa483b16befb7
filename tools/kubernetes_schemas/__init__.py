"""Make the JSON Schemas that every rendered Kubernetes document is checked against.

`python -m tools.kubernetes_schemas` from the root of the repository writes them to
`schemas/kubernetes`; with `--check` it only tells whether they are current.
"""

from tools.kubernetes_schemas.documents import DIALECT, build_schemas
from tools.kubernetes_schemas.json_types import Json, JsonObject, SchemaSourceError
from tools.kubernetes_schemas.modules import ModulePaths, ModuleUnavailableError, module_paths

__all__ = [
    "DIALECT",
    "Json",
    "JsonObject",
    "ModulePaths",
    "ModuleUnavailableError",
    "SchemaSourceError",
    "build_schemas",
    "module_paths",
]
