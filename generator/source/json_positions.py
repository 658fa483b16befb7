"""A JSON scanner that knows where everything stands, for documents with something to report.

The standard library's decoder is fast and says nothing of positions or repeated keys; this one is
run only when there is a finding. It reads what RFC 8259 calls JSON, goes on past problems that do
not break the syntax, and stops at the first that does.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field

from generator.diagnostics import Rule, error, pointer_of
from generator.diagnostics.diagnostic import Advice

SYNTAX = error("json/syntax", "The file is not JSON.")
DUPLICATE_KEY = error("json/duplicate-key", "An object has the same field twice.")
NOT_FINITE = error("json/not-finite", "A number is NaN, Infinity or too large for a double.")
INTEGER_TOO_LONG = error("json/integer-too-long", "An integer has hundreds of digits.")
TOO_DEEP = error("json/too-deep", "The document is nested too deeply.")
LONE_SURROGATE = error("json/lone-surrogate", "A text holds half of a surrogate pair.")

MAX_DEPTH = 64
"""Levels of nesting that are read; a params.json has five."""
MAX_INTEGER_DIGITS = 300
"""Digits of an integer that are read; no double has more before its point than 309."""

LONGEST_POINTER = 512
"""Characters of a pointer whose place is kept: a long name stands in each pointer below it."""

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_STRING_BODY = re.compile(
    r'"(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+',
)
_WORDS = {"true", "false", "null"}
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
_WORD = re.compile(r"-?[A-Za-z_][A-Za-z0-9_]*")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the text has that strict JSON has not; ``offset`` counts characters from 0."""

    rule: Rule
    offset: int
    advice: Advice


@dataclass(slots=True)
class Positions:
    """Where a document's values and keys begin, by JSON pointer, and what is wrong with its text.

    ``values`` of a string is its opening quote; ``keys`` holds the first occurrence of each key.
    What has a pointer longer than :data:`LONGEST_POINTER` is in neither.
    """

    values: dict[str, int] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def value_at(self, pointer: str | None, at: int) -> None:
        """Keep where a value begins, if it is the first at its pointer."""
        if pointer is not None:
            self.values.setdefault(pointer, at)

    def key_at(self, pointer: str | None, at: int) -> None:
        """Keep where a key begins, if it is the first at its pointer."""
        if pointer is not None:
            self.keys.setdefault(pointer, at)


def below(pointer: str | None, part: str | int) -> str | None:
    """The pointer of a member; None where it would be too long to be kept."""
    if pointer is None or len(pointer) + len(str(part)) >= LONGEST_POINTER:
        return None
    plain = isinstance(part, int) or part.isidentifier()
    return f"{pointer}/{part}" if plain else pointer + pointer_of(part)


class _SyntaxProblemError(Exception):
    def __init__(self, offset: int, message: str, hint: str, rule: Rule = SYNTAX) -> None:
        super().__init__(message)
        self.problem = Problem(rule, offset, Advice(message, hint))


