"""What tests of objects share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.helpers.command import rayjobs
from tests.helpers.jobs import minimal_job, write_job

MODES = (None, "all", "one-of", "ordered")


def objects(file: Path) -> list[Any]:
    return list(yaml.safe_load_all(file.read_text(encoding="utf-8")))


def kinds_rendered(repository: Path) -> set[tuple[str, str]]:
    """Group and kind of everything that jobs of every mode render to."""
    for number, mode in enumerate(MODES):
        changes = {"scheduling": {"mode": mode}} if mode else {}
        job = minimal_job(f"job-{number}", namespace="team", targetClusters=["a", "b"], **changes)
        write_job(repository, job)
    claim = "{name: own, namespace: team, sizeGB: 1, clusters: [a]}"
    quotas = "quotas: {team: {clusters: {a: {gpus: 1}}}}"
    keys = "{store: {name: s}, accessKey: {key: k, property: a}, secretKey: {key: k, property: b}}"
    clusters = "clusters: {a: {pods: {tolerations: [{key: training}]}}, b: {}}"
    text = (
        f"namespaces: [team]\nstorage: {{claims: [{claim}]}}\n{clusters}\n"
        f"credentials: {{source: external, external: {keys}}}\n{quotas}\n"
    )
    (repository / "platform.yaml").write_text(text, encoding="utf-8")
    assert rayjobs("render", "--root", repository).returncode == 0
    found = set()
    for file in (repository / "rendered").rglob("*.yaml"):
        for document in objects(file):
            group, _, _ = document["apiVersion"].rpartition("/")
            found.add((group, document["kind"]))
    return found
