"""The schemas that rendered documents are checked against, and the tool that makes them."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import NoReturn

import jsonschema
import jsonschema_rs
import pytest

from tools.kubernetes_schemas import (
    DIALECT,
    Json,
    JsonObject,
    ModulePaths,
    ModuleUnavailableError,
    SchemaSourceError,
    build_schemas,
    module_paths,
)
from tools.kubernetes_schemas import __main__ as command_line
from tools.kubernetes_schemas.sharing import share_subtrees
from tools.kubernetes_schemas.structural import strict_schema

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "schemas" / "kubernetes"
KUBECONFORM_TEMPLATE = "{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"
RAY_JOB_SIZE_LIMIT = 60_000

SCHEMA_FILES = {
    "RayJob": "ray.io/rayjob_v1.json",
    "OverridePolicy": "policy.karmada.io/overridepolicy_v1alpha1.json",
    "PropagationPolicy": "policy.karmada.io/propagationpolicy_v1alpha1.json",
    "FederatedResourceQuota": "policy.karmada.io/federatedresourcequota_v1alpha1.json",
    "PersistentVolumeClaim": "v1/persistentvolumeclaim_v1.json",
    "Namespace": "v1/namespace_v1.json",
    "ExternalSecret": "external-secrets.io/externalsecret_v1.json",
}


class Removed(Enum):
    """Stands for "take the field away" where a mutation gives a value."""

    REMOVED = "removed"


REMOVED = Removed.REMOVED

POD = ("spec", "rayClusterSpec", "workerGroupSpecs", 0, "template", "spec")
WORKERS = ("spec", "rayClusterSpec", "workerGroupSpecs", 0)
HEAD = ("spec", "rayClusterSpec", "headGroupSpec")
RULE = ("spec", "overrideRules", 0)
PATCH = (*RULE, "overriders", "plaintext", 0)


def _unavailable(reason: str) -> NoReturn:
    if os.environ.get("RAYJOBS_REQUIRE_TOOLS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def _container(name: str, resources: dict[str, Json]) -> JsonObject:
    return {
        "name": name,
        "image": "registry.example/training-ray:v1.2",
        "env": [
            {
                "name": "S3_ACCESS_KEY",
                "valueFrom": {"secretKeyRef": {"name": "s3-credentials", "key": "access-key"}},
            },
            {"name": "RUN_NAME", "value": "2"},
        ],
        "resources": {"requests": dict(resources), "limits": dict(resources)},
        "volumeMounts": [{"name": "result-storage", "mountPath": "/home/ray/result-storage"}],
    }


def _pod(container: JsonObject) -> JsonObject:
    claim: JsonObject = {"claimName": "training-results"}
    return {
        "spec": {
            "containers": [container],
            "volumes": [{"name": "result-storage", "persistentVolumeClaim": claim}],
            "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}],
        }
    }


def _ray_job() -> JsonObject:
    share: dict[str, Json] = {"cpu": "4", "memory": "16Gi"}
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayJob",
        "metadata": {
            "name": "train-20251111052644-oj2y",
            "namespace": "default",
            "labels": {"algorithm": "xgboost"},
        },
        "spec": {
            "entrypoint": "python /home/ray/xgboost_train.py",
            "activeDeadlineSeconds": 14400,
            "shutdownAfterJobFinishes": True,
            "ttlSecondsAfterFinished": 600,
            "runtimeEnvYAML": 'env_vars:\n  NUM_WORKER: "2"\n',
            "rayClusterSpec": {
                "rayVersion": "2.46.0",
                "headGroupSpec": {
                    "rayStartParams": {},
                    "template": _pod(_container("ray-head", share)),
                },
                "workerGroupSpecs": [
                    {
                        "groupName": "small-group",
                        "replicas": 2,
                        "minReplicas": 1,
                        "maxReplicas": 10,
                        "rayStartParams": {},
                        "template": _pod(_container("ray-worker", {**share, "nvidia.com/gpu": 2})),
                    }
                ],
            },
        },
    }


def _policy() -> JsonObject:
    return {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "PropagationPolicy",
        "metadata": {"name": "train-propagation", "namespace": "default"},
        "spec": {
            "preserveResourcesOnDeletion": True,
            "conflictResolution": "Overwrite",
            "resourceSelectors": [{"apiVersion": "ray.io/v1", "kind": "RayJob", "name": "train"}],
            "placement": {
                "clusterAffinity": {"clusterNames": ["cluster-gpu-0", "cluster-gpu-1"]},
                "replicaScheduling": {
                    "replicaSchedulingType": "Divided",
                    "replicaDivisionPreference": "Aggregated",
                },
                "spreadConstraints": [{"spreadByField": "cluster", "minGroups": 1, "maxGroups": 1}],
            },
        },
    }


def _override() -> JsonObject:
    patch: JsonObject = {
        "path": "/spec/rayClusterSpec/headGroupSpec/template/spec/tolerations",
        "operator": "add",
        "value": [{"key": "training", "operator": "Exists"}],
    }
    return {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "OverridePolicy",
        "metadata": {"name": "train-override", "namespace": "default"},
        "spec": {
            "resourceSelectors": [{"apiVersion": "ray.io/v1", "kind": "RayJob", "name": "train"}],
            "overrideRules": [
                {
                    "targetCluster": {"clusterNames": ["cluster-gpu-0"]},
                    "overriders": {"plaintext": [patch]},
                }
            ],
        },
    }


def _claim() -> JsonObject:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": "training-results",
            "namespace": "default",
            "annotations": {"kustomize.toolkit.fluxcd.io/prune": "disabled"},
        },
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "resources": {"requests": {"storage": "50Gi"}},
        },
    }


def _quota() -> JsonObject:
    return {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "FederatedResourceQuota",
        "metadata": {"name": "rayjobs", "namespace": "team-a"},
        "spec": {
            "overall": {"requests.cpu": "64", "requests.nvidia.com/gpu": "8"},
            "staticAssignments": [
                {"clusterName": "cluster-gpu-0", "hard": {"requests.nvidia.com/gpu": "8"}}
            ],
        },
    }


def _namespace() -> JsonObject:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-a"}}


def _external_secret() -> JsonObject:
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": "s3-credentials", "namespace": "default"},
        "spec": {
            "refreshInterval": "1h",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": "vault"},
            "target": {"name": "s3-credentials"},
            "data": [
                {
                    "secretKey": "access-key",
                    "remoteRef": {"key": "training/s3", "property": "access"},
                }
            ],
        },
    }


DOCUMENTS = {
    "RayJob": _ray_job,
    "OverridePolicy": _override,
    "PropagationPolicy": _policy,
    "FederatedResourceQuota": _quota,
    "PersistentVolumeClaim": _claim,
    "Namespace": _namespace,
    "ExternalSecret": _external_secret,
}


@dataclass(frozen=True)
class Mutation:
    """A good document with `value` put at `path`; what is wrong then is said by `keyword`."""

    name: str
    kind: str
    path: tuple[str | int, ...]
    value: "Json | Removed"
    keyword: str = ""

    @property
    def document(self) -> Json:
        return _replaced(DOCUMENTS[self.kind](), self.path, self.value)

    @property
    def location(self) -> list[str | int]:
        """Where the error is reported: an object answers for its unknown and missing fields."""
        held = self.keyword in {"additionalProperties", "required"}
        return list(self.path[:-1] if held else self.path)


def _replaced(node: Json, path: Sequence[str | int], value: "Json | Removed") -> Json:
    """Return `node` with `value` at `path`, or without the field if it is removed."""
    if not path:
        assert not isinstance(value, Removed)
        return value
    step, rest = path[0], path[1:]
    if isinstance(node, list):
        return [
            _replaced(item, rest, value) if index == step else item
            for index, item in enumerate(node)
        ]
    assert isinstance(node, dict)
    assert isinstance(step, str)
    if isinstance(value, Removed) and not rest:
        return {key: item for key, item in node.items() if key != step}
    return {**node, step: _replaced(node.get(step), rest, value)}


_UNKNOWN = "additionalProperties"

REFUSED = [
    Mutation("unknown field of the document", "RayJob", ("specs",), {}, _UNKNOWN),
    Mutation("status", "RayJob", ("status",), {"jobStatus": "SUCCEEDED"}, _UNKNOWN),
    Mutation("unknown field of metadata", "RayJob", ("metadata", "label"), {}, _UNKNOWN),
    Mutation("unknown field of spec", "RayJob", ("spec", "ttlSeconds"), 1, _UNKNOWN),
    Mutation("unknown field of a worker group", "RayJob", (*WORKERS, "replica"), 1, _UNKNOWN),
    Mutation("unknown field of a pod", "RayJob", (*POD, "nodeSelectors"), {}, _UNKNOWN),
    Mutation(
        "unknown field of a container", "RayJob", (*POD, "containers", 0, "volumes"), [], _UNKNOWN
    ),
    Mutation(
        "unknown field of a secret reference",
        "RayJob",
        (*POD, "containers", 0, "env", 0, "valueFrom", "secretKeyRef", "namespace"),
        "default",
        _UNKNOWN,
    ),
    Mutation(
        "status of an embedded object",
        "RayJob",
        (*HEAD, "headService"),
        {"spec": {}, "status": {}},
        # Reported for the embedded object, so the path ends where the mutation does.
    ),
    Mutation("no metadata", "RayJob", ("metadata",), REMOVED, "required"),
    Mutation("no name", "RayJob", ("metadata", "name"), REMOVED, "required"),
    Mutation("no namespace", "RayJob", ("metadata", "namespace"), REMOVED, "required"),
    Mutation("no head group", "RayJob", HEAD, REMOVED, "required"),
    Mutation("no pod template", "RayJob", (*HEAD, "template"), REMOVED, "required"),
    Mutation("no group name", "RayJob", (*WORKERS, "groupName"), REMOVED, "required"),
    Mutation("no containers", "RayJob", (*POD, "containers"), REMOVED, "required"),
    Mutation(
        "container without name", "RayJob", (*POD, "containers", 0, "name"), REMOVED, "required"
    ),
    Mutation("replicas as a string", "RayJob", (*WORKERS, "replicas"), "2", "type"),
    Mutation("replicas as a fraction", "RayJob", (*WORKERS, "replicas"), 2.5, "type"),
    Mutation("replicas beyond 32 bits", "RayJob", (*WORKERS, "replicas"), 2**31, "maximum"),
    Mutation("null", "RayJob", (*POD, "nodeSelector"), None, "type"),
    Mutation(
        "env value as an integer", "RayJob", (*POD, "containers", 0, "env", 1, "value"), 2, "type"
    ),
    Mutation("label as an integer", "RayJob", ("metadata", "labels", "algorithm"), 1, "type"),
    Mutation("start parameter as an integer", "RayJob", (*HEAD, "rayStartParams"), {"num-cpus": 1}),
    Mutation("boolean as a string", "RayJob", ("spec", "shutdownAfterJobFinishes"), "true", "type"),
    Mutation("zero deadline", "RayJob", ("spec", "preRunningDeadlineSeconds"), 0, "minimum"),
    Mutation("another version", "RayJob", ("apiVersion",), "ray.io/v1alpha1", "const"),
    Mutation("another kind", "RayJob", ("kind",), "RayCluster", "const"),
    *(
        Mutation(
            f"quantity {quantity!r}",
            "RayJob",
            (*POD, "containers", 0, "resources", "limits", "cpu"),
            quantity,
            keyword,
        )
        for quantity, keyword in (
            ("4 cores", "pattern"),
            ("", "pattern"),
            ("4\n", "pattern"),
            ("١", "pattern"),  # a digit to some regular expression engines
            (0.5, "type"),
        )
    ),
    Mutation(
        "bad upscaling mode",
        "RayJob",
        ("spec", "rayClusterSpec", "autoscalerOptions"),
        {"upscalingMode": "Eager"},
    ),
    Mutation(
        "quota without overall",
        "FederatedResourceQuota",
        ("spec", "overall"),
        REMOVED,
        "required",
    ),
    Mutation(
        "share of no cluster",
        "FederatedResourceQuota",
        ("spec", "staticAssignments", 0, "clusterName"),
        REMOVED,
        "required",
    ),
    Mutation(
        "share that is no quantity",
        "FederatedResourceQuota",
        ("spec", "staticAssignments", 0, "hard", "requests.nvidia.com/gpu"),
        "eight",
        "pattern",
    ),
    Mutation("no overriders", "OverridePolicy", (*RULE, "overriders"), REMOVED, "required"),
    Mutation("no path", "OverridePolicy", (*PATCH, "path"), REMOVED, "required"),
    Mutation("bad operator", "OverridePolicy", (*PATCH, "operator"), "set", "enum"),
    Mutation("JSON patch's own word", "OverridePolicy", (*PATCH, "op"), "add", _UNKNOWN),
    Mutation("no spec", "PropagationPolicy", ("spec",), REMOVED, "required"),
    Mutation(
        "no selectors", "PropagationPolicy", ("spec", "resourceSelectors"), REMOVED, "required"
    ),
    Mutation("empty selectors", "PropagationPolicy", ("spec", "resourceSelectors"), [], "minItems"),
    Mutation(
        "selector without kind",
        "PropagationPolicy",
        ("spec", "resourceSelectors", 0, "kind"),
        REMOVED,
        "required",
    ),
    Mutation(
        "bad scheduling type",
        "PropagationPolicy",
        ("spec", "placement", "replicaScheduling", "replicaSchedulingType"),
        "Split",
        "enum",
    ),
    Mutation(
        "bad spread field",
        "PropagationPolicy",
        ("spec", "placement", "spreadConstraints", 0, "spreadByField"),
        "country",
        "enum",
    ),
    Mutation(
        "cluster name as an integer",
        "PropagationPolicy",
        ("spec", "placement", "clusterAffinity", "clusterNames", 1),
        1,
        "type",
    ),
    Mutation(
        "unknown field of placement",
        "PropagationPolicy",
        ("spec", "placement", "clusterNames"),
        [],
        _UNKNOWN,
    ),
    Mutation(
        "bad quantity of storage",
        "PersistentVolumeClaim",
        ("spec", "resources", "requests", "storage"),
        "50 GB",
        "pattern",
    ),
    Mutation(
        "bad access mode",
        "PersistentVolumeClaim",
        ("spec", "accessModes", 0),
        "ReadWriteAll",
        "enum",
    ),
    Mutation(
        "resources of a container",
        "PersistentVolumeClaim",
        ("spec", "resources", "claims"),
        [],
        _UNKNOWN,
    ),
    Mutation("status of a claim", "PersistentVolumeClaim", ("status",), {}, _UNKNOWN),
    Mutation(
        "store of no kind",
        "ExternalSecret",
        ("spec", "secretStoreRef", "kind"),
        "Vault",
        "enum",
    ),
    Mutation(
        "bad entry of a Secret",
        "ExternalSecret",
        ("spec", "data", 0, "secretKey"),
        "a/b",
        "pattern",
    ),
    Mutation(
        "remote entry without a key",
        "ExternalSecret",
        ("spec", "data", 0, "remoteRef", "key"),
        REMOVED,
        "required",
    ),
    Mutation("value in Git", "ExternalSecret", ("spec", "data", 0, "value"), "x", _UNKNOWN),
    Mutation("namespace in a namespace", "Namespace", ("metadata", "namespace"), "a", _UNKNOWN),
]

ACCEPTED = [
    *(Mutation(f"good {kind}", kind, ("kind",), kind) for kind in DOCUMENTS),
    *(
        Mutation(
            f"quantity {quantity!r}",
            "RayJob",
            (*POD, "containers", 0, "resources", "limits", "cpu"),
            quantity,
        )
        for quantity in (4, "1e3", "500m", ".5", "+1Ki")
    ),
    Mutation("largest replicas", "RayJob", (*WORKERS, "replicas"), 2**31 - 1),
    # The API server fills the default in before it asks for the field.
    Mutation("required field with a default", "RayJob", (*WORKERS, "maxReplicas"), REMOVED),
    Mutation(
        "port by name or number",
        "RayJob",
        (*POD, "containers", 0, "readinessProbe"),
        {"httpGet": {"port": "dashboard"}, "tcpSocket": {"port": 8265}},
    ),
    Mutation("label of any key", "Namespace", ("metadata", "labels"), {"a/b": "c"}),
]

CASES = [*((mutation, True) for mutation in ACCEPTED), *((mutation, False) for mutation in REFUSED)]


def _schema(kind: str) -> JsonObject:
    schema: JsonObject = json.loads((SCHEMAS / SCHEMA_FILES[kind]).read_bytes())
    return schema


@pytest.fixture(scope="module")
def validators() -> Mapping[str, jsonschema_rs.Draft202012Validator]:
    return {kind: jsonschema_rs.Draft202012Validator(_schema(kind)) for kind in SCHEMA_FILES}


@pytest.fixture(scope="module")
def kubeconform_statuses(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What kubeconform says of every case, by the number of the case, from one run."""
    local = ROOT / ".tools" / "bin" / "kubeconform"
    command = str(local) if local.is_file() else shutil.which("kubeconform")
    if command is None:
        _unavailable("kubeconform is neither in .tools/bin nor on PATH")
    directory = tmp_path_factory.mktemp("documents")
    for number, (mutation, _) in enumerate(CASES):
        # JSON is YAML, and leaves no doubt about what is a string.
        (directory / f"{number}.yaml").write_text(json.dumps(mutation.document), encoding="utf-8")
    location = f"{SCHEMAS}/{KUBECONFORM_TEMPLATE}"
    outcome = subprocess.run(
        [
            command,
            "-strict",
            "-verbose",
            "-output",
            "json",
            "-schema-location",
            location,
            directory,
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    results = json.loads(outcome.stdout)["resources"]
    return {Path(result["filename"]).stem: result["status"] for result in results}


@pytest.fixture
def cached_modules(monkeypatch: pytest.MonkeyPatch) -> ModulePaths:
    """The pinned modules, if they were downloaded before; nothing is downloaded here."""
    monkeypatch.setenv("GOPROXY", "off")
    try:
        return module_paths(download=False)
    except ModuleUnavailableError as error:
        _unavailable(f"the sources of the schemas are not at hand: {error}")


@pytest.mark.parametrize("kind", SCHEMA_FILES)
def test_schema_is_valid_by_its_meta_schema(kind: str) -> None:
    schema = _schema(kind)

    assert schema["$schema"] == DIALECT
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("mutation", ACCEPTED, ids=lambda mutation: mutation.name)
def test_document_is_accepted(
    mutation: Mutation, validators: Mapping[str, jsonschema_rs.Draft202012Validator]
) -> None:
    errors = list(validators[mutation.kind].iter_errors(mutation.document))

    assert [error.message for error in errors] == []


@pytest.mark.parametrize("mutation", REFUSED, ids=lambda mutation: mutation.name)
def test_document_is_refused_for_what_is_wrong_with_it(
    mutation: Mutation, validators: Mapping[str, jsonschema_rs.Draft202012Validator]
) -> None:
    errors = list(validators[mutation.kind].iter_errors(mutation.document))

    assert len(errors) == 1
    location = errors[0].instance_path
    assert location[: len(mutation.location)] == mutation.location
    if mutation.keyword:
        assert location == mutation.location
        assert errors[0].schema_path[-1] == mutation.keyword


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case[0].name for case in CASES])
def test_kubeconform_gives_the_same_verdict(
    number: int, kubeconform_statuses: Mapping[str, str]
) -> None:
    mutation, accepted = CASES[number]
    # Of a version or kind that has no schema kubeconform says that it cannot judge it.
    refusal = "statusError" if mutation.keyword == "const" else "statusInvalid"

    assert kubeconform_statuses[str(number)] == ("statusValid" if accepted else refusal)


