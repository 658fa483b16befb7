"""Secrets of a tenant where the endpoint chooses among profiles: what the command line says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.bounds import platform
from tests.helpers.command import rayjobs
from tests.helpers.jobs import minimal_job, write_job

PROFILES = """
credentials:
  secretName: everyone
  profiles:
  - {secretName: minio, endpoints: ["https://minio.local"]}
  - {secretName: vault, source: members, endpoints: ["https://there.example:9000"]}
"""
TENANTS = "tenants: {team: {secrets: [minio, vault]}, other: {secrets: [everyone]}}\n"


def job_at(endpoint: str | None, name: str = "train-1", **changes: Any) -> dict[str, Any]:
    """A job whose channels are at an endpoint; without one the channels are a template's."""
    job = minimal_job(name, **changes)
    if endpoint is None:
        del job["inputDataConfig"]
    for channel in job.get("inputDataConfig", ()):
        channel["endpoint"] = endpoint
    return job


def line_of(root: Path, file: str, text: str) -> int:
    lines = (root / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize(
    "endpoint", ["https://minio.local", "HTTPS://Minio.Local:443/", "https://there.example:9000"]
)
def test_the_secret_of_the_profile_is_what_counts(repository: Path, endpoint: str) -> None:
    platform(repository, PROFILES + TENANTS)
    write_job(repository, job_at(endpoint))
    ran = rayjobs("validate", "--root", repository)
    assert (ran.returncode, "tenant/secret" in ran.stdout) == (0, False)
    file = write_job(repository, job_at(endpoint), "other/train-1")
    (repository / "jobs/team/train-1/params.json").unlink()
    secret = "vault" if "there" in endpoint else "minio"
    ran = rayjobs("validate", "--root", repository)
    assert ran.returncode == 1
    place = f"{file}:{line_of(repository, file, endpoint)}:19"
    assert (
        f'{place}: error[tenant/secret]: the tenant "other" may not use the Secret "{secret}", '
        "which has the keys of this endpoint\n"
    ) in ran.stdout
    assert 'hint: read from where the keys are in "everyone"\n' in ran.stdout


@pytest.mark.parametrize(
    "endpoint", ["http://minio.local", "https://minio.local:9000", "https://there.example"]
)
def test_an_endpoint_of_no_profile_has_the_secret_of_all_others(
    repository: Path, endpoint: str
) -> None:
    platform(repository, PROFILES + TENANTS)
    file = write_job(repository, job_at(endpoint))
    ran = rayjobs("validate", "--root", repository)
    assert ran.returncode == 1
    assert f"{file}:{line_of(repository, file, endpoint)}:19: error[tenant/secret]" in ran.stdout
    assert 'the tenant "team" may not use the Secret "everyone"' in ran.stdout
    assert 'hint: read from where the keys are in "minio" or "vault"\n' in ran.stdout


def test_nothing_is_rendered_for_a_secret_that_is_not_the_tenants(repository: Path) -> None:
    platform(repository, PROFILES + TENANTS)
    write_job(repository, job_at("https://minio.local"), "other/train-1")
    assert rayjobs("render", "--root", repository).returncode == 1
    assert not (repository / "rendered").exists()


def test_an_endpoint_that_a_template_gives_is_said_at_the_templates_line(
    repository: Path,
) -> None:
    file = "templates/all.json"
    (repository / "templates").mkdir()
    channels = job_at("https://elsewhere.example")["inputDataConfig"]
    text = json.dumps({"inputDataConfig": channels}, indent=1)
    (repository / file).write_text(text, encoding="utf-8")
    platform(repository, f"{PROFILES}{TENANTS}templates: {{all: {{file: {file}}}}}\n")
    write_job(repository, job_at(None, template="all"))
    ran = rayjobs("validate", "--root", repository)
    assert ran.returncode == 1
    line = line_of(repository, file, "elsewhere")
    assert f"{file}:{line}:16: error[tenant/secret]: " in ran.stdout
