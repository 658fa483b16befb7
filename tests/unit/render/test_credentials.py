"""Secrets: which a job gets, and how each comes into the members."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.model.platform.storage import canonical_endpoint
from tests.helpers.commits import commit, places
from tests.helpers.findings import found
from tests.helpers.jobs import Report, minimal_job, write_job
from tests.helpers.secrets import credentials_in, objects
from tests.helpers.storage import platform
from tests.helpers.trees import errors

KEYS = (
    "{store: {name: vault}, accessKey: {key: training/s3, property: id}, "
    "secretKey: {key: training/s3}}"
)
PROFILES = f"""
credentials:
  profiles:
  - {{secretName: minio, accessKey: id, endpoints: ["https://minio.local"]}}
  - {{secretName: there, source: members, endpoints: ["https://there.example"]}}
  - secretName: archive
    endpoints: ["https://s3.example", "http://s3.example"]
    source: external
    external: {KEYS}
"""


def job_at(endpoint: str, name: str = "train-1", **changes: Any) -> dict[str, Any]:
    job = minimal_job(name, **changes)
    for channel in job["inputDataConfig"]:
        channel["endpoint"] = endpoint
    return job


def keys_of(root: Path, name: str = "train-1") -> list[tuple[str, str, str]]:
    """Of head and workers: the variable, its Secret and its entry."""
    cluster = objects(root, name)[0]["spec"]["rayClusterSpec"]
    return [
        (entry["name"], reference["name"], reference["key"])
        for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])
        for entry in group["template"]["spec"]["containers"][0]["env"]
        for reference in [entry["valueFrom"]["secretKeyRef"]]
    ]


@pytest.mark.parametrize(
    ("endpoint", "secret", "entry"),
    [
        ("https://minio.local", "minio", "id"),
        ("HTTPS://Minio.Local:443/", "minio", "id"),
        ("https://minio.local:9000", "s3-credentials", "access-key"),
        ("http://minio.local", "s3-credentials", "access-key"),
        ("https://there.example", "there", "access-key"),
        ("http://s3.example:80", "archive", "access-key"),
    ],
)
def test_a_job_gets_the_secret_of_its_endpoint(
    repository: Path, report: Report, endpoint: str, secret: str, entry: str
) -> None:
    platform(repository, PROFILES)
    write_job(repository, job_at(endpoint))
    assert report("render")["diagnostics"] == []
    pair = [("S3_ACCESS_KEY", secret, entry), ("S3_SECRET_KEY", secret, "secret-key")]
    assert keys_of(repository) == pair * 2
    assert credentials_in(repository) == ({secret} - {"there"})


def test_each_secret_goes_where_its_jobs_run(repository: Path, report: Report) -> None:
    platform(repository, PROFILES)
    for name, endpoint, clusters in (
        ("a", "https://minio.local", ["c2"]),
        ("b", "https://minio.local/", ["c1"]),
        ("c", "https://other.example", ["c3"]),
    ):
        write_job(repository, job_at(endpoint, name, targetClusters=clusters))
    write_job(repository, job_at("https://s3.example", "d", namespace="team"))
    assert report("render")["diagnostics"] == []
    placed = {}
    for name in ("minio", "s3-credentials"):
        (policy,) = objects(repository, f"credentials/{name}")
        assert policy["spec"]["preserveResourcesOnDeletion"] is True
        placed[name] = policy["spec"]["placement"]["clusterAffinity"]["clusterNames"]
    assert placed == {"minio": ["c1", "c2"], "s3-credentials": ["c3"]}
    assert credentials_in(repository) == set(placed)
    assert credentials_in(repository, "team") == {"archive"}


def test_an_external_secret_is_rendered_with_its_policy(repository: Path, report: Report) -> None:
    platform(repository, PROFILES)
    write_job(repository, job_at("https://s3.example", targetClusters=["c1"]))
    assert report("render")["diagnostics"] == []
    external, policy = objects(repository, "credentials/archive")
    assert external == {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": "archive", "namespace": "default"},
        "spec": {
            "refreshInterval": "1h",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": "vault"},
            "target": {"name": "archive", "creationPolicy": "Owner", "deletionPolicy": "Retain"},
            "data": [
                {
                    "secretKey": "access-key",
                    "remoteRef": {"key": "training/s3", "property": "id"},
                },
                {"secretKey": "secret-key", "remoteRef": {"key": "training/s3"}},
            ],
        },
    }
    assert policy["metadata"]["name"] == "archive-propagation"
    assert policy["metadata"]["namespace"] == "default"
    assert policy["spec"]["resourceSelectors"] == [
        {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "name": "archive"}
    ]
    for checker in ("embedded", "auto"):
        assert errors(report("check", "--conformance", checker)) == []


def test_the_default_may_have_another_source(repository: Path, report: Report) -> None:
    store = KEYS.replace("name: vault", "name: own, kind: SecretStore")
    platform(repository, f"credentials: {{source: external, external: {store}}}\n")
    write_job(repository, minimal_job())
    assert report("render")["diagnostics"] == []
    external, _ = objects(repository, "credentials/s3-credentials")
    assert external["spec"]["secretStoreRef"] == {"kind": "SecretStore", "name": "own"}
    platform(repository, "credentials: {source: members}\n")
    removed = "rendered/default/credentials/s3-credentials.yaml"
    assert report("render")["plan"]["delete"] == [removed]
    assert keys_of(repository)[0] == ("S3_ACCESS_KEY", "s3-credentials", "access-key")


def test_profiles_may_share_a_secret(repository: Path, report: Report) -> None:
    platform(
        repository,
        "credentials:\n  profiles:\n"
        '  - {secretName: s3-credentials, accessKey: b, endpoints: ["https://b.example"]}\n',
    )
    write_job(repository, job_at("https://b.example", "b", targetClusters=["c2"]))
    write_job(repository, job_at("https://a.example", "a"))
    assert report("render")["diagnostics"] == []
    (policy,) = objects(repository, "credentials/s3-credentials")
    clusters = policy["spec"]["placement"]["clusterAffinity"]["clusterNames"]
    assert clusters == ["c1", "c2"]
    assert keys_of(repository, "b")[0] == ("S3_ACCESS_KEY", "s3-credentials", "b")


PROBLEMS = [
    ("credentials: {source: external}", "platform/external-secret", "/credentials/source"),
    (
        f"credentials: {{external: {KEYS}}}",
        "platform/external-secret",
        "/credentials/external",
    ),
    (
        f"credentials: {{source: external, secretKey: access-key, external: {KEYS}}}",
        "platform/external-secret",
        "/credentials/secretKey",
    ),
    (
        "credentials: {profiles: [{secretName: s3-credentials, source: members, "
        'endpoints: ["http://a"]}]}',
        "platform/secret-conflict",
        "/credentials/profiles/0/secretName",
    ),
    (
        f"credentials: {{source: external, external: {KEYS}, profiles: [{{secretName: "
        f's3-credentials, source: external, external: {KEYS}, endpoints: ["http://a"]}}]}}',
        "platform/secret-conflict",
        "/credentials/profiles/0/secretName",
    ),
    (
        "pods: {imagePullSecrets: [{name: s3-credentials, source: members}]}",
        "platform/secret-conflict",
        "/pods/imagePullSecrets/0/name",
    ),
    (
        "pods: {imagePullSecrets: [{name: a}, {name: a}]}",
        "platform/secret-conflict",
        "/pods/imagePullSecrets/1/name",
    ),
    (
        'credentials: {profiles: [{secretName: a, endpoints: ["http://a", "http://A:80/"]}]}',
        "platform/duplicate-endpoint",
        "/credentials/profiles/0/endpoints/1",
    ),
]


@pytest.mark.parametrize(("text", "rule", "pointer"), PROBLEMS)
def test_what_is_wrong_with_a_secret_is_said_where_it_stands(
    repository: Path, report: Report, text: str, rule: str, pointer: str
) -> None:
    platform(repository, f"{text}\n")
    write_job(repository, minimal_job())
    (problem,) = report("render")["diagnostics"]
    assert (problem["rule"], problem["pointer"], problem["line"]) == (rule, pointer, 1)
    assert not (repository / "rendered").exists()


@pytest.mark.parametrize(
    ("name", "endpoint", "taken"),
    [
        ("minio", "https://minio.local", True),
        ("archive", "https://s3.example", True),
        ("s3-credentials", "https://other.example", True),
        # Nothing is rendered of these, and no policy is called after them.
        ("s3-credentials", "https://minio.local", False),
        ("minio", "https://other.example", False),
        ("there", "https://there.example", False),
    ],
)
def test_a_job_called_like_a_secret(
    repository: Path, report: Report, name: str, endpoint: str, taken: bool
) -> None:
    platform(repository, PROFILES)
    file = write_job(repository, job_at(endpoint, name))
    expected = [(file, "/jobName")] if taken else []
    assert found(report("validate"), "fleet/name-taken") == expected


def test_a_claim_called_like_the_secret_of_a_profile(repository: Path, report: Report) -> None:
    platform(repository, PROFILES)
    file = write_job(repository, job_at("https://s3.example", pvcName="archive"))
    assert found(report("validate"), "fleet/name-taken") == [(file, "/pvcName")]


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(["http", "https"]),
)
def test_an_endpoint_is_reduced_once(host: str, scheme: str) -> None:
    once = canonical_endpoint(f"{scheme}://{host}")
    assert canonical_endpoint(once) == once


def test_a_port_is_no_part_of_an_address() -> None:
    """An address of IPv6 that ends like another's port has keys of its own."""
    assert canonical_endpoint("http://[fd00::1:9000]") != canonical_endpoint(
        "http://[fd00::1]:9000"
    )
    assert canonical_endpoint("http://[FD00::1]:80/") == canonical_endpoint("http://[fd00::1]")


