"""What an algorithm's module provides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import ConfigDict

from generator.params.model import Settings
from generator.params.variables import Variable


class Hyperparameters(Settings):
    """Base of an algorithm's hyperparameters: the library's own names, each with a default."""

    model_config = ConfigDict(alias_generator=None)


H = TypeVar("H", bound=Hyperparameters)


@dataclass(frozen=True, slots=True)
class Algorithm(Generic[H]):
    """A built-in algorithm.

    ``name`` is what params.json says; ``hyperparameters`` the model of ``hyperparameters.<name>``;
    ``environment`` gives its variables in order; ``variables`` every name it may ever set;
    ``image`` and ``entrypoint`` are what a job runs that names neither, unless platform.yaml says
    otherwise.
    """

    name: str
    title: str
    hyperparameters: type[H]
    environment: Callable[[H], list[Variable]]
    variables: frozenset[str]
    image: str
    entrypoint: str
