"""Texts that KubeRay's quoting breaks: rare characters beyond U+FFFF in a job's environment.

KubeRay writes the environment as JSON and puts that into quotes with Go's ``strconv.Quote``, which
writes what it cannot print as ``\\U000e0067``. A shell leaves that as it is and JSON has no such
escape, so ``ray job submit`` fails (run with the command of KubeRay 1.6.0). What Go prints grows
with its Unicode: here stand the ranges of Unicode 13 without a gap, which every Go since 1.16 has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.diagnostics import Diagnostic, Scope, SourceFile, error, pointer_of
from generator.model.job.artifacts import file_path
from generator.model.job.job import Job
from generator.model.platform.model import PLATFORM_FILE, Platform

UNQUOTABLE = error(
    "job/unquotable", "A character does not survive KubeRay's quoting.", scope=Scope.VALUE
)
PLATFORM_UNQUOTABLE = error(
    "platform/unquotable", "A character in platform.yaml does not survive KubeRay's quoting."
)

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


def check_quoting(job: Job, job_file: SourceFile) -> Iterator[Diagnostic]:
    """A finding for each text of the environment that would not reach Ray."""
    for pointer, text in _texts(job):
        if not text.isascii() and (breaking := _BREAKS.search(text)):
            yield UNQUOTABLE.found(_words(breaking), hint=_HINT, at=job_file.at(pointer))


def check_platform_quoting(platform: Platform) -> Iterator[Diagnostic]:
    """The same for what platform.yaml adds to every job's environment."""
    script = platform.training_script
    for name, text in (("region", script.region), ("labelColumn", script.label_column)):
        if breaking := _BREAKS.search(text):
            pointer = pointer_of("trainingScript", name)
            yield PLATFORM_UNQUOTABLE.found(
                _words(breaking), hint=_HINT, at=PLATFORM_FILE.at(pointer)
            )


_HINT = "remove it: beyond U+FFFF, emoji and Chinese characters of Unicode 13 arrive"


def _words(breaking: re.Match[str]) -> str:
    code = f"U+{ord(breaking.group()):04X}"
    return f"this holds {code}, with which KubeRay's submission of the job fails"


def _texts(job: Job) -> Iterator[tuple[str, str]]:
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
