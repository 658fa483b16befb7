"""Endpoints: a bucket that boto3 would repeat, and storages that do not speak S3."""

from __future__ import annotations

from typing import Any

import pytest

from generator.diagnostics import Diagnostic
from generator.model.job.job import Job
from generator.model.platform.model import Platform
from generator.rules.job.job import check_job
from tests.helpers.jobs import minimal_job

CONTAINER: dict[str, Any] = {
    "algorithm": {"source": "container", "algorithmName": "resnet"},
    "headImage": "registry.example/t/x:1",
    "workerImage": "registry.example/t/x:1",
    "entrypoint": "python t.py",
}
ENDPOINT = "/inputDataConfig/0/endpoint"


def reading(endpoint: str, bucket: str = "data", **changes: Any) -> dict[str, Any]:
    """A job both of whose channels read there."""
    job = minimal_job(**changes)
    for channel in job["inputDataConfig"]:
        channel |= {"endpoint": endpoint, "bucket": bucket}
    return job


def found(job: dict[str, Any]) -> list[Diagnostic]:
    every = check_job(Job.model_validate(job), Platform())
    return [one for one in every if one.rule.id.startswith(("storage/", "job/channel"))]


@pytest.mark.parametrize(
    ("endpoint", "bucket", "without"),
    [
        (
            "https://data.s3.eu-central-1.amazonaws.com",
            "data",
            "https://s3.eu-central-1.amazonaws.com",
        ),
        ("https://DATA.S3.amazonaws.com", "data", "https://s3.amazonaws.com"),
        ("https://data.s3-eu-west-1.amazonaws.com", "data", "https://s3-eu-west-1.amazonaws.com"),
        (
            "https://data.s3.cn-north-1.amazonaws.com.cn",
            "data",
            "https://s3.cn-north-1.amazonaws.com.cn",
        ),
        (
            "https://data.s3-accelerate.amazonaws.com",
            "data",
            "https://s3-accelerate.amazonaws.com",
        ),
        ("https://data.storage.googleapis.com", "data", "https://storage.googleapis.com"),
        ("http://data.minio.local:9000", "data", "http://minio.local:9000"),
        ("http://data.minio.local:9000/", "data", "http://minio.local:9000"),
        ("https://data.minio.local", "Data", "https://minio.local"),
        ("https://my.bucket.minio.local", "my.bucket", "https://minio.local"),
        ("http://data.minio.team.svc:9000", "data", "http://minio.team.svc:9000"),
        ("http://data.localhost:9000", "data", "http://localhost:9000"),
        ("https://minio.local/data", "data", "https://minio.local"),
        ("https://minio.local/s3/data/", "data", "https://minio.local/s3"),
        ("http://10.0.0.1:9000/data", "data", "http://10.0.0.1:9000"),
    ],
)
def test_a_bucket_in_the_endpoint_would_be_repeated(
    endpoint: str, bucket: str, without: str
) -> None:
    (one,) = found(reading(endpoint, bucket))
    assert (one.rule.id, one.pointer, one.is_error) == ("storage/repeated-bucket", ENDPOINT, False)
    assert one.hint.endswith(f": {without}")


@pytest.mark.parametrize(
    ("endpoint", "bucket"),
    [
        ("https://s3.amazonaws.com", "s3"),
        ("https://s3.eu-central-1.amazonaws.com", "s3"),
        ("https://s3.example", "s3"),
        ("https://storage.googleapis.com", "storage"),
        ("https://minio.local", "minio"),
        ("https://minio.local", "minio.local"),
        ("http://minio.team.svc:9000", "minio"),
        ("http://minio.minio.svc.cluster.local:9000", "minio"),
        ("http://minio:9000", "minio"),
        ("https://minio.example.com:9000", "minio"),
        ("https://ceph.company.internal", "ceph"),
        ("https://object-storage.example.com", "object-storage"),
        ("https://data-lake.s3.amazonaws.com", "data"),
        ("https://database.example.com", "data"),
        ("https://s3.data.example.com", "data"),
        ("https://minio.local/data-lake", "data"),
        ("http://10.0.0.1:9000", "10"),
        ("http://[::1]:9000", "data"),
    ],
)
def test_a_host_that_is_no_bucket(endpoint: str, bucket: str) -> None:
    assert [one for one in found(reading(endpoint, bucket)) if "bucket" in one.rule.id] == []


def test_an_endpoint_with_a_password_does_not_show_it() -> None:
    (one,) = found(reading("https://user:EXAMPLE@data.minio.local"))
    assert "EXAMPLE" not in f"{one.message} {one.hint}"


def test_a_channel_in_another_storage_is_one_mistake() -> None:
    job = minimal_job()
    job["inputDataConfig"][1]["endpoint"] = "https://data.minio.local"
    assert [one.rule.id for one in found(job)] == ["job/channel-storage"]


@pytest.mark.parametrize("algorithm", ["xgboost", "lightgbm", "pytorch", "tensorflow", "jax"])
@pytest.mark.parametrize(
    "endpoint",
    [
        "https://account.blob.core.windows.net",
        "https://ACCOUNT.blob.core.windows.net/container",
        "https://account.dfs.core.windows.net",
        "https://account.privatelink.blob.core.windows.net:443",
        "https://account.blob.core.usgovcloudapi.net",
        "https://account.blob.core.chinacloudapi.cn",
        "https://account.z12.blob.storage.azure.net",
    ],
)
def test_azure_does_not_speak_s3(endpoint: str, algorithm: str) -> None:
    (one,) = found(reading(endpoint, algorithm={"algorithmName": algorithm}))
    assert (one.rule.id, one.pointer, one.is_error) == ("storage/provider", ENDPOINT, True)


@pytest.mark.parametrize(
    "endpoint", ["https://data.blob.core.windows.net", "https://a.blob.core.windows.net/data"]
)
def test_a_container_may_read_azure(endpoint: str) -> None:
    assert found(reading(endpoint, **CONTAINER)) == []


@pytest.mark.parametrize("channels", [(0,), (1,), (0, 1)])
@pytest.mark.parametrize(
    "endpoint", ["https://gateway.example", "https://data.blob.core.windows.net"]
)
def test_a_provider_that_is_azure_is_said_once(channels: tuple[int, ...], endpoint: str) -> None:
    job = reading(endpoint)
    for index in channels:
        job["inputDataConfig"][index]["storageProvider"] = "azure"
    (one,) = found(job)
    pointer = f"/inputDataConfig/{channels[0]}/storageProvider"
    assert (one.rule.id, one.pointer) == ("storage/provider", pointer)


@pytest.mark.parametrize("provider", ["aws", "minio", "gcs", "custom"])
def test_other_providers_speak_s3(provider: str) -> None:
    job = reading("https://storage.example")
    for channel in job["inputDataConfig"]:
        channel["storageProvider"] = provider
    assert found(job) == []


def test_the_script_of_a_container_may_read_from_azure() -> None:
    job = reading("https://account.blob.core.windows.net", **CONTAINER)
    job["inputDataConfig"][0]["storageProvider"] = "azure"
    assert found(job) == []


@pytest.mark.parametrize(
    "endpoint", ["https://windows.net.example", "https://core.windows.net.minio.local"]
)
def test_a_host_that_only_looks_like_azures(endpoint: str) -> None:
    assert found(reading(endpoint)) == []
