"""The guide's example renders to the guide's objects, for YAML 1.2 and 1.1 readers alike."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ruamel.yaml import YAML

from tests.helpers.command import ROOT, rayjobs
from tests.helpers.jobs import members, minimal_job, write_job
from tests.helpers.placements import STAYS

GUIDE = ROOT / "tests" / "golden" / "guide"
RENDERED = {
    "job": "default/train-20251111052644-oj2y.yaml",
    "storage": "default/storage/kham-pv-for-xgboost.yaml",
    "credentials": "default/credentials/s3-credentials.yaml",
}
Reader = Callable[[str], list[Any]]


def yaml_1_2(text: str) -> list[Any]:
    return list(YAML(typ="safe", pure=True).load_all(text))


def yaml_1_1(text: str) -> list[Any]:
    return list(yaml.safe_load_all(text))


def objects(text: str, read: Reader) -> list[Any]:
    """The documents of a file; of a runtime environment, its variables in order."""
    documents = read(text)
    for document in documents:
        spec = document["spec"]
        if "runtimeEnvYAML" in spec:
            (environment,) = read(spec["runtimeEnvYAML"])
            spec["runtimeEnvYAML"] = list(environment["env_vars"].items())
    return documents


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("guide")
    (root / "jobs" / "team" / "guide").mkdir(parents=True)
    shutil.copy(GUIDE / "params.json", root / "jobs" / "team" / "guide")
    ran = rayjobs("render", "--root", root)
    assert ran.returncode == 0, ran.stdout
    return root / "rendered"


@pytest.mark.parametrize("read", [yaml_1_2, yaml_1_1])
@pytest.mark.parametrize("name", RENDERED)
def test_the_guide_renders_to_its_objects(rendered: Path, name: str, read: Reader) -> None:
    expected = objects((GUIDE / "expected" / f"{name}.yaml").read_text(), read)
    assert objects((rendered / RENDERED[name]).read_text(), read) == expected


GROUPS = "0.spec.rayClusterSpec"
ADDED = {
    "0.spec.runtimeEnvYAML.env_vars.CPUS_PER_WORKER": "4",
    "0.spec.runtimeEnvYAML.env_vars.GPUS_PER_WORKER": "2",
    "0.spec.runtimeEnvYAML.env_vars.DEVICE": "cuda",
    f"{GROUPS}.headGroupSpec.rayStartParams.num-cpus": "0",
    f"{GROUPS}.headGroupSpec.rayStartParams.num-gpus": "0",
    f"{GROUPS}.workerGroupSpecs.0.rayStartParams.num-gpus": "2",
    "1.metadata.annotations.argocd.argoproj.io/sync-wave": "-1",
    **{
        f"1.spec.placement.clusterTolerations.{index}.{key}": value
        for index, toleration in enumerate(STAYS)
        for key, value in toleration.items()
    },
}
"""What rayjobs adds to the guide's objects, so that a job trains on what it reserves, and once."""


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a document that hold no others, each with its path."""
    below = members(node)
    if isinstance(node, str) and path.endswith("runtimeEnvYAML"):
        below = members(yaml.safe_load(node))
    for key, value in below:
        yield from leaves(value, f"{path}.{key}" if path else str(key))
    if not below and node != {}:
        yield path, node


def test_what_is_added_to_the_guides_objects() -> None:
    def values(directory: str) -> dict[str, Any]:
        return dict(leaves(yaml_1_2((GUIDE / directory / "job.yaml").read_text())))

    original, expected = values("original"), values("expected")
    assert original.items() <= expected.items()
    assert {path: expected[path] for path in expected.keys() - original.keys()} == ADDED


def test_the_guide_renders_to_nothing_else(rendered: Path) -> None:
    files = {str(p.relative_to(rendered)) for p in rendered.rglob("*") if p.is_file()}
    assert files == set(RENDERED.values())


@pytest.mark.parametrize("name", RENDERED)
def test_every_file_names_its_source(rendered: Path, name: str) -> None:
    first, second = (rendered / RENDERED[name]).read_text().splitlines()[:2]
    assert "Do not edit" in first
    assert second.startswith("# Source: ")


def test_the_environment_is_grouped_and_quoted(rendered: Path) -> None:
    text = (rendered / RENDERED["job"]).read_text()
    titles = [line.strip() for line in text.splitlines() if line.startswith("      # ")]
    assert titles == ["# training control", "# object storage", "# hyperparameters"]
    assert '      NUM_WORKER: "2"\n' in text


def environment_of(root: Path, **changes: Any) -> dict[str, str]:
    write_job(root, minimal_job(**changes))
    ran = rayjobs("render", "--root", root)
    assert ran.returncode == 0, ran.stdout
    job, _ = objects((root / "rendered/default/train-1.yaml").read_text(), yaml_1_1)
    return dict(job["spec"]["runtimeEnvYAML"])


def test_names_that_yaml_1_1_takes_for_booleans_stay_names(repository: Path) -> None:
    words = ["y", "n", "yes", "no", "on", "off", "true", "null"]
    environment = environment_of(repository, customHyperparameters=dict.fromkeys(words, "no"))
    assert {word.upper(): "no" for word in words}.items() <= environment.items()


def test_values_are_written_as_the_script_reads_them(repository: Path) -> None:
    environment = environment_of(
        repository,
        hyperparameters={
            "xgboost": {
                "num_round": 10.0,
                "early_stopping_rounds": 5,
                "nthread": 4,
                "updater": "grow_histmaker,prune",
                "eta": 0.123456789012,
                "gamma": 3.0,
                "lambda": -0.0,
                "eval_metric": ["auc", "error@0.7"],
            }
        },
        customHyperparameters={"a": True, "b": 7.0, "c": 1e-5, "d": "a: b # c", "e": 10**20},
    )
    assert {
        "NUM_BOOST_ROUND": "10",
        "EARLY_STOPPING_ROUNDS": "5",
        "NTHREAD": "4",
        "UPDATER": "grow_histmaker,prune",
        "ETA": "0.123456789",
        "GAMMA": "3",
        "LAMBDA": "0",
        "EVAL_METRIC": "auc,error@0.7",
        "A": "true",
        "B": "7",
        "C": "1e-05",
        "D": "a: b # c",
        "E": "100000000000000000000",
    }.items() <= environment.items()
    names = list(environment)
    assert names.index("NTHREAD") == names.index("VERBOSITY") + 1


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.123456789012, "0.123456789012"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e-5, "1e-05"),
        (-2.5e-300, "-2.5e-300"),
        (1234567890123.5, "1234567890123.5"),
        (2**63 + 1, "9223372036854775809"),
    ],
)
def test_a_custom_hyperparameter_keeps_every_digit(
    repository: Path, number: float, text: str
) -> None:
    environment = environment_of(repository, customHyperparameters={"a": number})
    assert environment["A"] == text
    assert type(number)(environment["A"]) == number


def test_a_second_channel_a_label_and_a_path(repository: Path) -> None:
    channel = minimal_job()["inputDataConfig"][0]
    environment = environment_of(
        repository,
        inputDataConfig=[
            {**channel, "labelName": "species"},
            {**channel, "channelName": "validation", "prefix": "iris/validation.csv"},
        ],
        outputDataConfig={"artifactUri": "file:///home/ray/result-storage/run-1"},
    )
    assert environment["LABEL_COLUMN"] == "species"
    assert environment["S3_VAL_KEY"] == "iris/validation.csv"
    assert environment["STORAGE_PATH"] == "/home/ray/result-storage/run-1"


def test_a_container_gets_no_hyperparameters_of_ours(repository: Path) -> None:
    environment = environment_of(
        repository,
        algorithm={"source": "container", "algorithmName": "resnet"},
        headImage="registry.example/a:1",
        workerImage="registry.example/b:1",
        entrypoint="python /opt/train.py",
        customHyperparameters={"depth": 50},
    )
    assert "NUM_BOOST_ROUND" not in environment
    assert environment["DEPTH"] == "50"


def test_the_platform_decides_what_the_guide_hard_codes(repository: Path) -> None:
    (repository / "platform.yaml").write_text(
        """
