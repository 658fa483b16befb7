"""What ``rayjobs clusters`` prints to paste into platform.yaml: then Karmada agrees with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.karmada.clusters.members import Member, members_of
from generator.karmada.clusters.mismatches import change_in_words, disagreements, gpu_names
from generator.model.platform.model import Platform, platform_from


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
    """What is printed; pasted into platform.yaml it leaves nothing to say."""
    platform, problems = platform_from(text)
    assert platform is not None, problems
    words = change_in_words(platform, members(*clusters, platform=platform))
    sentence, _, block = words.partition("\n")
    written = yaml.safe_load(text)
    gone = re.search(r"remove (.*?)(?: and set:|\.)$", sentence)
    for name in gone[1].split(", ") if gone else ():
        del written["clusters"][name]
    written["clusters"] |= (yaml.safe_load(block) or {"clusters": {}})["clusters"]
    after, problems = platform_from(yaml.safe_dump(written))
    assert after is not None, f"{block}\n{problems}"
    there = members(*clusters, platform=after)
    assert change_in_words(after, there) == ""
    assert [one for one in disagreements(after, there) if "nothing is" not in one.advice.hint] == []
    return words


ONE = cluster("one", cpu="64", memory="512Gi", gpus="8")
TEXT = """\
clusters:
  one: {cpuCores: 64, memoryGiB: 512, gpus: 8}
  gone: {cpuCores: 8}
  two:
    cpuCores: 32
    gpus: 4
    labels: {gpu: a100, site: north, old: "yes"}
    pods: {nodeSelector: {pool: train}}
"""
WITHOUT = TEXT.replace("  gone: {cpuCores: 8}\n", "").replace(', old: "yes"', "")


def test_nothing_is_said_where_all_is_as_it_says() -> None:
    two = cluster("two", labels={"gpu": "a100", "site": "north"}, cpu="32", gpus="4", memory="1Gi")
    assert changed(WITHOUT, ONE, two) == ""
    platform, _ = platform_from("namespaces: [team-text]\n")
    assert platform is not None
    assert change_in_words(platform, members(ONE)) == ""


def test_only_entries_that_say_otherwise_are_printed_each_whole() -> None:
    two = cluster("two", labels={"gpu": "h100", "site": "yes"}, cpu="63500m", gpus="4")
    three = cluster("three", cpu="16", memory="67108864Ki", amd="2")
    assert (
        changed(TEXT, ONE, two, three)
        == """\
To bring clusters in platform.yaml up to date, remove gone and set:
clusters:
  three:
    cpuCores: 16
    memoryGiB: 64
    gpus: 2
    gpuResourceName: amd.com/gpu
  two:
    cpuCores: 63
    gpus: 4
    labels:
      gpu: h100
      site: "yes"
    pods:
      nodeSelector:
        pool: train
"""
    )


def test_what_is_no_member_is_removed() -> None:
    words = "To bring clusters in platform.yaml up to date, remove gone, two."
    assert changed(TEXT, ONE) == f"{words}\n"


def test_a_member_without_nodes_says_nothing_of_amounts() -> None:
    text = "clusters:\n  one:\n    cpuCores: 64\n    gpus: 8\n"
    assert changed(text, cluster("one")) == ""
    # A GPU pool that is scaled to nothing keeps what it may grow to.
    assert changed(text, cluster("one", cpu="64")) == ""
    platform, _ = platform_from(text)
    assert platform is not None
    (said,) = disagreements(platform, members(cluster("one", cpu="64")))
    assert (said.id, "nothing is proposed" in said.advice.hint) == ("platform-gpus", True)


def test_gpus_that_are_called_otherwise() -> None:
    words = changed("clusters:\n  one:\n    gpus: 8\n", cluster("one", cpu="1", amd="4"))
    assert "  one:\n    gpus: 4\n    gpuResourceName: amd.com/gpu\n" in words


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
    there = (cluster(name, None, **amounts) for name, amounts in found.items())
    changed(yaml.safe_dump({"clusters": said}), *there)
