"""What the project says of a parameter set, and where lightgbm disagrees.

An error has to fail with every version, and what fails has to be an error. What is said to have no
effect is trained once more without it, and has to give the same model.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from generator.algorithms.lightgbm.hyperparameters import LightGBM
from generator.algorithms.lightgbm.rules import MAX_DROP, UNUSED
from generator.diagnostics import Diagnostic, Rule
from generator.fields.labels import as_text
from generator.model.job.schema import job_from
from generator.model.platform.model import Platform
from generator.rules.explanations import small_job
from generator.rules.job.job import check_job
from generator.source.json_document import decode

from .parameter_sets import ParameterSet

_JOB: Any = decode(small_job())[0]
_PLATFORM = Platform.model_validate(
    {"algorithms": {"lightgbm": {"image": "registry.example/l:1", "entrypoint": "python t.py"}}}
)
_DEFAULTS = LightGBM().model_dump()

DOCUMENTED = {
    "bagging_freq": "lightgbm takes what is below 0 as 0",
    "early_stopping_round": "lightgbm 4.7 takes what is below 0 as 0, 4.3 refuses it",
    "max_delta_step": "lightgbm takes what is below 0 as 0",
    "max_depth": "lightgbm takes what is below -1 as -1",
    "max_drop": "lightgbm takes what is below -1 as -1",
    "num_threads": "lightgbm takes what is below 0 as 0",
    "seed": "lightgbm takes any, which tells nobody more",
    "verbosity": "lightgbm takes any and has four levels",
}
"""Fields with values that lightgbm takes and a job may not give, and what it makes of them."""
NEEDS_GROUPS = frozenset({"lambdarank", "rank_xendcg"})


def request(one: ParameterSet) -> dict[str, Any]:
    """What the worker reads: every hyperparameter as it is rendered, wrong ones included."""
    chosen = {**_DEFAULTS, **one.hyperparameters}
    variables = {name.upper(): _text(value) for name, value in chosen.items()}
    return {"id": one.id, "variables": variables, "validation": one.validation}


def findings(one: ParameterSet) -> list[Diagnostic]:
    """What is said of a job with these hyperparameters."""
    document = copy.deepcopy(_JOB)
    document["algorithm"]["algorithmName"] = "lightgbm"
    document["hyperparameters"] = {"lightgbm": one.hyperparameters}
    if not one.validation:
        del document["inputDataConfig"][1]
    job, refused = job_from(document)
    return list(refused) if job is None else list(check_job(job, _PLATFORM))


def counterparts(one: ParameterSet, said: list[Diagnostic]) -> Iterator[ParameterSet]:
    """Sets that must train the same model: each without a field that is said to have no effect."""
    if any(found.is_error for found in said):
        return
    for found in said:
        if found.rule in (UNUSED, MAX_DROP):
            field = _field(found)
            changed = {**one.hyperparameters, field: _without_effect(one, found.rule, field)}
            yield replace(one, id=f"{one.id} but {field}", hyperparameters=changed)


def _without_effect(one: ParameterSet, rule: Rule, field: str) -> Any:
    """The value with which the same model is to be trained."""
    if rule is MAX_DROP:
        # With uniform_drop at most one tree is dropped too, but not as often.
        return 0 if one.hyperparameters.get("uniform_drop") else 1
    return 2 ** one.hyperparameters["max_depth"] if field == "num_leaves" else _DEFAULTS[field]


def disagreements(
    one: ParameterSet,
    said: list[Diagnostic],
    others: list[ParameterSet],
    results: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> Iterator[str]:
    """In words, each way in which ``results`` (by version and id) are not what was said."""
    errors = [found for found in said if found.is_error]
    failed = {v: of[one.id]["error"] for v, of in results.items() if not of[one.id]["ok"]}
    for version, error in failed.items():
        if not errors:
            yield f"fails with {version} ({error}), and no error was said"
    if errors and len(failed) < len(results) and not all(map(_is_documented, errors)):
        yield f"trains, but was refused: {errors[0].rule.id}: {errors[0].message}"
    for other in others:
        for version, of in results.items():
            if of[one.id]["models"] != of[other.id]["models"]:
                yield f"with {version} there is an effect: {other.id}"


def _is_documented(found: Diagnostic) -> bool:
    return found.rule.id.startswith("schema/") and _field(found) in DOCUMENTED


def _field(found: Diagnostic) -> str:
    return (found.pointer or "").split("/")[3]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return ",".join(value) if isinstance(value, list) else as_text(value)
