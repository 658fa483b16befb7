"""``rayjobs clusters --update-platform``: a diff that git apply takes, comments kept."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.karmada.clusters.members import Member, members_of
from generator.karmada.clusters.mismatches import disagreements, gpu_names
from generator.karmada.clusters.platform_change import with_clusters
from generator.model.platform.model import Platform, platform_from
from generator.render.drift import file_diff


def cluster(
    name: str, labels: Mapping[str, str] | None = None, **allocatable: str
) -> dict[str, Any]:
    names = {"gpus": "nvidia.com/gpu", "amd": "amd.com/gpu"}
    amounts = {names.get(key, key): value for key, value in allocatable.items()}
    return {
        "metadata": {"name": name, "labels": dict(labels or {})},
        "spec": {},
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "resourceSummary": {"allocatable": amounts, "allocated": {}, "allocating": {}},
        },
    }


def members(*clusters: dict[str, Any], platform: Platform | None = None) -> dict[str, Member]:
    return members_of(clusters, (), gpu_names(platform or Platform()))


def changed(text: str, *clusters: dict[str, Any]) -> str:
    platform, problems = platform_from(text) if text else (Platform(), [])
    assert platform is not None, problems
    there = members(*clusters, platform=platform)
    new = with_clusters(text, platform, there)
    after, problems = platform_from(new)
    assert after is not None, f"{new}\n{problems}"
    # Proposed once, nothing is left to say.
    assert with_clusters(new, after, members(*clusters, platform=after)) == new
    return new


ONE = cluster("one", cpu="64", memory="512Gi", gpus="8")
TEXT = """\
# What the platform team decides.

namespaces:
  - team-text   # with its own spaces

clusters:
  # The large one.
  one: {cpuCores: 64,   memoryGiB: 512, gpus: 8}   # as bought
  # It went last year.
  gone:
    cpuCores: 8
    # not many
    gpus: 1

  # The last.
  two:
    cpuCores: 32  # of 64
    gpus: 4
    labels: {gpu: a100, "site": 'north'}

# Where jobs go.
scheduling: {mode: one-of}
"""


def test_nothing_changes_where_all_is_as_it_says() -> None:
    text = TEXT.replace("  gone:\n    cpuCores: 8\n    # not many\n    gpus: 1\n", "")
    two = cluster("two", labels={"gpu": "a100", "site": "north"}, cpu="32", gpus="4", memory="1Gi")
    assert changed(text, ONE, two) == text


def test_only_lines_that_say_otherwise_change() -> None:
    two = cluster("two", labels={"gpu": "h100", "site": "north"}, cpu="63500m", gpus="4")
    three = cluster("three", cpu="16", memory="67108864Ki", amd="2")
    text = changed(TEXT, ONE, two, three)
    diff = [
        line for line in file_diff("platform.yaml", TEXT.encode(), text.encode())
        if line[0] in "+-" and line[:3] not in ("+++", "---")
    ]  # fmt: skip
    assert diff == [
        "-  gone:\n",
        "-    cpuCores: 8\n",
        "-    # not many\n",
        "-    gpus: 1\n",
        "-    cpuCores: 32  # of 64\n",
        "+    cpuCores: 63  # of 64\n",
        "-    labels: {gpu: a100, \"site\": 'north'}\n",
        "+    labels: {gpu: h100, \"site\": 'north'}\n",
        "+  three:\n",
        "+    cpuCores: 16\n",
        "+    memoryGiB: 64\n",
        "+    gpus: 2\n",
        "+    gpuResourceName: amd.com/gpu\n",
    ]
    after = yaml.safe_load(text)["clusters"]
    assert list(after) == ["one", "two", "three"]
    assert after["three"] == {
        "cpuCores": 16, "memoryGiB": 64, "gpus": 2, "gpuResourceName": "amd.com/gpu",
    }  # fmt: skip
    for comment in ("# with its own spaces", "# as bought", "# It went last year.", "# of 64"):
        assert comment in text


@pytest.mark.parametrize(
    "text", ["", "# Nothing yet.\n", "namespaces: []\n", "clusters: {}", "clusters:\n  x: {}\n"]
)
def test_clusters_come_where_none_were(text: str) -> None:
    new = changed(text, ONE)
    assert yaml.safe_load(new)["clusters"] == {"one": {"cpuCores": 64, "memoryGiB": 512, "gpus": 8}}
    assert "# Nothing yet." in new or "#" not in text


def test_a_member_without_nodes_says_nothing_of_amounts() -> None:
    text = "clusters:\n  one:\n    cpuCores: 64\n    gpus: 8\n"
    assert changed(text, cluster("one")) == text
    # A GPU pool that is scaled to nothing keeps what it may grow to.
    assert changed(text, cluster("one", cpu="64")) == text
    platform, _ = platform_from(text)
    assert platform is not None
    (said,) = disagreements(platform, members(cluster("one", cpu="64")))
    assert (said.id, "nothing is proposed" in said.advice.hint) == ("platform-gpus", True)


def test_gpus_that_are_called_otherwise() -> None:
    new = changed("clusters:\n  one:\n    gpus: 8\n", cluster("one", cpu="1", amd="4"))
    assert yaml.safe_load(new)["clusters"]["one"] == {
        "gpus": 4,
        "gpuResourceName": "amd.com/gpu",
    }


def test_git_applies_the_diff(tmp_path: Path) -> None:
    for text in (TEXT, TEXT.rstrip("\n"), TEXT.replace("\n", "\r\n")):
        file = tmp_path / "platform.yaml"
        file.write_bytes(text.encode())
        new = changed(text, ONE, cluster("three", cpu="4"))
        diff = "".join(file_diff("platform.yaml", text.encode(), new.encode()))
        subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff.encode(), check=True)
        assert file.read_bytes().decode() == new


AMOUNT = st.integers(1, 500)
SAID = st.fixed_dictionaries({}, optional={"cpuCores": AMOUNT, "memoryGiB": AMOUNT, "gpus": AMOUNT})
FOUND = st.fixed_dictionaries(
    {"cpu": AMOUNT.map(str), "memory": AMOUNT.map(lambda n: f"{n}Gi"), "gpus": AMOUNT.map(str)}
)
NAMES = st.sampled_from(["a", "b", "c"])


@given(st.dictionaries(NAMES, SAID, min_size=1), st.dictionaries(NAMES, FOUND, min_size=1))
def test_after_the_change_nothing_disagrees(
    said: dict[str, dict[str, int]], found: dict[str, dict[str, str]]
) -> None:
    text = yaml.safe_dump({"namespaces": ["x"], "clusters": said})
    new = changed(text, *(cluster(name, None, **amounts) for name, amounts in found.items()))
    platform, _ = platform_from(new)
    assert platform is not None
    there = members(*(cluster(name, None, **amounts) for name, amounts in found.items()))
    assert list(disagreements(platform, there)) == []
    assert platform.namespaces == ["x"]
