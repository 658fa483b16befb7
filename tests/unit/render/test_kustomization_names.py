"""No name becomes kustomization.yaml, by which Flux and Argo CD would apply nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.jobs import Report, minimal_job, write_job

NAME = "kustomization"
PLATFORMS: dict[str, dict[str, Any]] = {
    "claim": {"storage": {"claimName": NAME}},
    "declared claim": {"storage": {"claims": [{"name": NAME, "sizeGB": 1, "clusters": ["c"]}]}},
    "namespace of a declared claim": {
        "storage": {"claims": [{"name": "a", "namespace": NAME, "sizeGB": 1, "clusters": ["c"]}]}
    },
    "Secret": {"credentials": {"secretName": NAME}},
    "Secret of an endpoint": {
        "credentials": {"profiles": [{"endpoints": ["https://a.example"], "secretName": NAME}]}
    },
    "Secret for pulling": {"pods": {"imagePullSecrets": [{"name": NAME}]}},
    "namespace": {"namespaces": [NAME]},
    "namespace of a quota": {"quotas": {NAME: {"gpus": 1}}},
}


@pytest.mark.parametrize("field", ["jobName", "pvcName", "namespace"])
def test_a_job_is_refused_at_its_line(repository: Path, report: Report, field: str) -> None:
    file = write_job(repository, minimal_job("a") | {field: NAME})
    found = report("validate")["diagnostics"]
    lines = (repository / file).read_text().splitlines()
    (one,) = (each for each in found if each["severity"] == "error")
    assert f'"{field}"' in lines[one["line"] - 1]
    assert "kustomization.yaml" in one["message"]


@pytest.mark.parametrize("name", PLATFORMS)
def test_platform_yaml_is_refused_at_its_line(repository: Path, report: Report, name: str) -> None:
    platform = PLATFORMS[name]
    rules = {"schema/value": "off", "job/reserved-name": "off"}
    text = yaml.safe_dump(platform, default_flow_style=False)
    (repository / "platform.yaml").write_text(text)
    write_job(repository, minimal_job("a"))
    (one,) = report("validate")["diagnostics"]
    assert NAME in text.splitlines()[one["line"] - 1]
    assert "kustomization.yaml" in one["message"]
    (repository / "platform.yaml").write_text(yaml.safe_dump({**platform, "rules": rules}))
    found = report("validate")["diagnostics"]
    assert [each["severity"] for each in found if "kustomization.yaml" in each["message"]] == [
        "error"
    ]


@pytest.mark.parametrize("name", ["kustomizations", "kustomization-1", "a-kustomization"])
def test_names_like_it_are_taken(repository: Path, report: Report, name: str) -> None:
    write_job(
        repository, minimal_job("a") | {"jobName": f"{name}-2", "pvcName": name, "namespace": name}
    )
    assert not report("validate")["diagnostics"]
