"""Comparing with a Git ref: what a change does to jobs that exist, in real repositories."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from generator.check import pipeline
from generator.diagnostics.wording import listed
from generator.source.git_tree import read_tree
from tests.helpers.commits import changes, commit, git, places, wrapper
from tests.helpers.jobs import minimal_job, write_job


def sized(name: str, size: int | None, **job: Any) -> dict[str, Any]:
    resources = dict(minimal_job()["resources"])
    resources.pop("volumeSizeGB", None)
    if size is not None:
        resources["volumeSizeGB"] = size
    if "storage_class" in job:
        resources["storageClassName"] = job.pop("storage_class")
    return minimal_job(name, resources=resources, **job)


def platform(root: Path, text: str) -> None:
    (root / "platform.yaml").write_text(text)


# Edits


def test_nothing_is_said_where_nothing_changed(repository: Path) -> None:
    write_job(repository, sized("a", 5))
    pipeline.render(repository)
    commit(repository)
    assert changes(repository) == []


def test_an_edit_under_the_same_name_is_an_error_with_its_line(repository: Path) -> None:
    file = write_job(repository, minimal_job())
    commit(repository)
    write_job(repository, minimal_job(customHyperparameters={"num_class": 3}))
    (found,) = changes(repository)
    assert (found.rule.id, found.is_error, found.file) == ("base/edited-job", True, file)
    assert (found.pointer, found.line, found.column) == ("/jobName", 2, 14)
    assert "--allow-edits" in found.hint
    assert changes(repository, allow_edits=True) == []


@pytest.mark.parametrize("same", ["priority", "spelling", "folder", "default", "ignore"])
def test_an_edit_that_changes_no_spec_is_none(repository: Path, same: str) -> None:
    file = write_job(repository, minimal_job())
    commit(repository)
    if same == "priority":
        write_job(repository, minimal_job(priority=7))
    elif same == "spelling":
        (repository / file).write_text(json.dumps(dict(reversed(minimal_job().items()))))
    elif same == "default":
        write_job(repository, minimal_job(hyperparameters={"xgboost": {"eta": 0.3}}))
    elif same == "ignore":
        ignored = {"ignore": [{"rule": "fleet/no-claim", "reason": "it exists"}]}
        write_job(repository, minimal_job(rayjobs=ignored))
    else:
        shutil.move(repository / "jobs/team", repository / "jobs/other")
    assert changes(repository) == []


def test_a_new_job_is_no_change(repository: Path) -> None:
    write_job(repository, minimal_job("a"))
    commit(repository)
    write_job(repository, minimal_job("b", pvcName="other"))
    assert changes(repository) == []


def test_an_edit_is_found_beside_broken_files(repository: Path) -> None:
    write_job(repository, sized("broken", 50))
    file = write_job(repository, sized("a", 10))
    commit(repository)
    write_job(repository, sized("a", 10, entrypoint="python other.py"))
    (repository / "jobs/team/broken/params.json").write_text("{")
    # The broken job is not taken for deleted, nor its claim for smaller.
    assert places(repository) == [("base/edited-job", file, "/jobName")]


def test_a_job_that_cannot_be_built_is_not_compared(repository: Path) -> None:
    write_job(repository, minimal_job())
    commit(repository)
    algorithm = {"source": "container", "algorithmName": "own"}
    write_job(repository, minimal_job(algorithm=algorithm))
    assert changes(repository) == []
    commit(repository)
    write_job(repository, minimal_job())
    assert changes(repository) == []


def test_a_job_that_was_invalid_never_ran(repository: Path) -> None:
    write_job(repository, minimal_job(entrypoint="a; b"))
    write_job(repository, minimal_job("gone", priority=0))
    commit(repository)
    write_job(repository, minimal_job(entrypoint="python b.py"))
    shutil.rmtree(repository / "jobs/team/gone")
    assert changes(repository) == []


def test_a_base_whose_platform_is_invalid_says_so_and_refuses_nothing(repository: Path) -> None:
    write_job(repository, minimal_job())
    platform(repository, "ray: {versoin: 1}\n")
    commit(repository)
    platform(repository, "")
    (found,) = changes(repository)
    assert (found.rule.id, found.is_error) == ("base/invalid-platform", False)


def test_a_broken_platform_is_not_compared(repository: Path) -> None:
    write_job(repository, minimal_job())
    commit(repository)
    platform(repository, "ray: {versoin: 1}\n")
    assert changes(repository) == []
    assert [f.rule.id for f in changes(repository, "nothing")] == ["base/unreadable"]


def test_a_deleted_job(repository: Path) -> None:
    file = write_job(repository, minimal_job("a"))
    write_job(repository, minimal_job("b"))
    commit(repository)
    shutil.rmtree(repository / "jobs/team/a")
    (found,) = changes(repository)
    assert (found.rule.id, found.is_error, found.file) == ("base/deleted-job", False, file)
    assert (found.pointer, found.line) == (None, None)


def test_a_renamed_job_is_a_deleted_one_at_its_line(repository: Path) -> None:
    file = write_job(repository, minimal_job("a"), "team/x")
    commit(repository)
    write_job(repository, minimal_job("b"), "team/x")
    (found,) = changes(repository)
    assert (found.rule.id, found.file, found.line) == ("base/deleted-job", file, 2)


# What platform.yaml and the version do


def test_platform_changes_are_said_once_with_ten_names(repository: Path) -> None:
    for number in range(12):
        write_job(repository, minimal_job(f"job-{number:02}"))
    own = minimal_job("own", entrypoint="python own.py")
    write_job(repository, own)
    commit(repository)
    platform(repository, "namespaces: [x]\nalgorithms:\n  xgboost: {entrypoint: python new.py}\n")
    (found,) = changes(repository)
    assert (found.rule.id, found.is_error, found.file) == (
        "base/rerendered",
        False,
        "platform.yaml",
    )
    assert (found.line, found.column) == (3, 25)
    assert "12 jobs" in found.message
    assert "default/job-09 and 2 more" in found.message
    assert "job-10" not in found.message
    assert "own" not in found.message
    # What is edited too is the job's own doing.
    file = write_job(repository, {**own, "entrypoint": "python newer.py"})
    assert [place[0] for place in places(repository)] == ["base/edited-job", "base/rerendered"]
    assert places(repository)[0][1] == file


@pytest.mark.parametrize("setting", ["namespaces: [x]", "storage: {accessMode: ReadOnlyMany}"])
def test_settings_that_no_rayjob_has_change_none(repository: Path, setting: str) -> None:
    write_job(repository, sized("a", None))
    commit(repository)
    platform(repository, f"{setting}\n")
    assert changes(repository) == []


CONTAINER = "algorithms: {containers: {resnet: {image: r, entrypoint: r, hyperparameters: {}}}}\n"
NODES = "clusters: {c2: {pods: {nodeSelector: {a: b}}}, c1: {pods: {nodeSelector: {a: c}}}}\n"
CAUSES: list[tuple[str, str, str]] = [
    # What each changes besides is in no RayJob that is changed.
    ("", "sync: {flux: {namespace: gitops}}\n" + NODES, "/clusters/c1"),
    ("", "algorithms: {pytorch: {image: 'r/p:1'}}\nray: {version: 2.47.1}\n", "/ray/version"),
    ("", CONTAINER + "ray: {version: 2.47.1}\n", "/ray/version"),
    (
        CONTAINER,
        CONTAINER.replace("{}", "{minProperties: 1}") + "ray: {version: 2.47.1}\n",
        "/ray/version",
    ),
    (CONTAINER, CONTAINER.replace("image: r", "image: q"), "/algorithms/containers/resnet/image"),
]


@pytest.mark.parametrize(("before", "after", "pointer"), CAUSES)
def test_the_cause_is_a_setting_of_the_jobs_that_change(
    repository: Path, before: str, after: str, pointer: str
) -> None:
    job = minimal_job(customHyperparameters={"epochs": 1})
    if before == CONTAINER:
        job["algorithm"] = {"source": "container", "algorithmName": "resnet"}
    write_job(repository, job)
    platform(repository, before)
    commit(repository)
    platform(repository, after)
    assert places(repository) == [("base/rerendered", "platform.yaml", pointer)]


def test_a_default_that_is_written_out_is_no_change(repository: Path) -> None:
    write_job(repository, minimal_job(headImage="x/a:1", workerImage="x/a:1"))
    platform(repository, "algorithms: {xgboost: {image: 'x/a:1'}}\n")
    commit(repository)
    platform(repository, "algorithms: {xgboost: {image: 'x/a:2'}}\n")
    assert changes(repository) == []


def edit_rendered(repository: Path, old: str, new: str) -> None:
    file = repository / "rendered/default/train-1.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_what_another_version_rendered_is_said_without_a_file(repository: Path) -> None:
    write_job(repository, minimal_job())
    pipeline.render(repository)
    edit_rendered(repository, "maxReplicas: 10", "maxReplicas: 9")
    commit(repository)
    pipeline.render(repository)
    (found,) = changes(repository)
    assert (found.rule.id, found.file, found.is_error) == ("base/rerendered", None, False)
    assert "this version" in found.message
    assert "1 job " in found.message
    assert "default/train-1" in found.message
    platform(repository, "ray: {ttlSecondsAfterFinished: 7}\n")
    (found,) = changes(repository)
    assert (found.file, found.line) == ("platform.yaml", 1)
    assert "this version" in found.message


def test_what_is_no_spec_is_not_the_versions_doing(repository: Path) -> None:
    write_job(repository, minimal_job())
    pipeline.render(repository)
    edit_rendered(repository, "algorithm: xgboost", "algorithm: other")
    edit_rendered(repository, "# Source: ", "# From: ")
    edit_rendered(repository, "Divided", "Duplicated")
    commit(repository)
    assert changes(repository) == []


# Placement

Placement: TypeAlias = tuple[list[str], str | None]
AT = "/targetClusters"
NEW, STOPPED = "base/new-copy", "base/stopped-copy"

PLACEMENTS: list[tuple[Placement, Placement, list[tuple[str, str]]]] = [
    ((["a"], None), (["a", "b"], None), [(NEW, f"{AT}/1")]),
    ((["a"], "all"), (["b", "a"], "all"), [(NEW, f"{AT}/0")]),
    ((["a", "b"], None), (["a"], None), [(STOPPED, AT)]),
    ((["a", "b"], None), (["b", "a"], "all"), []),
    ((["a"], "one-of"), (["a"], "all"), []),
    ((["a"], None), (["b"], None), [(NEW, f"{AT}/0"), (STOPPED, AT)]),
    # Once: it stays where it is whatever it gains, and may run on what it loses.
    ((["a"], "one-of"), (["a", "b"], "one-of"), []),
    ((["a"], None), (["a", "b"], "one-of"), []),
    ((["a", "b"], "one-of"), (["b"], "one-of"), [(STOPPED, AT)]),
    ((["a", "b"], "one-of"), (["b", "a"], "one-of"), []),
    ((["a"], "one-of"), (["b", "c"], "one-of"), [(NEW, AT), (STOPPED, AT)]),
    ((["a", "b"], "all"), (["a", "b"], "one-of"), [(STOPPED, "/scheduling/mode")]),
    ((["a", "b"], "one-of"), (["a", "b"], "all"), [(NEW, "/scheduling/mode")]),
    ((["a", "b"], "ordered"), (["a", "b"], "one-of"), []),
    ((["a", "b"], "one-of"), (["a", "b"], "ordered"), [(NEW, "/scheduling/mode")]),
    # In order: what is appended changes nothing; what takes a place moves the copy from it.
    ((["a", "b"], "ordered"), (["a", "b", "c"], "ordered"), []),
    ((["a"], "ordered"), (["a", "c"], "ordered"), []),
    ((["a", "b"], "ordered"), (["a", "c", "b"], "ordered"), [(NEW, f"{AT}/1")]),
    ((["a", "b"], "ordered"), (["a"], "ordered"), [(STOPPED, AT)]),
    ((["a", "b", "c"], "ordered"), (["a", "b"], "ordered"), [(STOPPED, AT), (NEW, f"{AT}/0")]),
    ((["a"], None), (["b", "a"], "ordered"), [(NEW, f"{AT}/0")]),
]


@pytest.mark.parametrize(("before", "after", "expected"), PLACEMENTS)
def test_a_placement_says_what_starts_and_stops(
    repository: Path, before: Placement, after: Placement, expected: list[tuple[str, str]]
) -> None:
    def placed(placement: Placement) -> dict[str, Any]:
        clusters, mode = placement
        scheduling = {"mode": mode} if mode else {}
        return minimal_job(targetClusters=clusters, scheduling=scheduling)

    file = write_job(repository, placed(before))
    commit(repository)
    write_job(repository, placed(after))
    found = changes(repository)
    assert not any(one.is_error for one in found)
    assert {(one.file, one.line is None) for one in found} <= {(file, False)}
    assert sorted((one.rule.id, str(one.pointer)) for one in found) == sorted(expected)


def test_a_default_placement_is_said_once_at_platform_yaml(repository: Path) -> None:
    for name in ("a", "b"):
        write_job(repository, minimal_job(name, targetClusters=["c1", "c2"]))
    write_job(repository, minimal_job("one"))
    commit(repository)
    platform(repository, "scheduling:\n  mode: one-of\n")
    (found,) = changes(repository)
    assert (found.rule.id, found.file, found.line) == (STOPPED, "platform.yaml", 2)
    assert found.message.endswith("of 2 jobs: default/a, default/b")
    platform(repository, "scheduling:\n  mode: all\n")
    assert changes(repository) == []


def test_estimation_has_karmada_choose_again(repository: Path) -> None:
    once = {"scheduling": {"mode": "one-of"}}
    write_job(repository, minimal_job("a", targetClusters=["c1", "c2"], **once))
    write_job(repository, minimal_job("one", **once))
    commit(repository)
    platform(repository, "scheduling: {estimation: components}\n")
    (found,) = changes(repository)
    assert (found.rule.id, found.file, found.pointer) == (
        NEW,
        "platform.yaml",
        "/scheduling/estimation",
    )
    assert found.message.startswith("Karmada chooses again for 1 job: default/a;")
    commit(repository)
    (repository / "platform.yaml").unlink()
    assert changes(repository) == []


# Claims

DECLARED = "storage:\n  claims:\n  - {name: shared, sizeGB: 50, clusters: [c1]}\n"
SIZE, CLASS = "/resources/volumeSizeGB", "/resources/storageClassName"
SHRINKS, GROWS = "base/claim-shrinks", "base/claim-grows"


def shared(name: str, size: int | None, **job: Any) -> dict[str, Any]:
    return sized(name, size, pvcName="shared", **job)


def test_a_claim_that_shrinks_is_an_error_at_each_job_that_shrinks_it(repository: Path) -> None:
    a, b, c = (write_job(repository, shared(name, 50)) for name in "abc")
    write_job(repository, shared("d", 20))
    commit(repository)
    (repository / c).unlink()
    write_job(repository, shared("a", 10))
    assert SHRINKS not in {place[0] for place in places(repository)}  # b still asks for it
    write_job(repository, sized("b", 50, pvcName="mine"))
    found = [one for one in changes(repository) if one.rule.id == SHRINKS]
    assert [(one.file, one.pointer) for one in found] == [(a, SIZE), (b, "/pvcName"), (c, None)]
    assert all(one.is_error and "from 50 to 20 GiB" in one.message for one in found)
    platform(repository, DECLARED)
    assert SHRINKS not in {place[0] for place in places(repository)}


def test_a_claim_that_grows_is_a_warning(repository: Path) -> None:
    write_job(repository, shared("a", 50))
    commit(repository)
    file = write_job(repository, shared("b", 60))
    (found,) = changes(repository)
    assert (found.rule.id, found.file, found.pointer) == (GROWS, file, SIZE)
    assert not found.is_error
    assert found.line
    assert "Bound" in found.hint


def test_a_claim_that_goes_stays_as_it_is(repository: Path) -> None:
    write_job(repository, shared("a", 50))
    commit(repository)
    write_job(repository, shared("a", None))
    assert changes(repository) == []


def test_a_declared_claim_points_into_platform_yaml(repository: Path) -> None:
    write_job(repository, shared("a", None))
    platform(repository, DECLARED)
    commit(repository)
    for text, rule, pointer in (
        (DECLARED.replace("50", "40"), SHRINKS, "/storage/claims/0/sizeGB"),
        (DECLARED.replace("50", "60"), GROWS, "/storage/claims/0/sizeGB"),
        (
            DECLARED.replace("50", "50, accessMode: ReadWriteOnce"),
            "base/claim-access-mode",
            "/storage/claims/0/accessMode",
        ),
        (
            DECLARED.replace("50", "50, storageClassName: fast"),
            "base/claim-class",
            "/storage/claims/0/storageClassName",
        ),
    ):
        platform(repository, text)
        (found,) = changes(repository)
        assert (found.rule.id, found.file, found.pointer) == (rule, "platform.yaml", pointer)
        assert (found.line, found.is_error) == (3, rule != GROWS)
    platform(repository, "")
    write_job(repository, shared("a", 10))
    assert (SHRINKS, "platform.yaml", "/storage/claims") in places(repository)


def test_settings_for_all_claims_are_said_once(repository: Path) -> None:
    for name in "ab":
        write_job(repository, sized(name, 5, pvcName=f"claim-{name}"))
    commit(repository)
    platform(repository, "storage:\n  accessMode: ReadWriteOnce\n  storageClassName: fast\n")
    mode, storage_class = changes(repository)
    assert (mode.rule.id, mode.line) == ("base/claim-access-mode", 2)
    assert mode.message.endswith("default/claim-a, default/claim-b")
    assert (storage_class.rule.id, storage_class.line) == ("base/claim-class", 3)


def test_a_jobs_storage_class(repository: Path) -> None:
    file = write_job(repository, shared("a", 5, storage_class="slow"))
    commit(repository)
    write_job(repository, shared("a", 5, storage_class="fast"))
    assert places(repository) == [("base/claim-class", file, CLASS)]
    write_job(repository, shared("a", 5))
    assert places(repository) == [("base/claim-class", file, CLASS)]
    platform(repository, "storage: {storageClassName: slow}\n")
    assert changes(repository) == []


# Scheduling

LABELLED = "clusters: {c1: {labels: {gpu: a}}, c2: {labels: {gpu: b}}, c3: {labels: {gpu: a}}}\n"
AT_LABELS = "/scheduling/clusterLabels"


def placed(mode: str | None = "all", clusters: str = "c1 c2 c3", **scheduling: Any) -> Any:
    chosen = {"mode": mode, **scheduling} if mode else scheduling
    return minimal_job(targetClusters=clusters.split(), scheduling=chosen)


CHOSEN: list[tuple[dict[str, Any], dict[str, Any], set[tuple[str, str]]]] = [
    (placed(clusterLabels={"gpu": "a"}), placed(), {("base/new-copy", "/targetClusters/1")}),
    (placed(), placed(clusterLabels={"gpu": "a"}), {("base/stopped-copy", AT_LABELS)}),
    (
        placed(clusterLabels={"gpu": "a"}),
        placed(clusterLabels={"gpu": "b"}),
        {("base/stopped-copy", AT_LABELS), ("base/new-copy", AT_LABELS)},
    ),
    # A cluster without the label changes nothing, wherever it is named.
    (
        placed(clusterLabels={"gpu": "a"}),
        placed(clusters="c1 c3", clusterLabels={"gpu": "a"}),
        set(),
    ),
    (
        placed("ordered", clusterLabels={"gpu": "a"}),
        placed("ordered", "c1 c2 c3 c4", clusterLabels={"gpu": "a"}),
        set(),
    ),
    (placed("one-of", clusterLabels={"gpu": "a"}), placed("one-of"), set()),
    (placed("one-of"), placed("one-of", clusterTolerations=[{"key": "x"}]), set()),
    (
        placed("one-of", clusterTolerations=[{"key": "x"}]),
        placed("one-of"),
        {("base/new-copy", "/targetClusters")},
    ),
    (
        placed(),
        placed(clusterTolerations=[{"key": "x"}]),
        {("base/new-copy", "/scheduling/clusterTolerations")},
    ),
]


@pytest.mark.parametrize(("before", "after", "expected"), CHOSEN)
def test_labels_and_tolerations_say_what_starts_and_stops(
    repository: Path,
    before: dict[str, Any],
    after: dict[str, Any],
    expected: set[tuple[str, str]],
) -> None:
    platform(repository, LABELLED.replace("}}}\n", "}}, c4: {labels: {gpu: b}}}\n"))
    file = write_job(repository, before)
    commit(repository)
    write_job(repository, after)
    assert set(places(repository)) == {(rule, file, pointer) for rule, pointer in expected}


def test_labels_that_platform_yaml_corrects_move_nothing(repository: Path) -> None:
    platform(repository, LABELLED)
    write_job(repository, placed(clusterLabels={"gpu": "a"}))
    commit(repository)
    platform(repository, LABELLED.replace("gpu: b", "gpu: a"))
    assert changes(repository) == []


SUSPENSIONS = [
    (None, True, "base/suspension", "/scheduling/suspended"),
    (False, True, "base/suspension", "/scheduling/suspended"),
    (True, False, "base/suspension", "/scheduling/suspended"),
    (True, None, "base/still-suspended", "/jobName"),
    (None, False, None, None),
    (False, None, None, None),
    (True, True, None, None),
]


@pytest.mark.parametrize(("before", "after", "rule", "pointer"), SUSPENSIONS)
@pytest.mark.parametrize("is_rendered", [True, False])
def test_suspending_is_no_edit_and_says_what_it_does(
    repository: Path,
    before: bool | None,
    after: bool | None,
    rule: str | None,
    pointer: str | None,
    is_rendered: bool,
) -> None:
    def job(suspended: bool | None) -> dict[str, Any]:
        return minimal_job(scheduling={} if suspended is None else {"suspended": suspended})

    file = write_job(repository, job(before))
    if is_rendered:
        pipeline.render(repository)
    commit(repository)
    write_job(repository, job(after))
    assert places(repository) == ([(rule, file, pointer)] if rule else [])


TOLERATING = "clusters: {c1: {pods: {tolerations: [{key: training}]}}}\n"


def test_a_cluster_that_says_something_else_of_nodes_is_no_edit_elsewhere(
    repository: Path,
) -> None:
    platform(repository, TOLERATING)
    file = write_job(repository, placed(clusters="c1"))
    pipeline.render(repository)
    commit(repository)
    # Its tolerations move from the RayJob into an override, and c1 sees no difference.
    write_job(repository, placed(clusters="c1 c2"))
    assert places(repository) == [("base/new-copy", file, "/targetClusters/1")]


@pytest.mark.parametrize("clusters", ["c1", "c1 c2"])
@pytest.mark.parametrize("is_rendered", [True, False])
def test_nodes_of_a_cluster_that_change_are_said_once(
    repository: Path, clusters: str, is_rendered: bool
) -> None:
    write_job(repository, placed(clusters=clusters))
    if is_rendered:
        pipeline.render(repository)
    commit(repository)
    platform(repository, TOLERATING)
    (found,) = changes(repository)
    assert (found.rule.id, found.file, found.pointer) == (
        "base/rerendered",
        "platform.yaml",
        "/clusters/c1",
    )
    if is_rendered:
        pipeline.render(repository)
    commit(repository)
    platform(repository, TOLERATING.replace("training", "other"))
    (found,) = changes(repository)
    assert found.pointer == "/clusters/c1/pods/tolerations"


def test_another_queue_is_an_edit(repository: Path) -> None:
    platform(repository, "scheduling: {queueing: kueue}\n")
    file = write_job(repository, placed(queue="day"))
    commit(repository)
    write_job(repository, placed(queue="night"))
    assert places(repository) == [("base/edited-job", file, "/jobName")]
    platform(repository, "scheduling: {queueing: volcano}\n")
    write_job(repository, placed(queue="day"))
    (found,) = changes(repository)
    assert (found.rule.id, found.pointer) == ("base/rerendered", "/scheduling/queueing")


# Git


def test_only_a_ref_counts_not_the_work_tree_or_the_index(repository: Path) -> None:
    write_job(repository, minimal_job())
    commit(repository)
    git(repository, "tag", "base")
    write_job(repository, minimal_job(entrypoint="python b.py"))
    commit(repository)
    status = git(repository, "status", "--porcelain")
    assert places(repository) == []
    (found,) = changes(repository, "base")
    assert found.rule.id == "base/edited-job"
    assert changes(repository, git(repository, "rev-parse", "base"))
    assert git(repository, "status", "--porcelain") == status


def test_a_root_in_a_subdirectory(repository: Path) -> None:
    root = repository / "inner" / "deep"
    file = write_job(root, minimal_job())
    write_job(repository, minimal_job("outer"))
    commit(repository)
    assert changes(root) == []
    write_job(root, minimal_job(entrypoint="python b.py"))
    assert places(root) == [("base/edited-job", file, "/jobName")]
    assert git(repository, "rev-parse", "--show-prefix") == ""


def test_a_repository_named_by_the_environment_is_not_read(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_job(repository, minimal_job())
    commit(repository)
    monkeypatch.setenv("GIT_DIR", "elsewhere")
    assert changes(repository) == []


@pytest.mark.parametrize("ref", ["nothing", "-x", "--output=x", "", "HEAD:jobs", "^HEAD", "a\0b"])
def test_a_ref_that_is_none(repository: Path, ref: str) -> None:
    write_job(repository, minimal_job())
    commit(repository)
    (found,) = changes(repository, ref)
    assert (found.rule.id, found.is_error, found.file) == ("base/unreadable", True, None)
    assert found.hint
    assert ("dash" in found.message) == ref.startswith("-")


def test_a_shallow_clone_says_what_to_fetch(repository: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    write_job(source, minimal_job())
    for _ in range(2):
        commit(source)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", source.as_uri(), str(clone))
    (found,) = changes(clone, "HEAD~1")
    assert "shallow" in found.message
    assert "fetch-depth: 0" in found.hint
    assert changes(clone, "origin/main") == []


def test_a_partial_clone_is_not_fetched_from(repository: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    write_job(source, minimal_job())
    commit(source)
    git(source, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    git(
        tmp_path,
        *("clone", "-q", "--filter=blob:none", "--no-checkout", source.as_uri(), str(clone)),
    )
    (clone / "jobs").mkdir()
    (found,) = changes(clone)
    assert found.rule.id == "base/unreadable"
    assert "--filter" in found.hint


def test_no_repository_and_no_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(repository.parent))
    write_job(repository, minimal_job())
    (found,) = changes(repository)
    assert found.rule.id == "base/unreadable"
    assert "not a git repository" in found.message
    monkeypatch.setenv("PATH", str(repository))
    (found,) = changes(repository)
    assert (found.rule.id, found.hint) == (
        "base/unreadable",
        "install git outside of this repository",
    )


@pytest.mark.parametrize("script", ["exit 3", "kill -9 $$", "echo nonsense"])
def test_a_git_that_fails_is_a_finding(
    repository: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
) -> None:
    tmp_path = tmp_path_factory.mktemp("outside")
    write_job(repository, minimal_job())
    wrapper(tmp_path / "bin", script)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    assert [found.rule.id for found in changes(repository)] == ["base/unreadable"]


def test_a_git_that_hangs_is_ended(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path = tmp_path_factory.mktemp("outside")
    write_job(repository, minimal_job())
    wrapper(tmp_path / "bin", "exec sleep 60")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setattr("generator.source.git._TIMEOUT_SECONDS", 0.2)
    (found,) = changes(repository)
    assert "longer than" in found.message


def test_the_number_of_processes_does_not_grow_with_the_jobs(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path = tmp_path_factory.mktemp("outside")
    log, real = tmp_path / "log", shutil.which("git")
    directory = tmp_path / "bin"
    wrapper(directory, f'echo called >> "{log}"; exec "{real}" "$@"')
    ran = []
    for first, last in ((0, 1), (1, 300)):
        for number in range(first, last):
            write_job(repository, minimal_job(f"job-{number}"))
        commit(repository)
        log.write_text("")
        with monkeypatch.context() as patch:
            patch.setenv("PATH", f"{directory}:{os.environ['PATH']}")
            assert changes(repository) == []
        ran.append(len(log.read_text().splitlines()))
    assert ran == [5, 5]


def test_only_regular_files_of_a_size_and_in_utf8_have_texts(repository: Path) -> None:
    made: dict[str, Callable[[Path], object]] = {
        "jobs/good/params.json": lambda path: path.write_text("{}"),
        "jobs/same/params.json": lambda path: path.write_text("{}"),
        "jobs/link/params.json": lambda path: path.symlink_to("elsewhere"),
        "jobs/large/params.json": lambda path: path.write_text(" " * (2**20 + 1)),
        "jobs/latin/params.json": lambda path: path.write_bytes(b'"\xe9"'),
        "jobs/a\nb/params.json": lambda path: path.write_text("{}"),
        "jobs/good/other.json": lambda path: path.write_text("{}"),
        "jobs:/params.json": lambda path: path.write_text("{}"),
    }
    for path, write in made.items():
        (repository / path).parent.mkdir(parents=True, exist_ok=True)
        write(repository / path)
    commit(repository)
    tree, problems = read_tree(repository, "HEAD", ["jobs"], lambda p: p.endswith("params.json"))
    assert tree is not None
    assert problems == ()
    assert tree.texts == dict.fromkeys(["jobs/good/params.json", "jobs/same/params.json"], "{}")
    unusable = [f"jobs/{name}/params.json" for name in ("large", "latin", "link")]
    assert sorted(tree.unusable) == unusable


def test_names_are_listed_up_to_ten() -> None:
    assert listed("ba") == "a, b"
    assert listed("abcdefghij").endswith("i, j")
    assert listed("abcdefghijk") == "a, b, c, d, e, f, g, h, i, j and 1 more"


def test_the_report_of_an_edit_is_not_cut_short(repository: Path) -> None:
    """Drift and conformance are judged in the same pass."""
    write_job(repository, minimal_job())
    pipeline.render(repository)
    commit(repository)
    write_job(repository, minimal_job(entrypoint="python b.py"))
    outcome = pipeline.check(repository, conformance="embedded", base="HEAD")
    rules = {found.rule.id for found in outcome.diagnostics if found.is_error}
    assert rules == {"base/edited-job", "rendered/stale"}
