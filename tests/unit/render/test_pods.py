"""What platform.yaml gives every pod: pull Secrets and a service account, the submitter's too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generator.render.pods import submitter_template
from tests.helpers.findings import found
from tests.helpers.jobs import Report, minimal_job, write_job
from tests.helpers.secrets import credentials_in, objects
from tests.helpers.storage import platform, pods
from tests.helpers.trees import errors

SETTINGS = """
pods:
  serviceAccountName: training
  imagePullSecrets:
  - {name: registry}
  - {name: mirror, source: members}
"""
NAMES = [{"name": "registry"}, {"name": "mirror"}]


@pytest.fixture
def job(repository: Path, report: Report) -> Any:
    """The RayJob of a job with a head image of its own."""
    platform(repository, SETTINGS)
    images = {"headImage": "registry.example/head:v1", "workerImage": "registry.example/worker:v1"}
    write_job(repository, minimal_job(**images))
    write_job(repository, minimal_job("b", targetClusters=["c2"]))
    assert report("render")["diagnostics"] == []
    assert errors(report("check", "--conformance", "embedded")) == []
    return objects(repository, "train-1")[0]


def test_every_pod_has_them(job: Any) -> None:
    submitter = job["spec"]["submitterPodTemplate"]["spec"]
    for pod in (submitter, *pods(job)):
        assert pod["serviceAccountName"] == "training"
        assert pod["imagePullSecrets"] == NAMES


def test_the_submitter_is_the_one_kuberay_would_make(job: Any) -> None:
    """As its GetSubmitterTemplate: without a command, KubeRay adds its own and the environment."""
    submitter = job["spec"]["submitterPodTemplate"]["spec"]
    assert submitter["restartPolicy"] == "Never"
    assert submitter["containers"] == [
        {
            "name": "ray-job-submitter",
            "image": "registry.example/head:v1",
            "resources": {
                "limits": {"cpu": "1", "memory": "1Gi"},
                "requests": {"cpu": "500m", "memory": "200Mi"},
            },
        }
    ]


@pytest.mark.usefixtures("job")
def test_a_pull_secret_is_propagated_unless_the_members_have_it(repository: Path) -> None:
    assert credentials_in(repository) == {"s3-credentials", "registry"}
    (policy,) = objects(repository, "credentials/registry")
    assert policy["metadata"]["name"] == "registry-propagation"
    spec = policy["spec"]
    assert spec["resourceSelectors"] == [{"apiVersion": "v1", "kind": "Secret", "name": "registry"}]
    assert spec["placement"]["clusterAffinity"]["clusterNames"] == ["c1", "c2"]
    assert spec["preserveResourcesOnDeletion"] is True


def test_without_settings_the_submitter_is_kuberays(repository: Path, report: Report) -> None:
    write_job(repository, minimal_job())
    assert report("render")["diagnostics"] == []
    made = objects(repository, "train-1")[0]
    assert "submitterPodTemplate" not in made["spec"]
    assert [set(pod) for pod in pods(made)] == [{"containers", "volumes"}] * 2


def test_what_is_added_stands_beside_what_a_submitter_needs() -> None:
    template: Any = submitter_template(
        "image:v1", {}, {"tolerations": [{"operator": "Exists"}]}, {}
    )
    assert set(template["spec"]) == {"tolerations", "containers", "restartPolicy"}


def test_a_job_called_like_a_pull_secret(repository: Path, report: Report) -> None:
    platform(repository, SETTINGS)
    file = write_job(repository, minimal_job("registry"))
    write_job(repository, minimal_job("mirror"))
    assert found(report("validate"), "fleet/name-taken") == [(file, "/jobName")]