algorithms: {xgboost: {image: "registry.example/x:1", entrypoint: python /opt/t.py}}
ray: {version: "2.49.0", workerGroupName: gpus, maxWorkers: 3, ttlSecondsAfterFinished: 60,
      gpuResourceName: amd.com/gpu}
storage: {claimName: results, mountPath: /mnt/results, accessMode: ReadWriteOnce,
          storageClassName: fast}
credentials: {secretName: keys, accessKey: id, secretKey: key}
trainingScript: {region: eu-west-1, labelColumn: y}
"""
    )
    resources = minimal_job()["resources"]
    resources["instanceResources"]["gpuCount"] = 2
    resources["volumeSizeGB"] = 5
    environment = environment_of(repository, resources=resources)
    assert environment["S3_REGION"] == "eu-west-1"
    assert environment["LABEL_COLUMN"] == "y"
    assert environment["STORAGE_PATH"] == "/mnt/results"

    job, _ = yaml_1_2((repository / "rendered/default/train-1.yaml").read_text())
    spec = job["spec"]
    assert (spec["entrypoint"], spec["ttlSecondsAfterFinished"]) == ("python /opt/t.py", 60)
    cluster = spec["rayClusterSpec"]
    (group,) = cluster["workerGroupSpecs"]
    assert (cluster["rayVersion"], group["groupName"], group["maxReplicas"]) == (
        "2.49.0",
        "gpus",
        3,
    )
    (container,) = group["template"]["spec"]["containers"]
    assert container["image"] == "registry.example/x:1"
    assert container["resources"]["limits"]["amd.com/gpu"] == "2"
    assert container["volumeMounts"] == [{"name": "result-storage", "mountPath": "/mnt/results"}]
    assert container["env"][0]["valueFrom"]["secretKeyRef"] == {"name": "keys", "key": "id"}

    claim, _ = yaml_1_2((repository / "rendered/default/storage/results.yaml").read_text())
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
    assert claim["spec"]["storageClassName"] == "fast"
    assert (repository / "rendered/default/credentials/keys.yaml").is_file()


def test_jobs_share_one_claim(repository: Path) -> None:
    for name, size, clusters in (("a", 10, ["c2"]), ("b", 30, ["c1", "c2"]), ("d", None, ["c3"])):
        resources = dict(minimal_job()["resources"])
        if size:
            resources["volumeSizeGB"] = size
        write_job(
            repository,
            minimal_job(name, pvcName="s", resources=resources, targetClusters=clusters),
        )
    assert rayjobs("render", "--root", repository).returncode == 0
    claim, policy = yaml_1_2((repository / "rendered/default/storage/s.yaml").read_text())
    assert claim["spec"]["resources"]["requests"]["storage"] == "30Gi"
    affinity = policy["spec"]["placement"]["clusterAffinity"]
    assert affinity["clusterNames"] == ["c1", "c2", "c3"]


def test_without_a_size_the_claim_exists_already(repository: Path) -> None:
    job = minimal_job()
    del job["resources"]["volumeSizeGB"]
    write_job(repository, job)
    assert rayjobs("render", "--root", repository).returncode == 0
    assert not (repository / "rendered/default/storage").exists()


def test_a_listed_namespace_outlives_its_jobs(repository: Path) -> None:
    (repository / "platform.yaml").write_text("namespaces: [team-text, default]\n")
    write_job(repository, minimal_job(namespace="team-text"))
    assert rayjobs("render", "--root", repository).returncode == 0
    shutil.rmtree(repository / "jobs" / "team")
    assert rayjobs("render", "--root", repository).returncode == 0
    files = [p for p in (repository / "rendered").rglob("*") if p.is_file()]
    assert files == [repository / "rendered/team-text/namespace.yaml"]
    (namespace,) = yaml_1_2(files[0].read_text())
    assert namespace["kind"] == "Namespace"
    assert namespace["metadata"]["annotations"]["kustomize.toolkit.fluxcd.io/prune"] == "disabled"


def test_output_does_not_depend_on_the_machine(repository: Path) -> None:
    for number in range(5):
        write_job(repository, minimal_job(f"job-{number}", targetClusters=["c2", "c1"]))
    snapshots = []
    for environment in (
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Asia/Tokyo"},
        {"PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
    ):
        shutil.rmtree(repository / "rendered", ignore_errors=True)
        assert rayjobs("render", "--root", repository, environment=environment).returncode == 0
        tree = sorted(p for p in (repository / "rendered").rglob("*") if p.is_file())
        snapshots.append({p: p.read_bytes() for p in tree})
    assert snapshots[0] == snapshots[1]
