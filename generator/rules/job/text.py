"""Rules about texts of a job: its entrypoint, how it is quoted, and texts that cannot be meant."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from subprocess import list2cmdline

from generator.diagnostics import Diagnostic, Scope, error, pointer_of
from generator.diagnostics.diagnostic import Advice
from generator.diagnostics.wording import PATTERNS, is_name_of_credential
from generator.model.job.channels import file_path
from generator.model.job.job import Job
from generator.repository.resolved_job import ResolvedJob

CREDENTIAL = error("job/credential", "A credential stands in params.json.", scope=Scope.VALUE)
HIDDEN_TEXT = error(
    "job/hidden-text", "A text holds characters that hide or reorder it.", scope=Scope.VALUE
)
UNQUOTABLE = error(
    "job/unquotable", "A character does not survive KubeRay's quoting.", scope=Scope.VALUE
)

MAX_LENGTH = 16 * 1024
"""Characters: it shares with the environment the 128 KiB that Linux takes as one argument."""

_SPECIAL = re.compile(r"[;&|<>()$`\\*?\[\]{}!#~\n\r\x00]")
# What Go's strings.TrimSpace takes from both ends, less what shells split words at.
_TRIMMED = "\v\f\x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B)))
_TRIMMED += "\u2028\u2029\u202f\u205f\u3000"
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
_RESERVED = frozenset(
    ["if", "then", "else", "elif", "fi", "case", "esac", "for", "select", "while", "until", "do",
     "done", "in", "function", "time", "coproc"]
)  # fmt: skip

# Terminal escapes, and the controls of bidirectional text.
_HIDING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# Without any of these a file holds no credential's value and nothing hidden; a backslash can
# stand for any of them.
_SIGNS = ("\\", "\x7f", "@", "AKIA", "ASIA", "-----BEGIN")

_EMOJI = (
    "\U0001f1e6-\U0001f1ff\U0001f300-\U0001f6d7\U0001f6e0-\U0001f6ec\U0001f6f0-\U0001f6fc"
    "\U0001f7e0-\U0001f7eb\U0001f90c-\U0001f978\U0001f97a-\U0001f9cb\U0001f9cd-\U0001fa53"
    "\U0001fa70-\U0001fa74\U0001fa78-\U0001fa7a\U0001fa80-\U0001fa86\U0001fa90-\U0001faa8"
    "\U0001fab0-\U0001fab6\U0001fac0-\U0001fac2\U0001fad0-\U0001fad6"
)
_IDEOGRAPHS = (
    "\U00020000-\U0002a6dd\U0002a700-\U0002b734\U0002b740-\U0002b81d\U0002b820-\U0002cea1"
    "\U0002ceb0-\U0002ebe0\U0002f800-\U0002fa1d\U00030000-\U0003134a"
)
_BREAKS = re.compile(f"[^\\x00-\\uffff{_EMOJI}{_IDEOGRAPHS}]")
_HINT = "remove it: beyond U+FFFF, emoji and Chinese characters of Unicode 13 arrive"


def check_texts(one: ResolvedJob, source: str | None = None) -> Iterator[Diagnostic]:
    """A finding for each text that is a credential or hides something.

    ``source`` is the text of the job's file: where it has no sign of either, values are not looked
    at one by one.
    """
    if source is None or not source.isascii() or any(sign in source for sign in _SIGNS):
        yield from _about_values(one)
    yield from _about_names(one)


def why_it_changes(entrypoint: str) -> str | None:
    """What would not arrive as written, in words that follow "the entrypoint"; None if nothing."""
    if len(entrypoint) > MAX_LENGTH:
        return f"has {len(entrypoint):,} characters, more than {MAX_LENGTH:,}"
    special = _SPECIAL.search(entrypoint)
    if special:
        return f"holds {special.group()!r}, which a shell does not take literally"
    plain = entrypoint.strip(" \t")
    if plain != plain.strip(_TRIMMED):
        return "starts or ends with a space that KubeRay takes away"
    try:
        words = shlex.split(entrypoint)
    except ValueError:
        return "has a quote that is not closed"
    if not words or not words[0].strip():
        return "names no command"
    if words[0] in _RESERVED or _ASSIGNMENT.match(words[0]):
        return f'starts with "{words[0]}", which a shell does not run as a command'
    joined = list2cmdline(words)
    if _SPECIAL.search(joined) or _split(joined) != words:
        return "has quotes that Ray does not keep when it joins the words again"
    return None


def check_quoting(one: ResolvedJob) -> Iterator[Diagnostic]:
    """A finding for each text of the environment that would not reach Ray."""
    for pointer, text in _variables_of(one.job):
        if refused := why_unquotable(text):
            yield UNQUOTABLE.found(refused.message, hint=refused.hint, at=one.at(pointer))


def why_unquotable(text: str) -> Advice | None:
    """Return what is wrong with a text of the environment that would not reach Ray, if anything."""
    breaking = None if text.isascii() else _BREAKS.search(text)
    if breaking is None:
        return None
    code = f"U+{ord(breaking.group()):04X}"
    return Advice(f"this holds {code}, with which KubeRay's submission of the job fails", _HINT)


def _about_values(one: ResolvedJob) -> Iterator[Diagnostic]:
    for pointer, text in _texts(one.job.model_dump(by_alias=True, exclude_unset=True), ""):
        if hiding := _HIDING.search(text):
            yield HIDDEN_TEXT.found(
                f"this holds U+{ord(hiding.group()):04X}, which hides or reorders what is shown",
                hint="remove the character",
                at=one.at(pointer),
            )
        for pattern, what in PATTERNS:
            if pattern.search(text):
                # The value itself is not repeated: findings end up in public logs.
                yield CREDENTIAL.found(
                    f"this holds {what}",
                    hint="remove it, and replace it where it is used: Git keeps what was pushed",
                    at=one.at(pointer),
                )


def _about_names(one: ResolvedJob) -> Iterator[Diagnostic]:
    for name in one.job.custom_hyperparameters:
        if is_name_of_credential(name):
            yield CREDENTIAL.found(
                f'the name "{name}" is that of a credential',
                hint="keep credentials in the Secret: rayjobs gives its keys to the script",
                at=one.at(pointer_of("customHyperparameters", name), on_key=True),
            )


def _texts(node: object, pointer: str) -> Iterator[tuple[str, str]]:
    """Every text of a document with its pointer."""
    if isinstance(node, str):
        yield pointer, node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _texts(value, pointer + pointer_of(str(key)))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _texts(value, f"{pointer}/{index}")


def _split(command: str) -> list[str] | None:
    try:
        return shlex.split(command)
    except ValueError:
        return None


def _variables_of(job: Job) -> Iterator[tuple[str, str]]:
    """Every free text of the environment with its pointer."""
    for index, channel in enumerate(job.input_data_config):
        at = pointer_of("inputDataConfig", index)
        yield f"{at}/endpoint", channel.endpoint
        yield f"{at}/bucket", channel.bucket
        yield f"{at}/prefix", channel.prefix
        yield f"{at}/labelName", channel.label_name or ""
    for name, value in job.custom_hyperparameters.items():
        if isinstance(value, str):
            yield pointer_of("customHyperparameters", name), value
    uri = job.output_data_config.artifact_uri if job.output_data_config else None
    if uri and (file_path(uri) or not job.has_claim):
        yield "/outputDataConfig/artifactUri", uri
