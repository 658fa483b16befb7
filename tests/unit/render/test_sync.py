"""What points sync engines at rendered/: the shipped objects, and one Kustomization a namespace."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import lupa
import pytest

from generator.render.flux import name_of
from generator.rules.catalogue import all_rules
from generator.rules.explanations import explanations
from tests.helpers.command import ROOT, rayjobs
from tests.helpers.jobs import Report, minimal_job, write_job
from tests.helpers.objects import kinds_rendered, objects
from tests.helpers.trees import errors, snapshot, states

SYNC = ROOT / "sync"
NAMESPACES = "sync/flux/namespaces"
KEPT = {"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"}


def only(name: str) -> Any:
    (found,) = objects(SYNC / name)
    return found


def kustomizations(root: Path) -> dict[str, Any]:
    """By file name, the objects of each file that `rayjobs sync flux` wrote."""
    return {file.name: objects(file) for file in sorted((root / NAMESPACES).iterdir())}


def test_everything_parses_and_says_what_it_is() -> None:
    files = sorted(SYNC.rglob("*.yaml"))
    assert len(files) >= 9
    for file in files:
        for document in objects(file):
            if file.name == "argocd-cm.yaml":
                assert set(document) == {"data"}
                continue
            assert document["apiVersion"], file
            is_config = document["apiVersion"].startswith("kustomize.config.k8s.io/")
            assert is_config == (file.name == "kustomization.yaml"), file
            assert is_config or document["metadata"]["name"], file


def test_the_repository_is_named_in_the_files_that_the_page_changes() -> None:
    named = {
        str(file.relative_to(ROOT))
        for file in SYNC.rglob("*")
        if file.is_file()
        and only("flux/repository.yaml")["spec"]["url"] in file.read_text(encoding="utf-8")
    }
    (line,) = [c for c in commands() if c.startswith("sed ")]
    assert named == {word for word in line.split() if word.startswith("sync/")}


def test_the_project_allows_the_kinds_that_are_rendered(repository: Path) -> None:
    spec = only("argocd/project.yaml")["spec"]
    assert spec["sourceRepos"] == [only("flux/repository.yaml")["spec"]["url"]]
    assert spec["destinations"] == [{"name": "karmada", "namespace": "*"}]
    lists = spec["clusterResourceWhitelist"], spec["namespaceResourceWhitelist"]
    cluster, namespaced = ({(e["group"], e["kind"]) for e in entries} for entries in lists)
    assert cluster == {("", "Namespace")}
    assert cluster | namespaced == kinds_rendered(repository)


def test_a_tenants_role_is_about_the_same_kinds_and_deletes_no_claim() -> None:
    rules = only("karmada/tenant-role.yaml")["rules"]
    verbs = {(r["apiGroups"][0], kind): r["verbs"] for r in rules for kind in r["resources"]}
    project = only("argocd/project.yaml")["spec"]
    entries = project["clusterResourceWhitelist"] + project["namespaceResourceWhitelist"]
    plural = {
        "OverridePolicy": "overridepolicies",
        "PropagationPolicy": "propagationpolicies",
    }
    allowed = {(e["group"], plural.get(e["kind"], f"{e['kind'].lower()}s")) for e in entries}
    assert set(verbs) == allowed
    deleted = {kind for (_, kind), words in verbs.items() if "delete" in words}
    # What an ExternalSecret made stays in the members, as its policy says.
    assert deleted == {
        "externalsecrets",
        "federatedresourcequotas",
        "overridepolicies",
        "propagationpolicies",
        "rayjobs",
    }


def test_the_application_set() -> None:
    spec = only("argocd/applicationset.yaml")["spec"]
    assert spec["goTemplate"] is True
    assert spec["goTemplateOptions"] == ["missingkey=error"]
    (generator,) = spec["generators"]
    assert generator["git"]["directories"] == [{"path": "rendered/*"}]
    # A namespace's last job ends with its Application; claims stay by their annotations.
    assert spec["syncPolicy"]["preserveResourcesOnDeletion"] is False
    template = spec["template"]
    annotations = template["metadata"]["annotations"]
    assert annotations["argocd.argoproj.io/compare-options"] == "ServerSideDiff=true"
    assert template["spec"]["project"] == only("argocd/project.yaml")["metadata"]["name"]
    assert template["spec"]["source"]["path"] == "{{.path.path}}"
    policy = template["spec"]["syncPolicy"]
    assert policy["automated"] == {"prune": True, "selfHeal": True}
    assert policy["syncOptions"] == [
        "ServerSideApply=true",
        "ApplyOutOfSyncOnly=true",
        "FailOnSharedResource=true",
    ]
    assert "sync-wave" not in (SYNC / "argocd/applicationset.yaml").read_text(encoding="utf-8")


def test_argo_cd_applies_policies_before_what_they_are_about(sample: Path) -> None:
    assert rayjobs("render", "--root", sample).returncode == 0
    every = [one for file in (sample / "rendered").rglob("*.yaml") for one in objects(file)]
    waves = {
        (one["kind"], one["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave"))
        for one in every
    }
    first = ("FederatedResourceQuota", "OverridePolicy", "PropagationPolicy")
    # Argo CD takes a namespace to the first wave that has an object in it.
    others = ("ExternalSecret", "Namespace", "PersistentVolumeClaim", "RayJob")
    assert waves == {*((kind, "-1") for kind in first), *((kind, None) for kind in others)}


def test_the_one_kustomization_is_as_those_of_namespaces(sample: Path) -> None:
    assert rayjobs("sync", "flux", "--root", sample).returncode == 0
    (ours,) = kustomizations(sample)["team-text.yaml"]
    shipped = only("flux/rendered.yaml")
    assert shipped["metadata"].pop("name") == "rayjobs"
    assert ours["metadata"].pop("name") == "rayjobs-team-text"
    assert shipped["spec"].pop("path") == "./rendered"
    assert ours["spec"].pop("path") == "./rendered/team-text"
    assert ours == shipped
    assert ours["spec"]["prune"] is True
    assert ours["spec"]["wait"] is True
    assert "postBuild" not in ours["spec"]
    checks = {check["kind"]: check for check in ours["spec"]["healthCheckExprs"]}
    assert set(checks) == {"RayJob", "PersistentVolumeClaim"}
    # Nothing is waited for: not a status, not the end of a training, not a claim's volume.
    assert {check["current"] for check in checks.values()} == {"true"}
    assert not any("inProgress" in check for check in checks.values())
    assert "'ValidationFailed'" in checks["RayJob"]["failed"]
    assert "'Failed'" not in checks["RayJob"]["failed"]
    repository = only("flux/repository.yaml")["metadata"]
    assert ours["spec"]["sourceRef"]["name"] == repository["name"]
    assert ours["metadata"]["namespace"] == repository["namespace"]


def test_the_default_and_the_one_a_namespace_are_never_applied_together() -> None:
    assert only("flux/kustomization.yaml")["resources"] == ["repository.yaml", "rendered.yaml"]
    parent = only("flux/namespaces.yaml")
    assert parent["spec"]["path"] == f"./{NAMESPACES}"
    assert parent["spec"]["prune"] is True
    assert "kubeConfig" not in parent["spec"]
    assert not parent["metadata"]["name"].startswith("rayjobs-")
    for command in commands():
        if "apply" in command:
            assert not ("flux/namespaces.yaml" in command and "flux/rendered.yaml" in command)
            assert not re.search(r"(--filename|-f) sync/flux/?(\s|$)", command)


RAYJOB_HEALTH = [
    (None, "Healthy"),
    ({}, "Healthy"),
    ({"jobDeploymentStatus": "Initializing"}, "Healthy"),
    ({"jobDeploymentStatus": "Running", "jobStatus": "RUNNING"}, "Healthy"),
    ({"jobDeploymentStatus": "Suspended"}, "Healthy"),
    ({"jobDeploymentStatus": "Complete", "jobStatus": "SUCCEEDED"}, "Healthy"),
    ({"jobDeploymentStatus": "Failed", "message": "a reason"}, "Degraded"),
    ({"jobDeploymentStatus": "ValidationFailed"}, "Degraded"),
]
CLAIM_HEALTH = [
    (None, {}, "Unknown"),
    ({"phase": "Pending"}, {}, "Progressing"),
    ({"phase": "Bound"}, {}, "Healthy"),
    ({"phase": "Lost"}, {}, "Degraded"),
    (None, KEPT, "Healthy"),
    ({"phase": "Pending"}, KEPT, "Healthy"),
    ({"phase": "Lost"}, KEPT, "Degraded"),
]


def lua() -> Any:
    """A runtime as Argo CD has it: without the library of strings."""
    runtime = lupa.LuaRuntime()
    runtime.execute("string = nil")
    return runtime


def health(kind: str, status: dict[str, str] | None, annotations: dict[str, str]) -> Any:
    scripts = only("argocd/argocd-cm.yaml")["data"]
    document: dict[str, Any] = {"metadata": {"annotations": annotations} if annotations else {}}
    if status is not None:
        document["status"] = status
    runtime = lua()
    runtime.globals().obj = runtime.table_from(document, recursive=True)
    return runtime.execute(scripts[f"resource.customizations.health.{kind}"])


@pytest.mark.parametrize(("status", "expected"), RAYJOB_HEALTH)
def test_a_rayjobs_health_waits_for_nothing(status: dict[str, str] | None, expected: str) -> None:
    found = health("ray.io_RayJob", status, {})
    assert found.status == expected
    assert (status or {}).get("message", "") in found.message


@pytest.mark.parametrize(("status", "annotations", "expected"), CLAIM_HEALTH)
def test_a_kept_claims_health_waits_for_no_volume(
    status: dict[str, str] | None, annotations: dict[str, str], expected: str
) -> None:
    assert health("PersistentVolumeClaim", status, annotations).status == expected


def test_an_external_secrets_health_waits_for_no_operator() -> None:
    assert health("external-secrets.io_ExternalSecret", None, {}).status == "Healthy"


def retained(desired: dict[str, Any], observed: dict[str, Any], **labels: str) -> Any:
    """The spec that Karmada keeps in a member of a RayJob with ``labels`` there."""
    shipped = only("karmada/rayjob-interpreter.yaml")["spec"]
    assert shipped["target"] == {"apiVersion": "ray.io/v1", "kind": "RayJob"}
    runtime = lua()
    runtime.execute(shipped["customizations"]["retention"]["luaScript"])
    there = {"metadata": {"labels": labels} if labels else {}, "spec": observed}
    given, seen = (
        runtime.table_from(part, recursive=True)
        for part in ({"metadata": {}, "spec": desired}, there)
    )
    return runtime.globals().Retain(given, seen).spec


def suspending(suspend: bool | None) -> dict[str, Any]:
    return {"suspend": suspend} if suspend is not None else {}


@pytest.mark.parametrize("labels", [{}, {"algorithm": "xgboost"}])
@pytest.mark.parametrize("observed", [True, False, None])
@pytest.mark.parametrize("desired", [True, False, None])
def test_suspend_is_the_members_where_git_says_nothing(
    desired: bool | None, observed: bool | None, labels: dict[str, str]
) -> None:
    spec = retained(
        {**suspending(desired), "entrypoint": "python a.py"}, suspending(observed), **labels
    )
    assert spec.suspend == (observed if desired is None else desired)
    assert spec.entrypoint == "python a.py"


@pytest.mark.parametrize("desired", [True, False, None])
def test_the_spec_of_a_job_in_a_queue_is_kueues(desired: bool | None) -> None:
    label = {"kueue.x-k8s.io/queue-name": "training"}
    spec = retained(suspending(desired), {"suspend": True, "added": "by Kueue"}, **label)
    assert (spec.suspend, spec.added) == (True, "by Kueue")


def test_each_directory_of_rendered_has_its_kustomization(sample: Path, report: Report) -> None:
    rendered = snapshot(sample)
    names = sorted(f"{NAMESPACES}/{d.name}.yaml" for d in (sample / "rendered").iterdir())
    assert report("sync", "flux")["plan"] == {"create": names, "change": [], "delete": []}
    assert snapshot(sample) == rendered
    before = states(sample)
    assert report("sync", "flux")["plan"] == {"create": [], "change": [], "delete": []}
    assert errors(report("check")) == []
    assert states(sample) == before


def test_claims_that_are_declared_keep_a_kustomization(repository: Path, report: Report) -> None:
    kinds_rendered(repository)
    write_job(repository, minimal_job("other"))
    text = "storage: {claims: [{name: own, namespace: far, sizeGB: 1, clusters: [a]}]}\n"
    (repository / "platform.yaml").write_text(text, encoding="utf-8")
    assert errors(report("render")) == []
    assert errors(report("sync", "flux")) == []
    directories = {d.name for d in (repository / "rendered").iterdir()}
    assert directories == {"default", "far", "team"}
    assert {Path(name).stem for name in kustomizations(repository)} == directories


def test_the_last_job_of_default_takes_the_kustomization_with_it(
    sample: Path, report: Report
) -> None:
    assert errors(report("sync", "flux")) == []
    for tenant in ("guide", "vision"):
        shutil.rmtree(sample / "jobs" / tenant)
    assert errors(report("render")) == []
    assert not (sample / "rendered/default").exists()
    stale = [("sync/stale", f"{NAMESPACES}/default.yaml")]
    assert errors(report("check")) == stale
    assert report("sync", "flux")["plan"]["delete"] == [stale[0][1]]
    assert errors(report("check")) == []


def test_drift_is_looked_for_only_where_the_directory_is(sample: Path, report: Report) -> None:
    assert errors(report("check")) == []
    (sample / NAMESPACES).mkdir(parents=True)
    files = [f"{NAMESPACES}/{name}.yaml" for name in ("default", "team-audio", "team-text")]
    assert errors(report("check")) == [("sync/stale", file) for file in files]
    assert errors(report("sync", "flux")) == []
    edited = sample / files[0]
    edited.write_text(edited.read_text(encoding="utf-8").replace("10m", "1h"), encoding="utf-8")
    assert errors(report("check")) == [("sync/stale", files[0])]
    assert report("sync", "flux")["plan"]["change"] == [files[0]]


def test_invalid_jobs_and_nothing_is_written(sample: Path) -> None:
    write_job(sample, minimal_job(priority=0))
    before = states(sample)
    assert rayjobs("sync", "flux", "--root", sample).returncode == 1
    assert states(sample) == before


def test_only_ours_is_written_and_deleted(sample: Path, report: Report) -> None:
    directory = sample / NAMESPACES
    directory.mkdir(parents=True)
    beside = sample / "sync/flux/mine.yaml"
    for file in (directory / "mine.yaml", beside):
        file.write_text("kind: Secret\n", encoding="utf-8")
    document = report("sync", "flux")
    warned = [d["file"] for d in document["diagnostics"] if d["rule"] == "rendered/foreign-file"]
    assert warned == [f"{NAMESPACES}/mine.yaml"]
    assert beside.read_text(encoding="utf-8") == "kind: Secret\n"
    (directory / "default.yaml").write_text("kind: Secret\n", encoding="utf-8")
    for command in (["sync", "flux"], ["check"]):
        assert ("rendered/in-the-way", f"{NAMESPACES}/default.yaml") in errors(report(*command))
    assert (directory / "default.yaml").read_text(encoding="utf-8") == "kind: Secret\n"


@pytest.mark.parametrize("place", ["sync", "sync/flux", NAMESPACES, f"{NAMESPACES}/default.yaml"])
def test_no_link_is_followed(
    sample: Path, report: Report, tmp_path_factory: pytest.TempPathFactory, place: str
) -> None:
    assert errors(report("sync", "flux")) == []
    outside = tmp_path_factory.mktemp("outside")
    shutil.move(sample / place, outside / "moved")
    (sample / place).symlink_to(outside / "moved")
    text = (sample / "platform.yaml").read_text(encoding="utf-8")
    more = text.replace("- team-text\n", "- team-text\n- other\n")
    (sample / "platform.yaml").write_text(more, encoding="utf-8")
    assert errors(report("render")) == []
    before, there = states(sample), states(outside)
    for command in (["sync", "flux"], ["check"]):
        assert ("rendered/symlink", place) in errors(report(*command))
    assert (states(sample), states(outside)) == (before, there)


def test_a_half_written_file_is_mended(sample: Path, report: Report) -> None:
    assert errors(report("sync", "flux")) == []
    whole = {file.name: file.read_bytes() for file in (sample / NAMESPACES).iterdir()}
    (sample / NAMESPACES / ".rayjobs-1-1.tmp").write_text("half", encoding="utf-8")
    (sample / NAMESPACES / "default.yaml").unlink()
    assert errors(report("sync", "flux")) == []
    assert {file.name: file.read_bytes() for file in (sample / NAMESPACES).iterdir()} == whole


def test_emptying_needs_a_flag(repository: Path, report: Report) -> None:
    write_job(repository, minimal_job())
    assert errors(report("sync", "flux")) == []
    shutil.rmtree(repository / "jobs/team")
    assert ("rendered/would-be-empty", NAMESPACES) in errors(report("sync", "flux"))
    assert errors(report("sync", "flux", "--allow-empty")) == []
    assert not (repository / NAMESPACES).exists()


def test_rules_of_generated_files_speak_of_both_trees() -> None:
    for rule, explained in explanations().items():
        if rule.startswith("rendered/") and rule != "rendered/stale":
            assert f"{NAMESPACES}/" in explained.why
            assert "rendered/" not in all_rules()[rule].summary


def test_settings_and_accounts(sample: Path, report: Report) -> None:
    settings = "namespace: gitops, repository: jobs, kubeConfigSecret: karmada, impersonate: true"
    with (sample / "platform.yaml").open("a", encoding="utf-8") as file:
        file.write(f"sync: {{flux: {{{settings}}}}}\n")
    assert errors(report("sync", "flux")) == []
    account, kustomization = kustomizations(sample)["team-text.yaml"]
    assert account["kind"] == "ServiceAccount"
    # Flux looks for it on its own cluster when the Kustomization goes: it must outlive that.
    kept = {"kustomize.toolkit.fluxcd.io/prune": "disabled"}
    name = {"name": "rayjobs-team-text", "namespace": "gitops"}
    assert account["metadata"] == {**name, "annotations": kept}
    assert kustomization["metadata"] == name
    spec = kustomization["spec"]
    assert spec["serviceAccountName"] == "rayjobs-team-text"
    assert spec["sourceRef"] == {"kind": "GitRepository", "name": "jobs"}
    assert spec["kubeConfig"] == {"secretRef": {"name": "karmada", "key": "value"}}


def test_names_fit_into_a_label() -> None:
    long = [f"{'a' * 54}-{end}" for end in ("bcdefgh", "bcdefgi")]
    names = [name_of(namespace) for namespace in ["team-text", *long]]
    assert names[0] == "rayjobs-team-text"
    assert len(set(names)) == 3
    assert all(re.fullmatch(r"rayjobs-[a-z0-9]([-a-z0-9]*[a-z0-9])?", name) for name in names)
    assert all(len(name) <= 63 for name in names)


def commands() -> list[str]:
    """The commands of docs/sync.md, in order."""
    text = (ROOT / "docs/sync.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_every_command_of_the_page_is_one_line_and_names_files_that_are_there() -> None:
    assert len(commands()) > 25
    for command in commands():
        assert command.split()[0] in {"git", "kubectl", "printf", "rayjobs", "rm", "sed"}, command
        for name in re.findall(r"(?:^|[ =])((?:sync|rendered|docs)/[^ \"|]*)", command):
            made = name.endswith(".old") or name == NAMESPACES
            assert made or (ROOT / name).exists(), command
        if command.startswith("kubectl"):
            which = re.match(r"kubectl --kubeconfig (karmada|management)\.kubeconfig ", command)
            assert which, command