# Changes


def test_a_source_that_changes_is_said_once(repository: Path) -> None:
    write_job(repository, minimal_job())
    write_job(repository, minimal_job("b", namespace="team"))
    commit(repository)
    platform(repository, f"credentials: {{source: external, external: {KEYS}}}\n")
    pointer = "/credentials/source"
    assert places(repository) == [("base/secret-source", "platform.yaml", pointer)]
    commit(repository)
    platform(repository, "")
    (again,) = places(repository)
    assert again[:2] == ("base/secret-source", "platform.yaml")


def test_a_secret_of_another_name_or_of_no_job_is_none(repository: Path) -> None:
    platform(repository, "pods: {imagePullSecrets: [{name: a, source: members}]}\n")
    write_job(repository, job_at("https://minio.local"))
    commit(repository)
    platform(repository, f"{PROFILES}pods: {{imagePullSecrets: [{{name: a}}]}}\n")
    # The job's keys come from another Secret: that is its RayJob's change, at its cause.
    assert places(repository) == [("base/rerendered", "platform.yaml", "/credentials/profiles")]


def test_of_two_settings_the_one_that_a_rayjob_has_is_the_cause(repository: Path) -> None:
    platform(repository, PROFILES)
    write_job(repository, job_at("https://s3.example"))
    commit(repository)
    script = "trainingScript: {region: eu-west-1}\n"
    platform(repository, PROFILES.replace("name: vault", "name: other") + script)
    assert places(repository) == [("base/rerendered", "platform.yaml", "/trainingScript/region")]


def test_a_store_that_changes_changes_no_rayjob(repository: Path) -> None:
    platform(repository, f"credentials: {{source: external, external: {KEYS}}}\n")
    write_job(repository, minimal_job())
    commit(repository)
    other = KEYS.replace("vault", "other")
    platform(repository, f"credentials: {{source: external, external: {other}}}\n")
    assert places(repository) == []
