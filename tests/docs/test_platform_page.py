"""docs/platform.md and the example beside it: each setting there is, and nothing else."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.check import pipeline
from generator.check.outcome import checked
from generator.model.field_docs import all_fields, fields_called
from generator.model.platform.model import FILE, Platform
from tests.helpers.command import ROOT
from tests.helpers.jobs import minimal_job, write_job
from tools.markdown import anchor, plain, prose
from tools.platform_page import main as platform_page

PAGE = ROOT / "docs" / "platform.md"
EXAMPLE = ROOT / "docs" / "platform-example.yaml"
SETTINGS = {field.path: field for field in all_fields() if field.file == FILE}


def test_the_page_is_current() -> None:
    assert platform_page(["--check"]) == 0


def test_a_page_that_is_not_current_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "platform.md"
    assert platform_page(["--check", "--output", str(page)]) == 1
    assert platform_page(["--output", str(page)]) == 0
    assert platform_page(["--check", "--output", str(page)]) == 0
    page.write_text(page.read_text(encoding="utf-8") + "x", encoding="utf-8")
    assert platform_page(["--check", "--output", str(page)]) == 1


def test_the_page_has_every_setting_and_links_that_lead_somewhere() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for path in SETTINGS:
        assert f"## {path}\n" in text or f"| `{path}` |" in text
    rules = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    anchors = {
        "": {anchor(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)},
        "rules.md": set(re.findall(r'<a id="([^"]+)"></a>', rules)),
    }
    links = re.findall(r"\]\(([^)#]*)#([^)]*)\)", text)
    assert len(links) > len(anchors[""])
    assert all(fragment in anchors[file] for file, fragment in links)
    assert (PAGE.parent / "platform-example.yaml").is_file()


def test_a_row_has_as_many_cells_as_the_head() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    for row in rows:
        assert len(re.findall(r"(?<!\\)\|", row)) == 6, row


def test_marks_are_escaped() -> None:
    assert plain("not $, ` or |") == r"not \$, \` or \|"
    assert prose("`a|b` or c|d") == r"`a|b` or c\|d"


def named(node: Any, path: str = "") -> Iterator[str]:
    """The settings that a document names, without indexes and names of one's own."""
    if isinstance(node, list):
        for item in node:
            yield from named(item, path)
    elif isinstance(node, dict):
        for name, value in node.items():
            (field,) = (f for f in fields_called(f"{path}.{name}".strip(".")) if f.file == FILE)
            yield field.path
            # What is in a JSON Schema is no setting.
            if field.schema.get("additionalProperties") is not True:
                yield from named(value, field.path)


def test_the_example_uses_every_setting() -> None:
    document = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    assert sorted(set(SETTINGS) - set(named(document))) == []


def test_the_example_says_of_each_setting_that_differs_what_it_is_for() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    for path in SETTINGS:
        if "." not in path:
            assert lines[lines.index(f"{path}:") - 1].startswith("#"), path


@pytest.fixture
def exemplary(repository: Path) -> Path:
    """A repository with the example, the sample's templates, and a job for each thing it has."""
    shutil.copy(EXAMPLE, repository / FILE)
    shutil.copytree(ROOT / "templates", repository / "templates")
    on_listed: dict[str, Any] = {"targetClusters": ["cluster-gpu-0"]}
    own = {
        "algorithm": {"source": "container", "algorithmName": "resnet"},
        "customHyperparameters": {"epochs": 3},
    }
    image = f"registry.example/text/xgboost@sha256:{'0' * 64}"
    templated = {
        "jobName": "a",
        "headImage": image,
        "workerImage": image,
        "template": "gpu-large",
        "inputDataConfig": minimal_job()["inputDataConfig"],
    }
    for job in (
        minimal_job("plain", **on_listed),
        minimal_job("archived", pvcName="archive", **on_listed),
        minimal_job("own", **own, **on_listed),
        templated,
    ):
        write_job(repository, job, f"text/{job['jobName']}")
    return repository


def test_a_repository_with_the_example_renders(exemplary: Path) -> None:
    rendered = pipeline.render(exemplary)
    assert [d for d in rendered.diagnostics if d.is_error] == []
    checked = pipeline.check(exemplary, conformance="embedded")
    assert [d for d in checked.diagnostics if d.is_error] == []
    text = (exemplary / "rendered" / "default" / "plain.yaml").read_text(encoding="utf-8")
    job = next(iter(yaml.safe_load_all(text)))["spec"]
    assert job["entrypoint"] == "python /opt/platform/xgboost_train.py"
    assert job["ttlSecondsAfterFinished"] == 1800
    assert "S3_REGION: eu-central-1" in job["runtimeEnvYAML"].replace('"', "")
    assert not pipeline.sync_flux(exemplary).failed


def test_the_example_has_other_values_than_the_defaults(exemplary: Path) -> None:
    platform = checked(exemplary).fleet.platform
    for name in Platform.model_fields:
        assert getattr(platform, name) != getattr(Platform(), name), name
