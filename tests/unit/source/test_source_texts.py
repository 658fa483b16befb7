"""Every way in which a text is no strict JSON or plain YAML, each at its line and column."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.diagnostics import located, pointer_of
from generator.source.json_document import decode
from generator.source.json_positions import MAX_DEPTH, MAX_INTEGER_DIGITS, scan
from generator.source.text import Parsed, read_text
from generator.source.yaml_document import decode_yaml

Place = tuple[str, int | None, int | None]
"""A rule, a line and a column."""

BROKEN_TEXTS: dict[str, tuple[str, list[Place]]] = {
    "duplicate key": ('{\n  "a": 1,\n  "a": 2\n}', [("json/duplicate-key", 3, 3)]),
    "duplicate key below": ('{"b": [{"a": 1, "a": 2}]}', [("json/duplicate-key", 1, 17)]),
    "duplicate key, one escaped": ('{"a": 1, "\\u0061": 2}', [("json/duplicate-key", 1, 10)]),
    "the same key three times": (
        '{"a":1,"a":2,"a":3}',
        [("json/duplicate-key", 1, 8), ("json/duplicate-key", 1, 14)],
    ),
    "NaN": ('{\n "a": NaN}', [("json/not-finite", 2, 7)]),
    "Infinity": ('{"a": [1, Infinity]}', [("json/not-finite", 1, 11)]),
    "-Infinity": ("-Infinity", [("json/not-finite", 1, 1)]),
    "overflow": ('{"a": 1e999}', [("json/not-finite", 1, 7)]),
    "overflow below zero": ('{"a": -1.5E+999}', [("json/not-finite", 1, 7)]),
    "long integer": ('{"a": ' + "9" * 5000 + "}", [("json/integer-too-long", 1, 7)]),
    "long negative integer": ('{"a": -' + "9" * 5000 + "}", [("json/integer-too-long", 1, 7)]),
    "100 levels": ("[" * 100 + "]" * 100, [("json/too-deep", 1, MAX_DEPTH + 1)]),
    "one level too many": (
        "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
        [("json/too-deep", 1, MAX_DEPTH + 1)],
    ),
    "thousands of levels": (
        '{"a":' * 50_000 + "1" + "}" * 50_000,
        [("json/too-deep", 1, 5 * MAX_DEPTH + 1)],
    ),
    "thousands of open brackets": ("[\n" * 50_000, [("json/too-deep", MAX_DEPTH + 1, 1)]),
    "lone high surrogate": ('{"a": "\\ud800"}', [("json/lone-surrogate", 1, 7)]),
    "lone low surrogate": ('{"a": "x\\uDC00y"}', [("json/lone-surrogate", 1, 7)]),
    "lone surrogate in a key": ('{"\\ud83d": 1}', [("json/lone-surrogate", 1, 2)]),
    "trailing content": ('{"a": 1}\n{"b": 2}', [("json/syntax", 2, 1)]),
    "trailing word": ("{} x", [("json/syntax", 1, 4)]),
    "trailing comma, object": ('{"a": 1,\n}', [("json/syntax", 1, 8)]),
    "trailing comma, list": ('{"a": [1, 2, ]}', [("json/syntax", 1, 12)]),
    "line comment": ('{\n  // why\n  "a": 1}', [("json/syntax", 2, 3)]),
    "block comment": ('{"a": /* one */ 1}', [("json/syntax", 1, 7)]),
    "hash comment": ('# job\n{"a": 1}', [("json/syntax", 1, 1)]),
    "single quotes": ("{'a': 1}", [("json/syntax", 1, 2)]),
    "single quotes of a value": ("{\"a\": 'b'}", [("json/syntax", 1, 7)]),
    "unterminated text": ('{"a": "b', [("json/syntax", 1, 7)]),
    "text over two lines": ('{"a": "b\n"}', [("json/syntax", 1, 7)]),
    "tab in a text": ('{"a": "b\tc"}', [("json/syntax", 1, 9)]),
    "unknown escape": ('{"a": "b\\x"}', [("json/syntax", 1, 9)]),
    "cut escape": ('{"a": "\\u12"}', [("json/syntax", 1, 8)]),
    "empty": ("", [("json/syntax", 1, 1)]),
    "blank": (" \n ", [("json/syntax", 1, 1)]),
    "no colon": ('{"a" 1}', [("json/syntax", 1, 6)]),
    "no comma": ('{"a": 1\n "b": 2}', [("json/syntax", 2, 2)]),
    "number as key": ("{1: 2}", [("json/syntax", 1, 2)]),
    "Python's words": ('{"a": True}', [("json/syntax", 1, 7)]),
    "leading zero": ('{"a": 01}', [("json/syntax", 1, 8)]),
    "leading point": ('{"a": .5}', [("json/syntax", 1, 7)]),
    "plus sign": ('{"a": +1}', [("json/syntax", 1, 7)]),
    "columns count characters": ('{"😀é": NaN}', [("json/not-finite", 1, 8)]),
    "carriage returns": ('{\r\n"a": NaN}', [("json/not-finite", 2, 6)]),
    "two findings and the end": (
        '{"a": NaN, "a": 1e999, }',
        [
            ("json/not-finite", 1, 7),
            ("json/duplicate-key", 1, 12),
            ("json/not-finite", 1, 17),
            ("json/syntax", 1, 22),
        ],
    ),
}


@pytest.mark.parametrize("case", BROKEN_TEXTS)
def test_a_broken_text_is_reported_at_its_place(case: str, tmp_path: Path) -> None:
    text, places = BROKEN_TEXTS[case]
    (tmp_path / "params.json").write_text(text, encoding="utf-8", newline="")
    assert read_text(tmp_path, "params.json") == Parsed(text)
    document, problems = decode(text)
    assert document is None
    assert [(p.rule.id, p.line, p.column) for p in map(located, problems)] == places
    assert all(p.is_error and p.message and p.hint for p in problems)


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("[" * MAX_DEPTH + "]" * MAX_DEPTH, None),
        ("9" * MAX_INTEGER_DIGITS, int("9" * MAX_INTEGER_DIGITS)),
        ('"\\ud83d\\ude00"', "😀"),
        ('{"a": {"a": [1.5e3, -0, "\\u0000", null]}}', {"a": {"a": [1500.0, 0, "\0", None]}}),
        (' \r\n\t"x" ', "x"),
        ("1e-999", 0.0),
    ],
)
def test_what_is_strict_json_is_read(text: str, document: Any) -> None:
    expected = json.loads(text) if document is None else document
    assert decode(text) == Parsed(expected)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=4
        )
    ),
    max_leaves=12,
)
JSON_TEXTS = st.builds(
    lambda value, indent, ascii_only: json.dumps(value, indent=indent, ensure_ascii=ascii_only),
    JSON_VALUES,
    st.sampled_from([None, 0, 2, "\t"]),
    st.booleans(),
)
PIECES = st.sampled_from([
    '"', "\\", "{", "}", "[", "]", ",", ":", "NaN", "-Infinity", "1e999", "-", "0", ".", "e5", "'",
    "\\ud800", "\\uDFFF", "\n", "\t", "\0", "\u00a0", "\ufeff", "//", "true", "nul", '"a":1,',
    "9" * 301, "٣", "{" * 70, '{"a":1,"a":2}', "\u2028", "-01", "1.", "\\u12",
])  # fmt: skip


@st.composite
def mutated_json(draw: st.DrawFn) -> str:
    text = draw(JSON_TEXTS)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 3))
        text = text[:at] + draw(PIECES | st.just("")) + text[at + cut :]
    return text


@settings(deadline=None, max_examples=300)
@given(st.text() | mutated_json() | JSON_TEXTS)
@example("-")
@example("-Infinity")
@example('{"a":1,"\\u0061":1}')
@example('"\\ud83d\\ude00\\ude00"')
@example("[" * 64 + "]" * 64)
@example("[" * 65 + "]" * 65)
@example("truefalse")
@example("NaNNaN")
def test_decoder_and_scanner_agree_on_every_text(text: str) -> None:
    document, problems = decode(text)
    assert bool(problems) == bool(scan(text).problems)
    if problems:
        assert document is None
        assert all(located(p).span is not None for p in problems)
    else:
        expected = json.loads(text)
        assert json.dumps(document) == json.dumps(expected)


@settings(deadline=None, max_examples=150)
@given(JSON_VALUES, st.sampled_from([None, 0, 3]), st.booleans())
def test_each_pointer_leads_to_the_first_character_of_its_value(
    document: Any, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    found = scan(text)
    assert found.problems == []
    expected = dict(_values(document, ""))
    assert found.values.keys() == expected.keys()
    for pointer, value in expected.items():
        read, _ = json.JSONDecoder().raw_decode(text, found.values[pointer])
        assert json.dumps(read) == json.dumps(value)
    for pointer, offset in found.keys.items():
        read, end = json.JSONDecoder().raw_decode(text, offset)
        assert pointer.endswith(pointer_of(read))
        assert text[end:].lstrip().startswith(":")


def _values(document: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    yield pointer, document
    members = document.items() if isinstance(document, dict) else []
    items = enumerate(document) if isinstance(document, list) else []
    for name, value in (*members, *items):
        yield from _values(value, pointer + pointer_of(name))


BROKEN_YAML: dict[str, tuple[str, list[Place]]] = {
    "open list": ("a: [1", [("yaml/syntax", 1, 6)]),
    "tab": ("a:\n\t- b", [("yaml/syntax", 2, 1)]),
    "control character": ("a: \x01", [("yaml/syntax", 1, 4)]),
    "no such version": ("# x\n%YAML 0.0\n---\na: 1\n", [("yaml/syntax", 2, 1)]),
    "two documents": ("a: 1\n---\nb: 2\n", [("yaml/syntax", 2, 1)]),
    "duplicate key": ("a: 1\nb: 2\na: 3\n", [("yaml/duplicate-key", 3, 1)]),
    "duplicate key below": ("x:\n  a: 1\n  a: 2\n", [("yaml/duplicate-key", 3, 3)]),
    "anchor": ("a: &x 1\nb: 2", [("yaml/not-plain", 1, 4)]),
    "alias, said once": ("a: &x 1\nb: *x\nc: *x", [("yaml/not-plain", 1, 4)]),
    "half a pair": ('a: "\\ud800"', [("yaml/syntax", 1, 4)]),
    "half a pair in a key": ('"\\uDC00": 1', [("yaml/syntax", 1, 1)]),
    "an escaped pair": ('a: "\\ud83d\\ude00"', [("yaml/syntax", 1, 4)]),
    "YAML 1.1's words": ("%YAML 1.1\n---\na: yes\n", [("yaml/not-plain", 3, 4)]),
    "no truth": ('a: !!bool "x"', [("yaml/not-plain", 1, 4)]),
    "long integer": ("a: " + "9" * 5000, [("yaml/not-plain", 1, 4)]),
    "minus infinity": ("-.Inf", [("yaml/not-finite", 1, 1)]),
    "overflow": ("a: 1e999", [("yaml/not-finite", 1, 4)]),
    "tag": ("a: !secret b", [("yaml/not-plain", 1, 4)]),
    "number as key": ("a: 1\n1: b", [("yaml/not-plain", 2, 1)]),
    "list as key": ("? [a]\n: b", [("yaml/not-plain", 1, 3)]),
    "infinity": ("a:\n  - .inf", [("yaml/not-finite", 2, 5)]),
    "not a number": ("a: .NaN", [("yaml/not-finite", 1, 4)]),
    "thousands of levels": ("[" * 5000 + "]" * 5000, [("yaml/too-deep", 1, MAX_DEPTH + 1)]),
    "100 levels": ("[" * 100 + "]" * 100, [("yaml/too-deep", 1, MAX_DEPTH + 1)]),
}


@pytest.mark.parametrize("case", BROKEN_YAML)
def test_broken_yaml_is_reported_at_its_place(case: str) -> None:
    text, places = BROKEN_YAML[case]
    problems = decode_yaml(text).problems
    assert [(p.rule.id, p.line, p.column) for p in map(located, problems)] == places


NUMBERS = {
    "0x10": "16",
    "-0x1F": "-31",
    "0o17": "15",
    "017": "17, or 15 if it is octal",
    "08": "8",
    "0b101": "5",
    "1_000": "1000",
    "190:20:30": "685230",
    "1:30.5": "90.5",
    "1_0.5": "10.5",
    "1e3": "1000",
    "1e-7": "1.0e-07",
    "+.5": "0.5",
}
"""What YAML 1.1 and 1.2 do not read alike, and what to write for it."""


@pytest.mark.parametrize("written", NUMBERS)
def test_a_number_that_is_read_in_two_ways_is_refused_with_what_to_write(written: str) -> None:
    (problem,) = decode_yaml(f"b: 1\na: {written}\n").problems
    place = (problem.rule.id, problem.line, problem.column)
    assert place == ("yaml/ambiguous-number", 2, 4)
    assert problem.hint == f"write {NUMBERS[written]}; in quotes it is a text"
    assert decode_yaml(f"a: '{written}'").value == {"a": written}


@pytest.mark.parametrize(
    "number", ["0", "-12", "+7", "1.5", "0.0", "2.", ".5", "1.0e-07", "1.5e+3"]
)
def test_a_plain_decimal_number_is_taken(number: str) -> None:
    """By the library for YAML 1.1 as well, with the same value."""
    found = decode_yaml(f"a: {number}")
    assert found.problems == []
    assert found.value == {"a": float(number)} == yaml.safe_load(f"a: {number}")


@pytest.mark.parametrize("number", ["0x" + "f" * 10**5, "9" * 301, "1" + ":10" * 10**5])
def test_a_long_number_is_refused_in_few_words(number: str) -> None:
    (problem,) = decode_yaml(f"a: {number}").problems
    assert problem.rule.id in ("yaml/ambiguous-number", "yaml/not-plain")
    assert len(problem.message) < 200


@pytest.mark.parametrize("word", ["yes", "No", "on", "off"])
def test_the_words_of_yaml_1_1_are_texts(word: str) -> None:
    """YAML 1.2 has two words for truth, true and false, and `rules` of platform.yaml takes off."""
    assert decode_yaml(f"a: {word}").value == {"a": word}


def test_a_long_key_of_yaml_is_refused() -> None:
    (problem,) = decode_yaml(f"b: 1\n{'k' * 513}: 1\n").problems
    assert (problem.rule.id, problem.line) == ("yaml/not-plain", 2)


YAML_PIECES = st.sampled_from([
    "a: ", "- ", "\n", "  ", "{", "}", "[", "]", "&x ", "*x", "!t ", "!!int ", "? ", "|\n", ">-\n",
    "'", '"', "#", "---\n", "...\n", "%YAML 9.9\n", "%YAML 0.0\n", "%YAML 1.1\n", "%TAG ! x\n",
    "<<: ", ".inf", "0x", "0o9", "1_0", "\t", "~",
    "\u2028", "\ufeff", "\x85", "\\x", "@", "`", "2020-01-01", "=", "!!binary ", "!!float x", "1:2",
])  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.text() | st.lists(YAML_PIECES, max_size=12).map("".join))
@example("!!int x")
@example("!!float ''")
@example("a: &x [*x]")
@example("&x a: &x b")
@example("%YAML 0.0\n---\na: 1")
@example("%YAML 1.1\n---\na: yes")
@example("\ud800")
def test_any_text_is_read_as_yaml_or_reported(text: str) -> None:
    found = decode_yaml(text)
    for problem in found.problems:
        assert problem.is_error
        assert problem.line is not None
        assert 1 <= problem.line <= text.count("\n") + 1
        assert problem.column is not None
        assert problem.column >= 1
    if not found.problems:
        json.dumps(found.value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    assert all(0 <= at <= len(text) for at in found.positions.values.values())
