"""All checks in one pass: one that fails hides none of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field

from generator.check.outcome import Checked
from generator.diagnostics.wording import visible
from generator.fields.settings import JsonModel
from generator.karmada.client.answers import LiveError, NotUnderstoodError, RefusedError
from generator.karmada.client.control_plane import ControlPlane
from generator.karmada.doctor import kinds, members, namespaces, repository, secrets
from generator.karmada.doctor.finding import Context, Finding, Outcome, counted, unread

OFFLINE: Mapping[str, Callable[[Path, Checked], Iterator[Finding]]] = {
    "repository/jobs": repository.jobs,
    "repository/rendered": repository.rendered,
    "repository/sync": repository.sync_files,
    "repository/namespaces": repository.namespaces,
    "repository/code-owners": repository.code_owners,
}
"""The checks of the repository alone, by name."""

ONLINE: Mapping[str, Callable[[Context], Iterator[Finding]]] = {
    "karmada/version": kinds.version,
    "karmada/permissions": kinds.permissions,
    "karmada/kinds": kinds.on_karmada,
    "karmada/interpreter": kinds.interpreter,
    "karmada/namespaces": namespaces.on_karmada,
    "karmada/secrets": secrets.on_karmada,
    "karmada/sync-engine": secrets.sync_engine,
    "karmada/drift": repository.drift,
    "karmada/holders": namespaces.holders,
    "karmada/not-in-git": repository.not_in_git,
    "karmada/finished": repository.finished,
    "members/ready": members.ready,
    "members/proxy": members.proxy,
    "members/kinds": kinds.in_members,
    "members/operator": members.operator,
    "members/namespaces": namespaces.in_members,
    "members/secrets": secrets.in_members,
    "members/storage": members.storage,
    "members/gpus": members.gpus,
    "members/priority-classes": namespaces.priority_classes,
    "members/queues": namespaces.queues,
}
"""The checks of Karmada and its members, in the order in which they are told."""

_REACHABLE = "karmada/reachable"


@dataclass(frozen=True, slots=True)
class Result:
    """A finding with the name of its check; ``is_unreadable`` where Karmada gave no answer to it.

    An answer that is none of Kubernetes' counts as none.
    """

    check: str
    finding: Finding
    is_unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What all checks found, in their order."""

    results: tuple[Result, ...]

    @property
    def has_problems(self) -> bool:
        """Whether anything keeps jobs from running."""
        return any(one.finding.outcome == "problem" for one in self.results)

    @property
    def is_unreadable(self) -> bool:
        """Whether Karmada gave no answer to a check."""
        return any(one.is_unreadable for one in self.results)


def run(root: Path, loaded: Checked, connect: Callable[[], ControlPlane] | None) -> Report:
    """Run the checks of the repository and, with ``connect``, those of Karmada and its members."""
    results = [Result(name, one) for name, check in OFFLINE.items() for one in check(root, loaded)]
    if connect:
        results += _online(root, loaded, connect)
    return Report(tuple(results))


def _online(root: Path, loaded: Checked, connect: Callable[[], ControlPlane]) -> Iterator[Result]:
    try:
        plane = connect()
        plane.version()
        context = Context(root, loaded, plane)
        for name, check in ONLINE.items():
            try:
                for finding in check(context):
                    yield Result(name, finding)
            except RefusedError as refused:
                yield Result(name, unread(refused))
            except NotUnderstoodError as nonsense:
                yield _no_answer(name, nonsense)
    except LiveError as failed:  # what is refused was said by its check: nobody answers any more
        yield _no_answer(_REACHABLE, failed)


def _no_answer(check: str, failed: LiveError) -> Result:
    return Result(check, Finding.problem(str(failed), failed.advice.hint), is_unreadable=True)


class FindingDocument(JsonModel):
    """What a check found."""

    check: str = Field(description="Name of the check.")
    outcome: Outcome = Field(description="problem: it keeps jobs from running.")
    message: str = Field(description="What was found.")
    hint: str = Field(description="What to do; empty where nothing is to be done.")
    about: tuple[str, ...] = Field(description="The objects or files that are meant, all of them.")


class DoctorDocument(JsonModel):
    """What doctor prints with --format json."""

    model_config = ConfigDict(title="What stands between a repository and its first job")

    # Raised when a field changes its meaning or goes; new fields do not raise it.
    version: Literal[1] = Field(description="Version of this form.")
    findings: tuple[FindingDocument, ...] = Field(
        description="By check, in the order in which they look."
    )


def doctor_document(report: Report) -> DoctorDocument:
    """Return the findings in the order in which they were made."""
    return DoctorDocument(version=1, findings=tuple(map(_document, report.results)))


def _document(result: Result) -> FindingDocument:
    finding = result.finding
    return FindingDocument(
        check=result.check,
        outcome=finding.outcome,
        **asdict(finding.advice),
        about=finding.about,
    )


_STYLES: dict[Outcome, str] = {"ok": "32", "warning": "1;33", "problem": "1;31"}


def doctor_text(report: Report, *, is_colored: bool) -> Iterator[str]:
    """Yield a line for each finding, with its hint below it, and a line that counts them."""
    width = max(len(one.check) for one in report.results)
    for one in report.results:
        outcome, advice = one.finding.outcome, one.finding.advice
        word = f"{outcome:7}"
        shown = f"\x1b[{_STYLES[outcome]}m{word}\x1b[0m" if is_colored else word
        yield f"{shown}  {one.check:{width}}  {visible(advice.message)}\n"
        if advice.hint:
            yield f"{'':7}  {'':{width}}  hint: {visible(advice.hint)}\n"
    outcomes = [one.finding.outcome for one in report.results]
    problems, warnings = outcomes.count("problem"), outcomes.count("warning")
    yield f"{counted(problems, 'problem')}, {counted(warnings, 'warning')}\n"