def scan(text: str) -> Positions:
    """Read ``text`` as strict JSON; never raises, whatever the text."""
    scanner = _Scanner(text)
    try:
        scanner.document()
    except _SyntaxProblemError as stop:
        scanner.found.problems.append(stop.problem)
    return scanner.found


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.found = Positions()

    def document(self) -> None:
        start = self.skip_space(0)
        if start == len(self.text):
            raise _SyntaxProblemError(0, "the file is empty", "write one JSON object")
        end = self.skip_space(self.value(start, "", 1))
        if end != len(self.text):
            raise _SyntaxProblemError(
                end, "there is more text after the end of the document", "remove what follows"
            )

    def skip_space(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def value(self, at: int, pointer: str | None, depth: int) -> int:
        self.found.value_at(pointer, at)
        first = self.text[at : at + 1]
        if first in ("{", "["):
            if depth > MAX_DEPTH:
                raise _SyntaxProblemError(
                    at,
                    f"the document is nested more than {MAX_DEPTH} levels deep",
                    "a params.json is five levels deep",
                    TOO_DEEP,
                )
            read = self.object if first == "{" else self.array
            return read(at, pointer, depth)
        if first == '"':
            return self.string(at)[1]
        return self.scalar(at)

    def object(self, at: int, pointer: str | None, depth: int) -> int:
        at = self.skip_space(at + 1)
        if self.text.startswith("}", at):
            return at + 1
        seen: set[str] = set()
        while True:
            if not self.text.startswith('"', at):
                raise self.unexpected(at, "a field name in double quotes", closing="}")
            key_at = at
            key, at = self.string(at)
            child = below(pointer, key)
            self.found.key_at(child, key_at)
            if key in seen:
                self.problem(
                    DUPLICATE_KEY,
                    key_at,
                    f"the field {json.dumps(key, ensure_ascii=False)} appears twice",
                    "keep one of the two: readers disagree on which one counts",
                )
            seen.add(key)
            at = self.skip_space(at)
            if not self.text.startswith(":", at):
                raise self.unexpected(at, 'a ":" after the field name')
            at = self.skip_space(self.value(self.skip_space(at + 1), child, depth + 1))
            if self.text.startswith("}", at):
                return at + 1
            at = self.comma(at, "}")

    def array(self, at: int, pointer: str | None, depth: int) -> int:
        at = self.skip_space(at + 1)
        if self.text.startswith("]", at):
            return at + 1
        index = 0
        while True:
            at = self.skip_space(self.value(at, below(pointer, index), depth + 1))
            if self.text.startswith("]", at):
                return at + 1
            at = self.comma(at, "]")
            index += 1

    def comma(self, at: int, closing: str) -> int:
        if not self.text.startswith(",", at):
            raise self.unexpected(at, f'a "," or a "{closing}"')
        after = self.skip_space(at + 1)
        if self.text.startswith(closing, after):
            raise _SyntaxProblemError(
                at, f'there is a "," before the closing "{closing}"', "remove the comma"
            )
        return after

    def string(self, at: int) -> tuple[str, int]:
        match = _STRING_BODY.match(self.text, at)
        end = match.end() if match else at
        if not self.text.startswith('"', end):
            raise self.broken_string(at, end)
        written = self.text[at + 1 : end]
        if "\\" not in written:
            return written, end + 1
        decoded = json.loads(f'"{written}"')
        assert isinstance(decoded, str)
        if _LONE_SURROGATE.search(decoded):
            self.problem(
                LONE_SURROGATE,
                at,
                "the text has half of a surrogate pair, which is no character",
                r"write the character itself, or both halves: \ud83d\ude00",
            )
        return decoded, end + 1

    def broken_string(self, at: int, end: int) -> _SyntaxProblemError:
        if end >= len(self.text):
            return _SyntaxProblemError(at, "the text has no closing quote", 'add a "')
        if self.text[end] == "\\":
            return _SyntaxProblemError(
                end,
                "the backslash starts no escape that JSON knows",
                r"JSON has \" \\ \/ \b \f \n \r \t and \uXXXX; a backslash itself is \\",
            )
        if self.text[end] in "\r\n":
            return _SyntaxProblemError(
                at, "the text has no closing quote on its line", r'add a ", or write \n'
            )
        return _SyntaxProblemError(
            end,
            f"a text may not hold the control character U+{ord(self.text[end]):04X}",
            "remove it",
        )

    def scalar(self, at: int) -> int:
        for word in _NOT_FINITE:
            if self.text.startswith(word, at):
                self.not_finite(at, word)
                return at + len(word)
        number = _NUMBER.match(self.text, at)
        if number:
            self.check_number(number)
            return number.end()
        word_match = _WORD.match(self.text, at)
        if word_match and word_match.group() in _WORDS:
            return word_match.end()
        raise self.unexpected(at, "a value")

    def check_number(self, number: re.Match[str]) -> None:
        written = number.group()
        if number.group(1) is None and number.group(2) is None:
            if len(written.lstrip("-")) > MAX_INTEGER_DIGITS:
                self.problem(
                    INTEGER_TOO_LONG,
                    number.start(),
                    f"an integer of more than {MAX_INTEGER_DIGITS} digits",
                    "write a smaller number",
                )
        elif math.isinf(float(written)):
            self.not_finite(number.start(), written)

    def not_finite(self, at: int, written: str) -> None:
        shown = written if len(written) <= 20 else f"{written[:20]}…"
        self.problem(
            NOT_FINITE,
            at,
            f"{shown} is not a finite number",
            "JSON has no NaN and no Infinity; the largest number is about 1.8e308",
        )

    def problem(self, rule: Rule, at: int, message: str, hint: str) -> None:
        self.found.problems.append(Problem(rule, at, Advice(message, hint)))

    def unexpected(self, at: int, wanted: str, closing: str = "") -> _SyntaxProblemError:
        if at >= len(self.text):
            return _SyntaxProblemError(
                at, f"the file ends where {wanted} is expected", "complete it"
            )
        found = self.text[at]
        hint = f"write {wanted}" + (f' or close with "{closing}"' if closing else "")
        if found == "'":
            hint = "JSON takes double quotes only"
        elif self.text.startswith(("//", "/*", "#"), at):
            hint = "JSON has no comments: remove it"
        elif (word := _WORD.match(self.text, at)) and word.group().lower() in _WORDS | {"none"}:
            hint = "JSON writes true, false and null, in small letters"
        shown = json.dumps(found, ensure_ascii=not found.isprintable())
        return _SyntaxProblemError(at, f"{shown} where {wanted} is expected", hint)
