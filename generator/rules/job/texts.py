"""Texts that must not stand in a params.json: credentials, and characters that hide what it says.

Git never forgets a credential. Only what cannot be anything else is refused: a rule that also finds
harmless words would be switched off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.diagnostics import Diagnostic, Scope, SourceFile, error, pointer_of
from generator.model.job.job import Job
from generator.source.credentials import PATTERNS, is_name_of_credential

CREDENTIAL = error("job/credential", "A credential stands in params.json.", scope=Scope.VALUE)

HIDDEN_TEXT = error(
    "job/hidden-text", "A text holds characters that hide or reorder it.", scope=Scope.VALUE
)

# Terminal escapes, and the controls of bidirectional text.
_HIDING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# Without any of these a file holds no credential's value and nothing hidden; a backslash can
# stand for any of them.
_SIGNS = ("\\", "\x7f", "@", "AKIA", "ASIA", "-----BEGIN")


def check_texts(job: Job, job_file: SourceFile, source: str | None = None) -> Iterator[Diagnostic]:
    """A finding for each text that is a credential or hides something.

    ``source`` is the text of the job's file: where it has no sign of either, values are not looked
    at one by one.
    """
    if source is None or not source.isascii() or any(sign in source for sign in _SIGNS):
        yield from _about_values(job, job_file)
    yield from _about_names(job, job_file)


def _about_values(job: Job, job_file: SourceFile) -> Iterator[Diagnostic]:
    for pointer, text in _texts(job.model_dump(by_alias=True, exclude_unset=True), ""):
        if hiding := _HIDING.search(text):
            yield HIDDEN_TEXT.found(
                f"this holds U+{ord(hiding.group()):04X}, which hides or reorders what is shown",
                hint="remove the character",
                at=job_file.at(pointer),
            )
        for pattern, what in PATTERNS:
            if pattern.search(text):
                # The value itself is not repeated: findings end up in public logs.
                yield CREDENTIAL.found(
                    f"this holds {what}",
                    hint="remove it, and replace it where it is used: Git keeps what was pushed",
                    at=job_file.at(pointer),
                )


def _about_names(job: Job, job_file: SourceFile) -> Iterator[Diagnostic]:
    for name in job.custom_hyperparameters:
        if is_name_of_credential(name):
            yield CREDENTIAL.found(
                f'the name "{name}" is that of a credential',
                hint="keep credentials in the Secret: rayjobs gives its keys to the script",
                at=job_file.at(pointer_of("customHyperparameters", name), on_key=True),
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