def test_ray_job_schema_stays_small() -> None:
    assert (SCHEMAS / SCHEMA_FILES["RayJob"]).stat().st_size < RAY_JOB_SIZE_LIMIT


def test_committed_schemas_are_current(cached_modules: ModulePaths) -> None:
    committed = {name: (SCHEMAS / name).read_bytes() for name in SCHEMA_FILES.values()}

    assert build_schemas(cached_modules) == committed


@pytest.fixture
def small_schemas(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Mapping[str, bytes]:
    """Schemas for the command line to write, without the modules of the real ones."""
    schemas = {"a.example/first_v1.json": b"{}\n", "b.example/second_v1.json": b"true\n"}
    nowhere = ModulePaths(tmp_path, tmp_path, tmp_path, tmp_path)
    monkeypatch.setattr(command_line, "module_paths", lambda: nowhere)
    monkeypatch.setattr(command_line, "build_schemas", lambda _: schemas)
    return schemas


def test_command_line_writes_what_check_then_finds_current(
    small_schemas: Mapping[str, bytes], tmp_path: Path
) -> None:
    output = tmp_path / "schemas"

    assert command_line.main(["--output", str(output)]) == 0
    assert {name: (output / name).read_bytes() for name in small_schemas} == small_schemas
    assert command_line.main(["--output", str(output), "--check"]) == 0


@pytest.mark.parametrize("content", [None, b"{ }\n"], ids=["missing", "changed"])
@pytest.mark.usefixtures("small_schemas")
def test_check_names_the_first_stale_file_and_leaves_it(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["--output", str(tmp_path)]) == 0
    stale = tmp_path / "b.example" / "second_v1.json"
    stale.unlink()
    if content is not None:
        stale.write_bytes(content)

    assert command_line.main(["--output", str(tmp_path), "--check"]) == 1
    assert str(stale) in capsys.readouterr().err
    assert (stale.read_bytes() if stale.exists() else None) == content


def test_sources_that_are_missing_are_an_error_without_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert command_line.main(["--output", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "error: the command go is not on PATH\n"
    with pytest.raises(SchemaSourceError, match="api__v1_openapi"):
        build_schemas(ModulePaths(tmp_path, tmp_path, tmp_path, tmp_path))


@pytest.mark.parametrize(
    ("structural", "reason"),
    [
        ({"type": "string", "multipleOf": 2}, "no translation for multipleOf"),
        ({"type": "string", "format": "date-time"}, "no translation for format 'date-time'"),
        ({"type": "string", "pattern": r"^\d+$"}, "engines may disagree"),
        ({"type": "string", "pattern": "^(?=a)"}, "engines may disagree"),
        ({"anyOf": [{"type": "string"}]}, "int-or-string only"),
        ({"description": "anything"}, "no type"),
        ({"type": "array", "properties": {}}, "not an object"),
    ],
)
def test_source_that_cannot_be_kept_faithfully_is_refused(
    structural: JsonObject, reason: str
) -> None:
    with pytest.raises(SchemaSourceError, match=reason):
        strict_schema({"type": "object", "properties": {"field": structural}}, "Kind")


def test_unknown_fields_are_kept_where_the_source_preserves_them() -> None:
    preserving: JsonObject = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}

    assert strict_schema(preserving, "Kind") == {"type": "object"}
    assert strict_schema({"type": "object"}, "Kind") == {
        "type": "object",
        "additionalProperties": False,
    }


def test_sharing_says_the_same_in_fewer_words() -> None:
    labels: JsonObject = {"type": "object", "additionalProperties": {"type": "string"}}
    container: JsonObject = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "pattern": "^[a-z]([-a-z0-9]*[a-z0-9])?$"},
            # A field named like a keyword is a field.
            "items": labels,
        },
    }
    schema: JsonObject = {
        "type": "object",
        "properties": {
            "head": {"type": "array", "items": container},
            "workers": {"type": "array", "items": container},
            "labels": labels,
        },
    }

    shared = share_subtrees(schema, {"stringMap": labels})

    assert "stringMap" in _definitions(shared)
    assert len(json.dumps(shared)) < len(json.dumps(schema))
    assert _expanded({k: v for k, v in shared.items() if k != "$defs"}, shared) == schema


def _definitions(schema: JsonObject) -> JsonObject:
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    return definitions


def _expanded(node: Json, schema: JsonObject) -> Json:
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            return _expanded(_definitions(schema)[reference.removeprefix("#/$defs/")], schema)
        return {key: _expanded(value, schema) for key, value in node.items()}
    return node
