"""YAML 1.2 with line and column: plain data only, no aliases, no tags, no duplicate keys."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from ruamel.yaml import YAML
from ruamel.yaml.composer import MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from generator.diagnostics import Located, Location, Rule, capped, located
from generator.source.json_document import JSON
from generator.source.json_positions import MAX_DEPTH, MAX_INTEGER_DIGITS, Positions, below
from generator.source.text import Lines
from generator.source.yaml_rules import (
    AMBIGUOUS,
    DUPLICATE_KEY,
    NOT_FINITE,
    NOT_PLAIN,
    SYNTAX,
    TOO_DEEP,
    why_ambiguous,
    why_ambiguous_text,
)

MAX_KEY = 512
"""Characters of a key; the longest that has a meaning, a label's, has 317."""

_BETWEEN = re.compile(r"^---$", re.MULTILINE)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NOT_FINITE_WORD = re.compile(r"^([-+]?)\.(inf|nan)$", re.IGNORECASE)


@dataclass(slots=True)
class YAMLDocument:
    """A decoded document, where its parts stand, and what is wrong with its text."""

    value: JSON = None
    positions: Positions = field(default_factory=Positions)
    problems: list[Located] = field(default_factory=list)


@lru_cache(maxsize=2)
def decode_yaml(text: str, file: str | None = None) -> YAMLDocument:
    """Read the YAML document of a file; an empty one is an empty mapping. Never raises.

    Read once for its values and for the places of findings, which are asked for apart.
    """
    return _decoded(text, file)


def _decoded(text: str, file: str | None = None) -> YAMLDocument:
    reader = _Reader(text, file)
    try:
        yaml = YAML(typ="safe", pure=True)
        yaml.composer.warn_double_anchors = False  # each anchor is a finding of its own
        # Deeper levels are not even looked for: each costs the library all those around it.
        yaml.max_depth = MAX_DEPTH
        node = yaml.compose(text)
        reader.found.value = reader.read(node, "") if node is not None else {}
    except MaxDepthExceededError as problem:
        words = f"more than {MAX_DEPTH} levels of nesting"
        reader.problem(TOO_DEEP, problem.problem_mark.index, words, "flatten it")
    except MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        offset = mark.index if mark is not None else 0
        words = (problem.problem or "it cannot be parsed").strip()
        reader.problem(SYNTAX, min(offset, len(text)), f"not YAML: {words}", "correct the syntax")
    except KeyError:
        at = max(text.find("%YAML"), 0)
        reader.problem(SYNTAX, at, "not YAML: there is no such version", "remove the %YAML line")
    except ReaderError as problem:
        words = f"not YAML: the character U+{problem.character:04X} may not stand in it"
        reader.problem(SYNTAX, problem.position, words, "remove it")
    except (YAMLError, ValueError) as problem:
        words = str(problem).splitlines()[0] if str(problem) else "it cannot be parsed"
        reader.problem(SYNTAX, 0, f"not YAML: {words}", "correct the syntax")
    reader.found.problems = list(capped(reader.found.problems))
    return reader.found


def decode_yaml_documents(text: str) -> Iterator[YAMLDocument]:
    """Read each document of a text, as :func:`decode_yaml` does; never raises.

    What parts them is ``---`` alone on its line, as rayjobs writes it.
    """
    return map(_decoded, _BETWEEN.split(text))


class _Reader:
    def __init__(self, text: str, file: str | None) -> None:
        self.lines, self.at = Lines(text), Location(file)
        self.found = YAMLDocument()
        self.seen: set[int] = set()

    def read(self, node: Node, pointer: str | None) -> JSON:
        at: int = node.start_mark.index
        self.found.positions.value_at(pointer, at)
        if id(node) in self.seen:
            # An alias: its node is that of the anchor, of which it was said.
            return None
        self.seen.add(id(node))
        if node.anchor is not None:
            self.problem(NOT_PLAIN, at, "an anchor or alias", "write the value out")
            return None
        if isinstance(node, MappingNode):
            return self.mapping(node, pointer)
        if isinstance(node, SequenceNode):
            return [self.read(item, below(pointer, index)) for index, item in enumerate(node.value)]
        return self.scalar(node, at)

    def mapping(self, node: MappingNode, pointer: str | None) -> JSON:
        members: dict[str, JSON] = {}
        for key_node, value_node in node.value:
            at: int = key_node.start_mark.index
            if not isinstance(key_node, ScalarNode) or _kind(key_node) != "str":
                self.problem(NOT_PLAIN, at, "a key that is no text", "put the key in quotes")
                continue
            key = self.text_of(key_node, at)
            if len(key) > MAX_KEY:
                words = f"a key of more than {MAX_KEY} characters"
                self.problem(NOT_PLAIN, at, words, "shorten it")
                continue
            child = below(pointer, key)
            self.found.positions.key_at(child, at)
            if key in members:
                self.problem(DUPLICATE_KEY, at, f'the key "{key}" appears twice', "keep one")
            members[key] = self.read(value_node, child)
        return members

    def scalar(self, node: Node, at: int) -> JSON:
        kind, written = _kind(node), str(node.value)
        if kind == "str":
            if getattr(node, "style", None) is None and (hint := why_ambiguous_text(written)):
                self.ambiguous(at, written, hint)
                return None
            return self.text_of(node, at)
        if kind == "null":
            return None
        if kind == "bool" and written.lower() in ("true", "false"):
            return written.lower() == "true"
        if kind in ("int", "float") and (hint := why_ambiguous(written)):
            self.ambiguous(at, written, hint)
            return None
        if kind == "int" and len(written) > MAX_INTEGER_DIGITS:
            words = f"an integer of more than {MAX_INTEGER_DIGITS} digits"
            self.problem(NOT_PLAIN, at, words, "write a smaller number")
            return None
        try:
            number = int(written) if kind == "int" else _float(written)
        except ValueError:
            self.problem(NOT_PLAIN, at, f"a value of the kind {kind}", "put it in quotes")
            return None
        if isinstance(number, float) and not math.isfinite(number):
            self.problem(NOT_FINITE, at, f"{written} is not a finite number", "write a number")
            return None
        return number

    def text_of(self, node: Node, at: int) -> str:
        text = str(node.value)
        if _SURROGATE.search(text):
            words = "not YAML: half of a surrogate pair is no character"
            self.problem(SYNTAX, at, words, "write the character itself")
        return text

    def problem(self, rule: Rule, at: int, message: str, hint: str) -> None:
        self.found.problems.append(
            located(rule.found(message, hint=hint, at=self.at), self.lines.span(at))
        )

    def ambiguous(self, at: int, written: str, hint: str) -> None:
        short = written if len(written) <= 40 else f"{written[:40]}…"
        words = f"not every reader of YAML takes {short} for the same value"
        self.problem(AMBIGUOUS, at, words, hint)


def _float(written: str) -> float:
    """The number; YAML writes ``.inf`` and ``.nan`` where Python has no point."""
    return float(_NOT_FINITE_WORD.sub(r"\1\2", written))


def _kind(node: Node) -> str:
    """What the scalar is by YAML 1.2's core schema: str, int, float, bool, null or a tag."""
    return str(node.tag).removeprefix("tag:yaml.org,2002:")
