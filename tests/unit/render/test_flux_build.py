"""Flux builds all of rendered/ as it is, whatever its names: what stops it stops all tenants."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.helpers.command import ROOT, rayjobs
from tests.helpers.jobs import minimal_job, write_job
from tests.helpers.yaml_emitter import TRICKY

PROGRAM = ROOT / ".tools" / "bin" / "flux-build"
LABELS = [
    "base", "chart", "cloudbuild", "codeship-services", "component", "components", "credentials",
    "false", "flux", "git", "github", "helm", "helmrelease", "kustomization-1", "kustomizations",
    "kustomize", "list", "n", "no", "null", "off", "quota", "resources", "storage", "true",
    "values", "x-kustomization", "y", "yes",
]  # fmt: skip
"""Names of what tools look for in a directory, and words that YAML does not take for texts."""
SUBDOMAINS = [
    *LABELS, "0", "0x1f", "1", "1.0", "1e3", "chart.yaml", "github.com", "kustomization.yaml",
    "kustomization.yml", "values.yaml", "x.git", "x.json", "x.jsonnet", "x.tar.gz", "x.yml",
    "x.zip",
]  # fmt: skip
"""The same, with names that a claim or a Secret may have, and a job or a namespace may not."""
TEXTS = st.sampled_from(TRICKY).filter(lambda text: len(text) < 250) | st.text(max_size=20)
LABEL = st.sampled_from(LABELS) | st.from_regex(r"\A[a-z]([-a-z0-9]{0,8}[a-z0-9])?\Z")
SUBDOMAIN = st.sampled_from(SUBDOMAINS) | st.from_regex(r"\A[a-z0-9]([-.a-z0-9]{0,8}[a-z0-9])?\Z")


@pytest.fixture(scope="module", autouse=True)
def _program() -> None:
    if not PROGRAM.exists():
        assert os.environ.get("RAYJOBS_REQUIRE_TOOLS") != "1", "flux-build is required here"
        pytest.skip("flux-build is not installed: `make tools` installs it (needs Go)")


def build(*directories: Path) -> list[Any]:
    """What Flux makes of each directory, of which it gets a copy: its objects, and its error."""
    with tempfile.TemporaryDirectory() as place:
        copies = [Path(place, str(number)) for number, _ in enumerate(directories)]
        for directory, copied in zip(directories, copies, strict=True):
            shutil.copytree(directory, copied)
        ran = subprocess.run(
            [PROGRAM], input="\n".join(map(str, copies)), capture_output=True, text=True, check=True
        )
    return [json.loads(line) for line in ran.stdout.splitlines()]


def assert_applied_whole(*directories: Path) -> None:
    """Flux applies what the files of each directory say: no object more, less or other."""
    for directory, built in zip(directories, build(*directories), strict=True):
        assert not built["error"], built["error"]
        files = sorted(directory.rglob("*.yaml"))
        written = [one for file in files for one in yaml.safe_load_all(file.read_text("utf-8"))]
        assert written
        assert in_order(built["objects"]) == in_order(written)


def in_order(objects: list[Any]) -> list[str]:
    return sorted(json.dumps(one, sort_keys=True) for one in objects)


def test_the_samples(sample: Path) -> None:
    assert rayjobs("sync", "flux", "--root", sample).returncode == 0
    rendered = sample / "rendered"
    namespaces = sample / "sync" / "flux" / "namespaces"
    assert_applied_whole(rendered, *sorted(rendered.iterdir()), namespaces)


NAMES = st.fixed_dictionaries(
    {"jobName": LABEL, "namespace": LABEL, "pvcName": SUBDOMAIN, "text": TEXTS, "folder": LABEL}
)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(st.lists(NAMES, min_size=1, max_size=5), st.lists(LABEL, max_size=3), SUBDOMAIN)
def test_any_names_that_are_taken(
    jobs: list[dict[str, str]], namespaces: list[str], secret: str
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        for number, one in enumerate(jobs):
            named = {key: one[key] for key in ("jobName", "namespace", "pvcName")}
            job = minimal_job() | named | {"customHyperparameters": {"text": one["text"]}}
            write_job(root, job, f"{one['folder']}/{number}")
        platform = {"credentials": {"secretName": secret}, "namespaces": sorted({*namespaces})}
        (root / "platform.yaml").write_text(json.dumps(platform))
        assume(rayjobs("render", "--root", root).returncode == 0)
        assert rayjobs("sync", "flux", "--root", root).returncode == 0
        assert_applied_whole(root / "rendered", root / "sync" / "flux" / "namespaces")


def test_each_awkward_name(repository: Path) -> None:
    """One tree that has them all: a job, a namespace, a claim and a Secret of each."""
    texts = [text for text in TRICKY if not {"$", "`"} & {*text} and text.isprintable()]
    for number, name in enumerate(LABELS):
        text = {"customHyperparameters": {f"text_{n}": one for n, one in enumerate(texts)}}
        job = minimal_job(f"{name}-job", namespace=name, pvcName=SUBDOMAINS[number])
        write_job(repository, job | (text if number == 0 else {}))
    for number, name in enumerate(SUBDOMAINS):
        job = minimal_job(f"a-{number}", namespace="team", pvcName=f"{name}.c")
        write_job(repository, job)
    for name in LABELS:
        if name not in ("quota", "namespace"):
            write_job(repository, minimal_job(name, pvcName="results"), f"team/{name}")
    profiles = [
        {"endpoints": [f"https://{number}.example"], "secretName": name}
        for number, name in enumerate(SUBDOMAINS)
    ]
    (repository / "platform.yaml").write_text(
        json.dumps({"namespaces": LABELS, "credentials": {"profiles": profiles}})
    )
    ran = rayjobs("render", "--root", repository)
    assert ran.returncode == 0, ran.stdout
    assert_applied_whole(repository / "rendered")


def test_the_name_that_is_refused_stops_all(sample: Path) -> None:
    team = sample / "rendered" / "team-text"
    (team / "train-topics-1.yaml").rename(team / "kustomization.yaml")
    (built,) = build(sample / "rendered")
    assert "invalid Kustomization" in built["error"]


def test_the_annotation_that_is_refused_loses_the_job(sample: Path) -> None:
    file = sample / "rendered" / "team-text" / "train-topics-1.yaml"
    ray_job, policy = yaml.safe_load_all(file.read_text())
    ray_job["metadata"]["annotations"] = {"config.kubernetes.io/local-config": "true"}
    file.write_text(yaml.safe_dump_all([ray_job, policy]))
    (built,) = build(file.parent)
    kinds = {(one["kind"], one["metadata"]["name"]) for one in built["objects"]}
    assert ("RayJob", "train-topics-1") not in kinds
    assert ("PropagationPolicy", "train-topics-1-propagation") in kinds
