"""``rayjobs doctor`` against what the scenario ``live_doctor`` recorded on the real engines."""

from __future__ import annotations

import copy
import json
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.karmada.doctor.finding import LISTS, has_field, paths_of, unknown
from generator.karmada.doctor.kinds import READ
from generator.karmada.doctor.run import OFFLINE, ONLINE
from generator.karmada.doctor.secrets import engines_of
from tests.helpers.command import ROOT, rayjobs
from tests.helpers.jobs import minimal_job, write_job
from tests.live import doctor_jobs
from tests.live.doctor import SECRETS, VALUE, findings, openapi, run, told
from tests.live.recorded import PROXY, Recorded

CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
PRIORITIES = "/apis/scheduling.k8s.io/v1/priorityclasses"


def test_everything_in_one_pass(described: Path, recording: Recorded, kubeconfig: str) -> None:
    found = findings(described, "--kubeconfig", kubeconfig)
    assert {check: {one["outcome"] for one in of} for check, of in found.items()} == {
        "repository/jobs": {"ok", "warning"},
        "repository/rendered": {"ok"},
        "repository/sync": {"warning"},
        "repository/namespaces": {"ok"},
        "karmada/version": {"ok"},
        "karmada/permissions": {"ok"},
        "karmada/kinds": {"ok"},
        "karmada/interpreter": {"warning"},
        "karmada/namespaces": {"ok"},
        "karmada/secrets": {"ok", "problem"},
        "karmada/sync-engine": {"ok"},
        "karmada/drift": {"problem"},
        "karmada/holders": {"ok"},
        "karmada/not-in-git": {"warning"},
        "karmada/finished": {"warning"},
        "members/ready": {"problem", "warning"},
        "members/proxy": {"ok"},
        "members/kinds": {"ok"},
        "members/operator": {"problem", "warning"},
        "members/namespaces": {"ok", "warning"},
        "members/storage": {"warning"},
        "members/gpus": {"ok", "problem"},
        "members/priority-classes": {"problem"},
    }
    assert found["karmada/drift"][0]["about"] == [
        "PropagationPolicy default/unpushed-1-propagation",
        "RayJob default/unpushed-1",
    ]
    assert found["karmada/not-in-git"][0]["about"] == ["RayJob default/by-hand"]
    assert found["karmada/finished"][0]["about"] == ["default/done-1"]
    assert told(found, "karmada/sync-engine")[0][1].startswith("applied by Flux: flux-system/")
    assert told(found, "karmada/secrets") == [
        ("ok", "the Secret default/s3-credentials is there with the entries access-key and "
               "secret-key"),
        ("problem", "the Secret team-doctor/s3-credentials is not on Karmada"),
    ]  # fmt: skip


def test_the_text(described: Path, recording: Recorded, kubeconfig: str) -> None:
    ran = run(described, "--kubeconfig", kubeconfig)
    assert ran.returncode == 1, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[-1] == "7 problems, 13 warnings"
    at = lines.index(
        "problem  karmada/secrets           the Secret team-doctor/s3-credentials is not on Karmada"
    )
    assert lines[at + 1].split()[0] == "hint:"


def test_only_what_reads_is_asked(described: Path, recording: Recorded, kubeconfig: str) -> None:
    findings(described, "--kubeconfig", kubeconfig)
    lists = [path for path in recording.asked if path in recording.lists]
    of_karmada = [path for path in lists if "/proxy/" not in path]
    # Each list once, however many checks look at it.
    assert sorted(of_karmada) == sorted(set(of_karmada))


