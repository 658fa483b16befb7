"""What a RayJob and its ResourceBinding say together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from generator.karmada.job_state import Run, read_states, state_of, states_of, time_of
from tests.live.recorded import Recorded

JOB = {"metadata": {"name": "train-1", "namespace": "team"}, "spec": {}}


def binding(*placed: str, **said: dict[str, Any]) -> dict[str, Any]:
    return {
        "metadata": {"name": "train-1-rayjob", "namespace": "team"},
        "spec": {
            "resource": {"kind": "RayJob", "name": "train-1", "namespace": "team"},
            "clusters": [{"name": name} for name in placed],
        },
        "status": {
            "conditions": [{"type": "Scheduled", "status": "True", "reason": "Success"}],
            "aggregatedStatus": [{"clusterName": name, **one} for name, one in said.items()],
        },
    }


def run(deployment: str, job: str = "", end: str | None = None) -> dict[str, Any]:
    status = {"jobDeploymentStatus": deployment, "jobStatus": job}
    return {"applied": True, "status": {**status, **({"endTime": end} if end else {})}}


def test_a_rayjob_that_karmada_has_not_looked_at() -> None:
    state = state_of(JOB, None)
    assert (state.scheduled, state.clusters, state.runs) == (None, (), ())
    assert not state.has_ended


def test_a_copy_of_which_the_member_says_nothing_yet() -> None:
    state = state_of(JOB, binding("b", "a", b=run("Running", "RUNNING")))
    assert state.clusters == ("a", "b")
    assert state.runs == (Run("a"), Run("b", applied=True, deployment="Running", job="RUNNING"))


def test_it_ends_with_its_last_copy() -> None:
    first = run("Complete", "SUCCEEDED", "2026-11-01T10:00:00Z")
    second = run("Complete", "SUCCEEDED", "2026-11-01T11:00:00Z")
    state = state_of(JOB, binding("a", "b", a=first, b=second))
    assert state.has_ended
    assert not state.has_failed
    assert state.ended == datetime(2026, 11, 1, 11, tzinfo=UTC)
    going = state_of(JOB, binding("a", "b", a=first, b=run("Running", "RUNNING")))
    assert not going.has_ended
    assert going.ended is None


@pytest.mark.parametrize(
    ("deployment", "job"),
    [("Failed", "FAILED"), ("Failed", ""), ("ValidationFailed", ""), ("Complete", "FAILED")],
)
def test_one_copy_that_failed_is_a_job_that_failed(deployment: str, job: str) -> None:
    good = run("Complete", "SUCCEEDED")
    assert state_of(JOB, binding("a", "b", a=good, b=run(deployment, job))).has_failed


def test_why_no_cluster_was_chosen() -> None:
    refused = binding()
    message = "0/2 clusters are available: 2 cluster(s) did not match the placement"
    refused["status"]["conditions"] = [
        {"type": "Scheduled", "status": "False", "reason": "NoClusterFit", "message": message}
    ]
    state = state_of(JOB, refused)
    assert (state.scheduled, state.reason, state.message) == (False, "NoClusterFit", message)


def test_which_group_of_an_order_karmada_chose() -> None:
    chosen = binding("a")
    assert state_of(JOB, chosen).affinity == ""
    chosen["status"]["schedulerObservingAffinityName"] = "preference-2"
    assert state_of(JOB, chosen).affinity == "preference-2"


def test_bindings_of_other_kinds_are_no_jobs() -> None:
    claim = binding("a")
    claim["spec"]["resource"]["kind"] = "PersistentVolumeClaim"
    assert states_of([JOB], [claim])["team", "train-1"].clusters == ()


def test_all_are_read_from_two_lists(karmada: Recorded, kubeconfig: str) -> None:
    from generator.karmada.client.control_plane import connect

    other = {"metadata": {"name": "another", "namespace": "team"}, "spec": {}}
    karmada.hold("/apis/ray.io/v1/namespaces/team/rayjobs", JOB, other)
    bindings = "/apis/work.karmada.io/v1alpha2/namespaces/team/resourcebindings"
    karmada.hold(bindings, binding("a", a=run("Running", "RUNNING")))
    states = read_states(connect(kubeconfig))
    assert list(states) == [("team", "another"), ("team", "train-1")]
    assert states["team", "train-1"].runs[0].job == "RUNNING"
    assert len(karmada.asked) == 2


@pytest.mark.parametrize(
    "text", [None, "", "yesterday", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"]
)
def test_a_time_that_is_none(text: str | None) -> None:
    assert time_of(text) is None


def test_a_time_without_zone_is_utc() -> None:
    assert time_of("2026-11-01T10:00:00") == time_of("2026-11-01T10:00:00Z")
