"""What an algorithm's module provides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from pydantic import ConfigDict

from generator.diagnostics import Diagnostic, Location, Rule, SourceFile, error
from generator.fields.labels import Variable, as_text
from generator.fields.settings import Settings


class Hyperparameters(Settings):
    """Base of an algorithm's hyperparameters: the library's own names, each with a default."""

    model_config = ConfigDict(alias_generator=None)


H = TypeVar("H", bound=Hyperparameters)

refusal = partial(error, adjustable=True)
"""A rule about what a library refuses, which another version of it may take."""

GPU_COUNT = "/resources/instanceResources/gpuCount"
"""Where a finding about the GPUs themselves stands; every other is at a hyperparameter."""


@dataclass(frozen=True, slots=True)
class Training(Generic[H]):
    """A training run as an algorithm's rules see it.

    ``custom`` are the custom hyperparameters as text, by the name in small letters, where the
    script is the job's own; the platform's script reads none that the library knows, so for it
    they count as not given. ``workers`` are those of one copy, ``gpus`` those of one worker;
    ``own_script`` is False where the script is the one of the algorithm's own image, which does
    not read DEVICE; ``validation`` says whether there is a validation channel. ``name`` is the
    algorithm's, and ``job_file`` the file of the job.
    """

    chosen: H
    custom: Mapping[str, str]
    workers: int
    gpus: int
    own_script: bool
    validation: bool
    name: str
    job_file: SourceFile

    @property
    def processes(self) -> int:
        """Training processes of one copy: one a GPU, and one a worker where it has none.

        The script of an algorithm's own image starts one a worker in any case.
        """
        return self.workers * max(self.gpus, 1) if self.own_script else self.workers

    def at(self, pointer: str) -> Location:
        """Return where a hyperparameter stands; ``pointer`` is relative to all of them."""
        return self.job_file.at(f"/hyperparameters/{self.name}{pointer}")


@dataclass(frozen=True, slots=True)
class Algorithm(Generic[H]):
    """A built-in algorithm.

    ``name`` is what params.json says; ``hyperparameters`` the model of ``hyperparameters.<name>``;
    ``environment`` gives its variables in order; ``check`` says what is wrong with a training run;
    ``variables`` every name it may ever set;
    ``image`` and ``entrypoint`` are what a job runs that names neither, unless platform.yaml says
    otherwise; None where only platform.yaml can say. ``needs_validation`` says that the script
    stops without validation data; ``oldest_ray`` is the major and minor version of the Ray that it
    needs.
    """

    name: str
    title: str
    hyperparameters: type[H]
    environment: Callable[[H], list[Variable]]
    check: Callable[[Training[H]], Iterator[Diagnostic]]
    variables: frozenset[str]
    image: str | None = None
    entrypoint: str | None = None
    needs_validation: bool = False
    oldest_ray: tuple[int, int] = (0, 0)


def variables_of(model: type[Hyperparameters]) -> frozenset[str]:
    """Return the names of the variables that :func:`environment` gives."""
    return frozenset(map(str.upper, model.model_fields))


def environment(chosen: Hyperparameters) -> list[Variable]:
    """Return a variable for each field, in order: every one, so that a script guesses none."""
    return [(field.upper(), text_of(value)) for field, value in chosen]


def text_of(value: Any) -> str:
    """Return a field's value as the script reads it: null is empty, a list is joined by commas."""
    if value is None:
        return ""
    return ",".join(map(as_text, value)) if isinstance(value, list) else as_text(value)


def unused_fields(
    rule: Rule, run: Training[Any], without_effect: Iterable[tuple[str, str]]
) -> Iterator[Diagnostic]:
    """Yield a finding of ``rule`` for each such field that is given and is not the default.

    ``without_effect`` are fields, each with the reason in words that follow the field's name.
    """
    for field, words in without_effect:
        if field in run.chosen.model_fields_set and differs(run.chosen, field):
            yield rule.found(f"{field} {words}", hint="leave it out", at=run.at(f"/{field}"))


def differs(chosen: Hyperparameters, field: str) -> bool:
    """Return whether a field has another value than its default."""
    default = type(chosen).model_fields[field].get_default(call_default_factory=True)
    return bool(getattr(chosen, field) != default)
