"""The Go modules that the schemas are made from, pinned by version and content."""

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools.kubernetes_schemas.json_types import SchemaSourceError


class ModuleUnavailableError(SchemaSourceError):
    """A pinned module could not be had: no Go, or not in the cache and no way to download it."""


@dataclass(frozen=True)
class PinnedModule:
    """A Go module at one version; `checksum` is its line in a go.sum (h1, of the content)."""

    path: str
    version: str
    checksum: str


@dataclass(frozen=True)
class ModulePaths:
    """The directories that hold the unpacked modules."""

    ray_operator: Path
    karmada: Path
    kubernetes: Path
    external_secrets: Path


RAY_OPERATOR = PinnedModule(
    "github.com/ray-project/kuberay/ray-operator",
    "v1.6.0",
    "h1:1hs7Di2U/vm09ot7MIU8jUqEo7gHDc4gkbv1eFvqCsQ=",
)
KARMADA = PinnedModule(
    "github.com/karmada-io/karmada",
    "v1.18.2",
    "h1:B1Eu3055LtTBndD/R2WcaS/bLvGwwVU1/3wXQjkIVN4=",
)
# Smaller modules carry the description of core/v1 as test data, but of an older release.
KUBERNETES = PinnedModule(
    "k8s.io/kubernetes",
    "v1.35.0",
    "h1:PUOojD8c8E3csMP5NX+nLLne6SGqZjrYCscptyBfWMY=",
)
EXTERNAL_SECRETS = PinnedModule(
    "github.com/external-secrets/external-secrets",
    "v1.3.2",
    "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=",
)


def module_paths(*, download: bool = True) -> ModulePaths:
    """Return where the pinned modules lie in Go's module cache.

    :param download: fetch what the cache lacks; else only look there.
    :raises ModuleUnavailableError: if Go is missing or a module cannot be had.
    :raises SchemaSourceError: if the content of a module is not the pinned one.
    """
    return ModulePaths(
        ray_operator=_module_directory(RAY_OPERATOR, download),
        karmada=_module_directory(KARMADA, download),
        kubernetes=_module_directory(KUBERNETES, download),
        external_secrets=_module_directory(EXTERNAL_SECRETS, download),
    )


def _module_directory(module: PinnedModule, download: bool) -> Path:
    go = shutil.which("go")
    if go is None:
        raise ModuleUnavailableError("the command go is not on PATH")
    environment = dict(os.environ) | {"GOWORK": "off", "GOFLAGS": "-mod=mod"}
    if not download:
        environment["GOPROXY"] = "off"
    wanted = f"{module.path}@{module.version}"
    # Below a go.mod the command would record checksums in its go.sum.
    with tempfile.TemporaryDirectory() as elsewhere:
        outcome = subprocess.run(
            [go, "mod", "download", "-json", wanted],
            check=False,
            capture_output=True,
            cwd=elsewhere,
            env=environment,
            text=True,
        )
    try:
        answer: object = json.loads(outcome.stdout)
    except ValueError:
        raise ModuleUnavailableError(f"{wanted}: {outcome.stderr.strip()}") from None
    if not isinstance(answer, dict) or not isinstance(answer.get("Dir"), str):
        reason = answer.get("Error") if isinstance(answer, dict) else None
        raise ModuleUnavailableError(f"{wanted}: {reason or outcome.stderr.strip()}")
    if answer.get("Sum") != module.checksum:
        raise SchemaSourceError(f"{wanted}: {answer.get('Sum')} is not {module.checksum}")
    return Path(answer["Dir"])