def test_once_all_is_well(described: Path, recording: Recorded, kubeconfig: str) -> None:
    for name in ("away-1", "done-1", "unpushed-1"):
        shutil.rmtree(described / "jobs/team" / name)
    platform = yaml.safe_load(doctor_jobs.PLATFORM)
    platform["clusters"] = {}
    platform["ray"] = {"gpuResourceName": "nvidia.com/gpu"}
    (described / "platform.yaml").write_text(yaml.safe_dump(platform), encoding="utf-8")
    shutil.rmtree(described / "jobs/team/gpus-1")
    assert rayjobs("render", "--quiet", cwd=described).returncode == 0
    for member in ("member1", "member2"):
        annotations = {"storageclass.kubernetes.io/is-default-class": "true"}
        default = {"metadata": {"name": "standard", "annotations": annotations}}
        recording.hold(CLASSES, default, member=member)
        recording.hold(PRIORITIES, {"metadata": {"name": "urgent"}}, member=member)
    (operator,) = recording.lists[PROXY.format("member1") + "/apis/apps/v1/deployments"]
    del operator["spec"]["template"]["spec"]["containers"][0]["env"]
    secret = {"metadata": {"name": "s3-credentials", "namespace": "team-doctor"}}
    keys = {"data": {"access-key": VALUE, "secret-key": VALUE}}
    recording.hold(SECRETS.format("team-doctor"), {**secret, **keys})
    found = findings(described, "--kubeconfig", kubeconfig, code=0)
    assert "problem" not in {one["outcome"] for of in found.values() for one in of}
    assert {one["outcome"] for one in found["members/priority-classes"]} == {"ok"}


def test_an_edit_on_karmada_is_drift(described: Path, recording: Recorded, kubeconfig: str) -> None:
    rayjob = next(
        one
        for one in recording.lists["/apis/ray.io/v1/rayjobs"]
        if one["metadata"]["name"] == "other-1"
    )
    rayjob["spec"]["ttlSecondsAfterFinished"] = 5
    claim = recording.lists["/api/v1/persistentvolumeclaims"][0]
    claim["spec"]["resources"]["requests"]["storage"] = "1048576Ki"  # as 1Gi
    found = findings(described, "--kubeconfig", kubeconfig)
    assert found["karmada/drift"][1]["about"] == [
        "RayJob team-doctor/other-1 (/spec/ttlSecondsAfterFinished)"
    ]


def test_a_secret_without_an_entry(described: Path, recording: Recorded, kubeconfig: str) -> None:
    del recording.lists[SECRETS.format("default")][0]["data"]["secret-key"]
    found = findings(described, "--kubeconfig", kubeconfig)
    assert told(found, "karmada/secrets")[0] == (
        "problem", "the Secret default/s3-credentials has no entry secret-key",
    )  # fmt: skip


def test_a_reader_sees_that_a_secret_is_placed(
    described: Path, recording: Recorded, kubeconfig: str
) -> None:
    for namespace in ("default", "team-doctor"):
        recording.statuses[f"{SECRETS.format(namespace)}/s3-credentials"] = [403]
    first, second = told(findings(described, "--kubeconfig", kubeconfig), "karmada/secrets")
    assert first[0] == "ok"
    assert "is on Karmada and placed" in first[1]
    assert second[0] == "warning"
    assert "or not placed" in second[1]


def test_fields_that_are_dropped(described: Path, recording: Recorded, kubeconfig: str) -> None:
    older = copy.deepcopy(openapi())
    schema = older["/openapi/v3/apis/ray.io/v1"]["components"]["schemas"]["RayJob"]
    del schema["properties"]["spec"]["properties"]["activeDeadlineSeconds"]
    del schema["properties"]["spec"]["properties"]["submitterPodTemplate"]
    prefix = PROXY.format("member2")
    recording.objects |= {prefix + path: one for path, one in older.items()}
    del recording.objects[PROXY.format("member1") + "/openapi/v3/apis/ray.io/v1"]
    job = doctor_jobs.PUSHED[3] | {"stoppingCondition": {"maxRuntimeSeconds": 60}}
    write_job(described, job)
    assert rayjobs("render", "--quiet", cwd=described).returncode == 0
    found = findings(described, "--kubeconfig", kubeconfig)
    first, second = found["members/kinds"]
    assert first["message"] == "member1 does not serve RayJob of ray.io/v1"
    assert "spec.activeDeadlineSeconds" in second["about"]
    assert {one["outcome"] for one in found["karmada/kinds"]} == {"ok"}


