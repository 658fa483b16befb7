"""Whether manifests are what the API servers' structural schemas take.

Two checkers behind one interface: kubeconform where it is installed, else jsonschema-rs with the
same schemas, which ship with the package.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import jsonschema_rs

from generator.diagnostics import Diagnostic, Location, error, pointer_of
from generator.fields.settings import DIRECTORY
from generator.render.objects import Manifest, Object
from generator.render.tree import RENDERED
from generator.render.yaml_emitter import manifest_text
from generator.source.git import find_program

Choice: TypeAlias = Literal["auto", "kubeconform", "embedded", "off"]

INVALID = error("conformance/invalid", "A manifest is not what the API server takes.")
CHECKER = error("conformance/checker", "The conformance checker cannot be run.")

_LOCATION = "{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"
_TIMEOUT_SECONDS = 600


class ConformanceChecker(Protocol):
    """Says which manifests an API server would refuse."""

    def check(self, manifests: Iterable[Manifest]) -> Iterator[Diagnostic]:
        """A finding for each object that is refused, said of its file in rendered/."""


def conformance_checker(
    choice: Choice, root: Path, program: str | None = None
) -> ConformanceChecker | None:
    """The checker of that name; None for ``off``.

    ``program`` is the kubeconform to run. Where none is named it is that of PATH, but never one
    below ``root``; without one ``auto`` is the embedded checker.
    """
    if choice == "off":
        return None
    if choice == "embedded":
        return EmbeddedChecker()
    found = program or find_program("kubeconform", root)
    if found:
        return KubeconformChecker(found)
    return EmbeddedChecker() if choice == "auto" else _Missing()


class EmbeddedChecker:
    """Checks with jsonschema-rs, in this process."""

    def __init__(self) -> None:
        self._validators: dict[Path, jsonschema_rs.Draft202012Validator | None] = {}

    def check(self, manifests: Iterable[Manifest]) -> Iterator[Diagnostic]:
        """See :class:`ConformanceChecker`."""
        for manifest in manifests:
            for document in manifest.objects:
                validator = self._validator(document)
                if validator is None:
                    yield _invalid(manifest.path, document, "there is no schema for this kind")
                elif not validator.is_valid(document):
                    for problem in validator.iter_errors(document):
                        place = pointer_of(*problem.instance_path) or "the object"
                        yield _invalid(manifest.path, document, f"{place}: {problem.message}")

    def _validator(self, document: Object) -> jsonschema_rs.Draft202012Validator | None:
        # As kubeconform names them: the core group's name is its version.
        group, _, version = str(document.get("apiVersion")).rpartition("/")
        kind = str(document.get("kind")).lower()
        path = DIRECTORY / "kubernetes" / (group or version) / f"{kind}_{version}.json"
        if path not in self._validators:
            schema = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
            validator = jsonschema_rs.Draft202012Validator(schema) if schema else None
            self._validators[path] = validator
        return self._validators[path]


@dataclass(frozen=True, slots=True)
class KubeconformChecker:
    """Checks with the kubeconform program at ``program``."""

    program: str

    def check(self, manifests: Iterable[Manifest]) -> Iterator[Diagnostic]:
        """See :class:`ConformanceChecker`."""
        manifests = list(manifests)
        with tempfile.TemporaryDirectory(prefix="rayjobs-") as directory:
            for index, manifest in enumerate(manifests):
                # Numbered: a manifest's own path could be longer than the system takes.
                Path(directory, f"{index}.yaml").write_text(manifest_text(manifest), "utf-8")
            try:
                ran = self._run(directory)
                report = json.loads(ran.stdout)
            except (OSError, subprocess.SubprocessError, ValueError) as problem:
                yield _cannot_run(f"{self.program} failed: {problem}")
                return
        yield from _findings(report, manifests)

    def _run(self, directory: str) -> subprocess.CompletedProcess[str]:
        location = f"{DIRECTORY / 'kubernetes'}/{_LOCATION}"
        return subprocess.run(  # noqa: S603  # the program is found by name, its input is ours
            [
                *(self.program, "-strict", "-summary", "-output", "json"),
                *("-schema-location", location, directory),
            ],
            capture_output=True,
            check=False,
            text=True,
            timeout=_TIMEOUT_SECONDS,
        )


def _findings(report: dict[str, Any], manifests: list[Manifest]) -> Iterator[Diagnostic]:
    for resource in report.get("resources") or []:
        manifest = manifests[int(Path(resource["filename"]).stem)]
        document: Object = {"kind": resource["kind"], "metadata": {"name": resource["name"]}}
        yield _invalid(manifest.path, document, str(resource["msg"]))
    expected = sum(len(manifest.objects) for manifest in manifests)
    seen = sum(report["summary"].values())
    if seen != expected:
        # It skips what it takes for empty, with exit status 0.
        yield _cannot_run(f"kubeconform looked at {seen} of {expected} objects")


class _Missing:
    """Stands for a kubeconform that was asked for and is not there."""

    def check(self, manifests: Iterable[Manifest]) -> Iterator[Diagnostic]:
        """See :class:`ConformanceChecker`."""
        del manifests
        yield _cannot_run("kubeconform is not on PATH, or lies in the repository that is checked")


def _cannot_run(message: str) -> Diagnostic:
    hint = "install it, name it with --kubeconform, or say --conformance embedded"
    return CHECKER.found(message, hint=hint)


def _invalid(path: str, document: Object, words: str) -> Diagnostic:
    metadata = document.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return INVALID.found(
        f"{document.get('kind')} {name}: {words}",
        hint="this is a mistake of rayjobs: report it with the job's params.json",
        at=Location(f"{RENDERED}/{path}"),
    )
