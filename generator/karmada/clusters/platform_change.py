"""The change of platform.yaml that makes its ``clusters`` what Karmada says; nothing is written.

Lines that say nothing else afterwards stay as they are, with their comments: what ruamel.yaml makes
of the text before and after is compared, and only the difference is carried over.
"""

from __future__ import annotations

import difflib
import io
from collections.abc import Mapping
from typing import Any

from generator.karmada.amounts import GIBIBYTE
from generator.karmada.clusters.members import Member
from generator.karmada.clusters.mismatches import other_amounts, whole, whole_gpus
from generator.model.platform.clusters import MemberCluster
from generator.model.platform.model import Platform

_KEY = "clusters"


def with_clusters(text: str, platform: Platform, members: Mapping[str, Member]) -> str:
    """Return the text of platform.yaml with ``clusters`` as they are; ``text`` is valid, or empty.

    Members come in, others go. Amounts that are not given stay so, and those that nodes have none
    of stay as they are: nodes may come.
    """
    ending = "\r\n" if "\r\n" in text else "\n"
    before = text.replace("\r\n", "\n")
    kept = _without(before, sorted(platform.clusters.keys() - members.keys()))
    after = _changed(kept, platform, members)
    return after.replace("\n", ending)


def _without(text: str, names: list[str]) -> str:
    """``text`` without the lines of these entries: a parser would take comments along."""
    for name in names:
        clusters = _read(text)[_KEY]
        if clusters.fa.flow_style() or len(clusters) == 1:
            return _spliced(text, lambda node, gone=names: _drop(node, gone))
        at, indent = clusters.lc.key(name)
        lines = text.splitlines(keepends=True)
        end = at + 1
        while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > indent):
            end += 1
        while not lines[end - 1].strip():
            end -= 1
        text = "".join([*lines[:at], *lines[end:]])
    return text


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _drop(node: Any, names: list[str]) -> None:
    for name in names:
        node[_KEY].pop(name, None)


def _changed(text: str, platform: Platform, members: Mapping[str, Member]) -> str:
    def change(node: Any) -> None:
        from ruamel.yaml.comments import CommentedMap

        if not node.get(_KEY):
            node[_KEY] = CommentedMap()
        for name, member in members.items():
            described = platform.clusters.get(name)
            if described is None:
                node[_KEY][name] = CommentedMap(_amounts(platform, member))
            else:
                _correct(node[_KEY], name, platform, described, member)

    return _spliced(text, change) if members else text


def _amounts(platform: Platform, member: Member) -> dict[str, Any]:
    """What platform.yaml says of a member that is new there."""
    default = platform.ray.gpu_resource_name
    other = [] if default in member.gpu_names else member.gpu_names
    name = other[0] if len(other) == 1 else default
    found = {
        "cpuCores": whole(member.cpu) or None,
        "memoryGiB": whole(member.memory, GIBIBYTE) or None,
        "gpus": whole_gpus(member, name),
        "gpuResourceName": name if name != default else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _correct(
    clusters: Any, name: str, platform: Platform, described: MemberCluster, member: Member
) -> None:
    wanted: dict[str, Any] = {
        field: found for field, _, found in other_amounts(platform, described, member) if found
    }
    own = platform.gpu_resource_of(name)
    if len(member.gpu_names) == 1 and own not in member.gpu_names:
        wanted["gpuResourceName"] = member.gpu_names[0]
        if described.gpus is not None:
            wanted["gpus"] = whole_gpus(member, member.gpu_names[0])
    if clusters[name] is None:
        return
    clusters[name].update(wanted)
    for key, value in (described.labels or {}).items():
        if key not in member.labels:
            del clusters[name]["labels"][key]
        elif member.labels[key] != value:
            clusters[name]["labels"][key] = member.labels[key]


def _spliced(text: str, change: Any) -> str:
    """``text`` with what ``change`` does to its document, and every other line as it was."""
    node, original = _read(text), text.splitlines(keepends=True)
    if original and not original[-1].endswith("\n"):
        original[-1] += "\n"
    if not node:  # what is commented out belongs to no document
        change(node)
        return "".join([*original, *_written(node, text)])
    unchanged = _written(node, text)
    change(node)
    emitted = _written(node, text)
    if len(unchanged) != len(original):
        return "".join(emitted)
    lines: list[str] = []
    matcher = difflib.SequenceMatcher(None, unchanged, emitted, autojunk=False)
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        lines += original[start:end] if kind == "equal" else emitted[other_start:other_end]
    return "".join(lines)


def _read(text: str) -> Any:
    from ruamel.yaml.comments import CommentedMap

    node = _yaml().load(text)
    return CommentedMap() if node is None else node


def _yaml(sequence: int = 2, offset: int = 0) -> Any:
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = 1 << 20  # a line that is long stays one
    yaml.indent(mapping=2, sequence=sequence, offset=offset)
    return yaml


def _written(node: Any, like: str) -> list[str]:
    """The lines of a document, with items of lists indented as most of ``like`` has them."""
    is_indented = any(
        line.lstrip(" ").startswith("- ") and line.startswith(" ") for line in like.splitlines()
    ) and not any(line.startswith("- ") for line in like.splitlines())
    stream = io.StringIO()
    (_yaml(4, 2) if is_indented else _yaml()).dump(node, stream)
    return stream.getvalue().splitlines(keepends=True) if len(node) else []