def test_an_older_karmada_and_what_is_no_karmada(
    described: Path, recording: Recorded, kubeconfig: str
) -> None:
    path = "/openapi/v3/apis/work.karmada.io/v1alpha2"
    older = recording.objects[path] = copy.deepcopy(recording.objects[path])
    spec = older["components"]["schemas"]["ResourceBinding"]["properties"]["spec"]
    spec["properties"] = {"components": {}}
    found = findings(described, "--kubeconfig", kubeconfig)
    assert told(found, "karmada/version")[0][0] == "warning"
    spec["properties"] = {"clusters": {}}
    found = findings(described, "--kubeconfig", kubeconfig)
    assert "older than 1.15" in told(found, "karmada/version")[0][1]
    del recording.objects[path]
    found = findings(described, "--kubeconfig", kubeconfig)
    assert "not Karmada's" in told(found, "karmada/version")[0][1]


def test_what_one_may_not_is_said_and_the_rest_is_looked_at(
    described: Path, recording: Recorded, kubeconfig: str
) -> None:
    recording.denied |= {("list", "resourcebindings"), ("get", "clusters/proxy")}
    recording.statuses |= {
        f"{PROXY.format('member1')}/version": [403],
        f"{PROXY.format('member2')}{CLASSES}": [403],
        "/apis/policy.karmada.io/v1alpha1/overridepolicies": [403],
    }
    found = findings(described, "--kubeconfig", kubeconfig)
    assert [one["outcome"] for one in found["karmada/permissions"]] == ["problem", "warning"]
    assert "list resourcebindings.work.karmada.io" in told(found, "karmada/permissions")[0][1]
    assert [outcome for outcome, _ in told(found, "members/proxy")] == ["warning", "ok"]
    (refused,) = found["members/storage"]
    assert "not looked at: member2 refuses" in refused["message"]
    assert "Who may read" in refused["hint"]
    (not_seen,) = found["karmada/not-in-git"]
    assert "not looked at: Karmada refuses" in not_seen["message"]
    # member1 is closed: of it the other checks say nothing.
    assert all(one["message"].startswith("member2") for one in found["members/priority-classes"])


def test_secrets_of_members(described: Path, recording: Recorded, kubeconfig: str) -> None:
    platform = yaml.safe_load(doctor_jobs.PLATFORM)
    platform["credentials"] = {"source": "members"}
    (described / "platform.yaml").write_text(yaml.safe_dump(platform), encoding="utf-8")
    secret = {"metadata": {"name": "s3-credentials"}, "data": {"access-key": VALUE}}
    recording.hold(SECRETS.format("default"), secret, member="member1")
    found = findings(described, "--kubeconfig", kubeconfig)
    assert told(found, "members/secrets") == [
        ("problem", "member1: the Secret default/s3-credentials has no entry secret-key"),
        ("problem", "member2: the Secret default/s3-credentials is not there"),
        ("problem", "member2: the Secret team-doctor/s3-credentials is not there"),
    ]


