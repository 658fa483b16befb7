"""A policy of somebody else that claimed first: ``rayjobs status`` and ``doctor`` name it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generator.karmada.client.control_plane import connect
from generator.karmada.watch import Watched
from tests.helpers.command import rayjobs
from tests.live.holders import (
    BINDINGS,
    CLAIM,
    EVERYTHING,
    JOB,
    NAMESPACE,
    RAYJOBS,
    SECRET,
    binding,
    examined,
    hold,
    of_namespace,
    own,
    problems,
    render,
)
from tests.live.recorded import Recorded
from tests.live.watch import changes_until, event

CLUSTERS = "/apis/cluster.karmada.io/v1alpha1/clusters"


@pytest.fixture
def rendered(repository: Path) -> Path:
    """A repository with one job, which may run on north or south."""
    return render(repository)


def test_a_cluster_policy_that_holds_the_job(
    rendered: Path, karmada: Recorded, kubeconfig: str
) -> None:
    hold(karmada, rendered, EVERYTHING, "north", "south", "west")
    words = (
        "ClusterPropagationPolicy everything holds the job in the place of rendered/'s policy: "
        "it is on north, south, west; rendered/ places it on one of north, south"
    )
    assert problems(rendered, kubeconfig) == [("foreign-policy", words)]
    table = rayjobs("status", "--kubeconfig", kubeconfig, cwd=rendered)
    assert (table.returncode, words in table.stdout) == (0, True)
    one = rayjobs("status", "train-a", "--kubeconfig", kubeconfig, cwd=rendered).stdout
    assert f"  {words}\n    what to do: on Karmada, narrow its resourceSelectors" in one
    # No copy has failed: the exit code is about that.
    (found,) = examined(rendered, kubeconfig)
    assert found["outcome"] == "problem"
    assert found["message"] == (
        "ClusterPropagationPolicy everything holds 1 object in the place of rendered/'s policy: "
        "RayJob team-text/train-a (on north, south, west; rendered/: one of north, south)"
    )
    assert found["hint"].endswith(
        "takes over; copies of a RayJob in other clusters end "
        '(docs/sync.md, "When somebody else\'s policy holds a job")'
    )
    assert found["hint"] in " ".join(one.split())


def test_what_own_policies_hold_is_well(rendered: Path, karmada: Recorded, kubeconfig: str) -> None:
    hold(karmada, rendered, own(JOB), "south")
    for of in (CLAIM, SECRET):
        karmada.hold(BINDINGS, binding(of, own(of), "north", "south"))
    rayjobs("status", "--kubeconfig", kubeconfig, cwd=rendered)
    assert sorted(karmada.asked) == [CLUSTERS, RAYJOBS, BINDINGS]
    assert problems(rendered, kubeconfig) == []
    assert [one["message"] for one in examined(rendered, kubeconfig)] == [
        "no other policy holds any of 3 objects of rendered/"
    ]


def test_a_policy_that_holds_all_that_a_job_needs_is_one_problem(
    rendered: Path, karmada: Recorded, kubeconfig: str
) -> None:
    hold(karmada, rendered, EVERYTHING, "south", "west")
    karmada.hold(BINDINGS, binding(CLAIM, EVERYTHING, "west"), binding(SECRET, own(SECRET)))
    assert problems(rendered, kubeconfig) == [
        (
            "foreign-policy",
            "ClusterPropagationPolicy everything holds the job, PersistentVolumeClaim results in "
            "the place of rendered/'s policy: it is on south, west; rendered/ places it on one of "
            "north, south; PersistentVolumeClaim results is not on south",
        )
    ]
    (found,) = examined(rendered, kubeconfig)
    assert "other clusters end; claims and Secrets in other clusters may be " in found["hint"]


@pytest.mark.parametrize("of", [CLAIM, SECRET])
def test_a_policy_that_holds_what_the_job_needs(
    of: tuple[str, str], rendered: Path, karmada: Recorded, kubeconfig: str
) -> None:
    hold(karmada, rendered, own(JOB), "south")
    karmada.hold(BINDINGS, binding(of, of_namespace("all"), "north"))
    # Who may not read Secrets is told of them all the same.
    karmada.statuses[f"/api/v1/namespaces/{NAMESPACE}/secrets/s3-credentials"] = [403]
    kind, name = of
    assert problems(rendered, kubeconfig) == [
        (
            "foreign-policy",
            f"PropagationPolicy team-text/all holds {kind} {name} in the place of rendered/'s "
            f"policy: {kind} {name} is not on south",
        )
    ]
    (found,) = examined(rendered, kubeconfig)
    assert found["about"] == [f"{kind} team-text/{name} (on north; rendered/: north, south)"]
    assert "takes over; claims and Secrets in other clusters may be deleted, " in found["hint"]
    one = rayjobs("status", "train-a", "--kubeconfig", kubeconfig, cwd=rendered).stdout
    assert found["hint"] in " ".join(one.split())


def test_an_external_secret_that_another_policy_holds(
    repository: Path, karmada: Recorded, kubeconfig: str
) -> None:
    external = (
        "credentials:\n  source: external\n  external:\n    store: {name: vault}\n"
        "    accessKey: {key: a}\n    secretKey: {key: b}\n"
    )
    root = render(repository, external)
    hold(karmada, root, own(JOB), "south")
    of = ("ExternalSecret", "s3-credentials")
    karmada.hold(BINDINGS, binding(of, EVERYTHING, "north", "south"))
    # It is where the job is, for now.
    assert problems(root, kubeconfig) == [
        (
            "foreign-policy",
            "ClusterPropagationPolicy everything holds ExternalSecret s3-credentials in the place "
            "of rendered/'s policy",
        )
    ]
    assert [one["outcome"] for one in examined(root, kubeconfig)] == ["problem"]


def test_what_rendered_has_no_policy_for_may_be_anybodys(
    repository: Path, karmada: Recorded, kubeconfig: str
) -> None:
    existing = f"{{name: results, namespace: {NAMESPACE}, clusters: [north, south]}}"
    platform = (
        f"storage: {{existingClaims: [{existing}]}}\n"
        "credentials: {source: members}\n"
    )  # fmt: skip
    root = render(repository, platform)
    hold(karmada, root, own(JOB), "south")
    karmada.hold(BINDINGS, *(binding(of, EVERYTHING, "north") for of in (CLAIM, SECRET)))
    assert problems(root, kubeconfig) == []
    assert [one["outcome"] for one in examined(root, kubeconfig)] == ["ok"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scheduling": {"mode": "ordered"}}, "the first of north, south"),
        ({"scheduling": {"mode": "all"}}, "north, south"),
        ({"targetClusters": ["north"]}, "north"),
    ],
)
def test_where_rendered_places_it(
    changes: dict[str, Any], words: str, repository: Path, karmada: Recorded, kubeconfig: str
) -> None:
    root = render(repository, **changes)
    hold(karmada, root, EVERYTHING)
    ((_, message),) = problems(root, kubeconfig)
    assert message.endswith(f"it is on no cluster; rendered/ places it on {words}")


def test_nobody_has_claimed_it_yet(rendered: Path, karmada: Recorded, kubeconfig: str) -> None:
    hold(karmada, rendered, {}, "south")
    karmada.hold(BINDINGS, binding(CLAIM, {}, "north"))
    assert problems(rendered, kubeconfig) == []
    assert [one["outcome"] for one in examined(rendered, kubeconfig)] == ["ok"]


def test_a_cluster_that_rendered_does_not_name(
    rendered: Path, karmada: Recorded, kubeconfig: str
) -> None:
    hold(karmada, rendered, own(JOB), "west")
    requiring = {"requiredBy": [{"name": "x-deployment", "clusters": [{"name": "east"}]}]}
    karmada.hold(BINDINGS, binding(SECRET, own(SECRET), "north", **requiring))
    assert problems(rendered, kubeconfig) == [
        ("elsewhere", "it is on west, where rendered/ does not place it")
    ]
    (found,) = examined(rendered, kubeconfig)
    assert (found["outcome"], found["about"]) == (
        "warning",
        [
            "Secret team-text/s3-credentials (on east, north; rendered/: north, south)",
            "RayJob team-text/train-a (on west; rendered/: one of north, south)",
        ],
    )


@pytest.mark.parametrize(
    "spec", ["null", "5", "{placement: 5}", "{placement: {clusterAffinity: {clusterNames: [1]}}}"]
)
def test_a_rendered_policy_that_was_edited(
    spec: str, rendered: Path, karmada: Recorded, kubeconfig: str
) -> None:
    hold(karmada, rendered, EVERYTHING, "north")
    file = rendered / "rendered" / NAMESPACE / "train-a.yaml"
    head = file.read_text(encoding="utf-8").partition("kind: PropagationPolicy")[0]
    metadata = "metadata: {name: train-a-propagation, namespace: team-text}"
    file.write_text(f"{head}kind: PropagationPolicy\n{metadata}\nspec: {spec}\n", encoding="utf-8")
    assert problems(rendered, kubeconfig) == []


def test_a_watch_keeps_up_with_what_jobs_share(karmada: Recorded, kubeconfig: str) -> None:
    before, after = binding(CLAIM, own(CLAIM), "north"), binding(CLAIM, EVERYTHING, "south")
    karmada.hold(RAYJOBS)
    karmada.hold(BINDINGS, before)
    karmada.events[BINDINGS] = [event("MODIFIED", after)]
    watched = Watched(connect(kubeconfig), pause_seconds=0.01)
    watched.start()
    key = ("PersistentVolumeClaim", NAMESPACE, "results")
    assert watched.shared[key].policy == "PropagationPolicy team-text/results-propagation"
    karmada.lists[BINDINGS] = [after]
    changes_until(watched, lambda: watched.shared[key].clusters == ("south",))
    assert watched.shared[key].policy == "ClusterPropagationPolicy everything"
    karmada.lists[BINDINGS] = []
    changes_until(watched, lambda: key not in watched.shared)