def test_queues_of_kueue(described: Path, recording: Recorded, kubeconfig: str) -> None:
    platform = yaml.safe_load(doctor_jobs.PLATFORM)
    platform["scheduling"] = {"queueing": "kueue", "queue": "training", "priorities": [
        {"from": 1, "to": 1000, "workloadPriorityClass": "low"}]}  # fmt: skip
    (described / "platform.yaml").write_text(yaml.safe_dump(platform), encoding="utf-8")
    kueue = "/apis/kueue.x-k8s.io/v1beta1"
    queue = {"metadata": {"name": "training", "namespace": "default"}}
    recording.hold(f"{kueue}/namespaces/default/localqueues", queue, member="member1")
    low = {"metadata": {"name": "low"}}
    recording.hold(f"{kueue}/workloadpriorityclasses", low, member="member1")
    found = findings(described, "--kubeconfig", kubeconfig)
    assert [outcome for outcome, _ in told(found, "members/queues")] == ["ok", "problem", "problem"]
    assert "LocalQueue default/training" in told(found, "members/queues")[1][1]
    classes = told(found, "members/priority-classes")
    assert [outcome for outcome, _ in classes] == ["ok", "problem"]
    # Karmada would set back what Kueue writes.
    assert [one["outcome"] for one in found["karmada/interpreter"]] == ["problem"]


def test_nobody_answers(described: Path, karmada: Recorded, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file = tmp_path / "nobody.json"
    file.write_text(json.dumps(karmada.kubeconfig).replace(str(karmada.port), str(port)), "utf-8")
    found = findings(described, "--kubeconfig", str(file), code=3)
    assert set(found) >= {"repository/jobs", "karmada/reachable"}
    assert "does not answer" in told(found, "karmada/reachable")[0][1]
    missing = findings(described, "--kubeconfig", str(tmp_path / "none"), code=3)
    assert "no kubeconfig" in told(missing, "karmada/reachable")[0][1]


def test_the_sample_offline_names_only_the_placeholder(sample: Path) -> None:
    shutil.copytree(ROOT / "sync", sample / "sync")
    found = findings(sample, "--offline")
    problems = [check for check, of in found.items() if any(o["outcome"] == "problem" for o in of)]
    assert problems == ["repository/sync"]
    for file in ("flux/repository.yaml", "argocd/project.yaml", "argocd/applicationset.yaml"):
        path = sample / "sync" / file
        path.write_text(path.read_text("utf-8").replace("https://git.example/team", "x"), "utf-8")
    findings(sample, "--offline", code=0)


def test_a_new_repository_offline(tmp_path: Path) -> None:
    assert rayjobs("init", tmp_path / "new", "--quiet").returncode == 0
    found = findings(tmp_path / "new", "--offline")
    assert told(found, "repository/jobs")[0] == ("warning", "there is no job yet")
    assert told(found, "repository/sync")[0][0] == "problem"


def test_the_repository_offline(repository: Path) -> None:
    write_job(repository, minimal_job("a", namespace="team-x"), "text/a")
    write_job(repository, minimal_job("b"), "vision/b")
    (repository / ".github").mkdir()
    owners = "* @OWNER/platform\n/jobs/\n/jobs/text/** @org/text\n# /jobs/vision/ @org/vision\n"
    (repository / ".github/CODEOWNERS").write_text(owners, encoding="utf-8")
    found = findings(repository, "--offline")
    assert told(found, "repository/rendered")[0][0] == "problem"
    assert found["repository/namespaces"][0]["about"] == ["team-x"]
    first, second = found["repository/code-owners"]
    assert "@OWNER/" in first["message"]
    assert second["about"] == ["vision"]
    write_job(repository, minimal_job("c", jobName=3), "vision/c")
    broken = findings(repository, "--offline")
    assert broken["repository/jobs"][0]["about"] == ["jobs/vision/c/params.json"]
    assert broken["repository/rendered"][0]["outcome"] == "warning"


@pytest.mark.parametrize(
    ("metadata", "engines"),
    [
        (
            {
                "labels": {
                    "kustomize.toolkit.fluxcd.io/name": "rayjobs",
                    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
                }
            },
            {"Flux: flux-system/rayjobs"},
        ),
        (
            {"annotations": {"argocd.argoproj.io/tracking-id": "rayjobs-x:ray.io/RayJob:x/a"}},
            {"Argo CD: rayjobs-x"},
        ),
        ({"managedFields": [{"manager": "argocd-controller"}]}, {"Argo CD: not named"}),
        ({"managedFields": [{"manager": "kubectl"}]}, set()),
        ({}, set()),
    ],
)
def test_what_engines_leave(metadata: dict[str, Any], engines: set[str]) -> None:
    assert engines_of({"metadata": metadata}) == engines


def test_marks_of_two_engines(described: Path, recording: Recorded, kubeconfig: str) -> None:
    tracking = {"argocd.argoproj.io/tracking-id": "rayjobs-default:ray.io/RayJob:default/a"}

    def marked(path: str) -> tuple[str, str]:
        for one in recording.lists[path]:
            one["metadata"].setdefault("annotations", {}).update(tracking)
        (found,) = told(findings(described, "--kubeconfig", kubeconfig), "karmada/sync-engine")
        return found

    # Claims outlive the engine that brought them.
    outcome, message = marked("/api/v1/persistentvolumeclaims")
    assert (outcome, "Argo CD" in message) == ("ok", False)
    outcome, message = marked("/apis/ray.io/v1/rayjobs")
    assert outcome == "warning"
    assert "Argo CD: rayjobs-default (4 objects), Flux: flux-system/rayjobs" in message


def test_no_engine_yet(described: Path, recording: Recorded, kubeconfig: str) -> None:
    for objects in recording.lists.values():
        for one in objects:
            one["metadata"]["labels"] = {}
    found = told(findings(described, "--kubeconfig", kubeconfig), "karmada/sync-engine")
    assert [outcome for outcome, _ in found] == ["warning"]
    for path in ("/apis/ray.io/v1/rayjobs", "/apis/policy.karmada.io/v1alpha1/propagationpolicies"):
        recording.lists[path].clear()
    found = told(findings(described, "--kubeconfig", kubeconfig), "karmada/sync-engine")
    assert [outcome for outcome, _ in found] == ["problem"]


def test_the_reader_has_what_the_commands_read_and_no_secret() -> None:
    for place in ("karmada", "members"):
        (role,) = yaml.safe_load_all(
            (ROOT / "sync" / place / "reader-role.yaml").read_text("utf-8")
        )
        allowed = {
            (group, resource, verb)
            for rule in role["rules"]
            for group in rule["apiGroups"]
            for resource in rule["resources"]
            for verb in rule["verbs"]
        }
        assert {verb for _, _, verb in allowed} <= {"get", "list", "watch"}
        assert not {resource for _, resource, _ in allowed} & {"secrets", "*"}
        if place == "karmada":
            asked = {(group, name, verb) for group, name, verbs, _ in READ for verb in verbs}
            assert asked <= allowed
            listed = {resource.plural for resource in LISTS.values()}
            assert listed <= {name for _, name, _ in asked}


def test_checks_are_named_once() -> None:
    assert not OFFLINE.keys() & ONLINE.keys()


LEAF = {"type": "string"}
FIELDS = st.recursive(
    st.just(LEAF),
    lambda inner: (
        st.dictionaries(st.sampled_from("abc"), inner, min_size=1, max_size=3).map(
            lambda properties: {"type": "object", "properties": properties}
        )
        | inner.map(lambda items: {"type": "array", "items": items})
    ),
    max_leaves=8,
)


def of_schema(schema: dict[str, Any]) -> Any:
    if schema["type"] == "object":
        return {name: of_schema(inner) for name, inner in schema["properties"].items()}
    return [of_schema(schema["items"])] if schema["type"] == "array" else "text"


@given(FIELDS)
def test_a_schema_knows_what_was_made_of_it_and_no_more(spec: dict[str, Any]) -> None:
    schema = {"type": "object", "properties": {"spec": spec}}
    made = {"spec": of_schema(spec)}
    assert unknown(paths_of([made]), schema) == []
    assert unknown(paths_of([{**made, "other": {"a": 1}}]), schema) == [("other",)]
    kept = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    assert has_field(kept, ("anything", "*", "below"))
