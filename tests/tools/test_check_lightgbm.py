"""`make check-lightgbm` would notice each way in which the rules and lightgbm can disagree."""

from __future__ import annotations

from typing import Any

import pytest

from generator.algorithms.lightgbm import rules
from generator.rules.catalogue import rules_in
from tools.check_lightgbm.parameter_sets import ParameterSet, parameter_sets
from tools.check_lightgbm.verdict import counterparts, disagreements, findings, request

MODEL = {"real": "a"}
TRAINED = {"ok": True, "error": None, "models": MODEL}
FAILED: dict[str, Any] = {"ok": False, "error": "Check failed", "models": {}}


def verdict(chosen: dict[str, Any], *results: dict[str, Any], without: Any = None) -> list[str]:
    """What is found where the versions did ``results``, and trained ``without`` a field so."""
    one = ParameterSet("one", chosen)
    said = findings(one)
    others = list(counterparts(one, said))
    trained = {
        f"v{number}": {"one": result, **{other.id: without or result for other in others}}
        for number, result in enumerate(results)
    }
    return list(disagreements(one, said, others, trained))


@pytest.mark.parametrize(
    ("chosen", "results", "without", "words"),
    [
        ({}, [TRAINED, TRAINED], None, None),
        ({}, [TRAINED, FAILED], None, "fails with v1 (Check failed), and no error was said"),
        ({"boosting": "rf"}, [FAILED, FAILED], None, None),
        ({"boosting": "rf"}, [FAILED, TRAINED], None, "trains, but was refused: lightgbm/forest"),
        ({"num_leaves": 1}, [TRAINED, TRAINED], None, "trains, but was refused: schema/range"),
        ({"max_depth": -2}, [TRAINED, TRAINED], None, None),
        ({"top_rate": 0.5}, [TRAINED], None, None),
        ({"top_rate": 0.5}, [TRAINED], {**TRAINED, "models": {"real": "b"}}, "there is an effect"),
        ({"top_rate": 0.5}, [TRAINED], FAILED, "there is an effect"),
    ],
)
def test_a_disagreement_is_found(
    chosen: dict[str, Any], results: list[dict[str, Any]], without: Any, words: str | None
) -> None:
    found = verdict(chosen, *results, without=without)
    assert len(found) == int(words is not None)
    assert words is None or words in found[0]


def test_the_worker_is_given_every_variable_as_it_is_rendered() -> None:
    asked = request(ParameterSet("one", {"metric": ["l1", "l2"], "max_bin": 7, "seed": None}))
    variables = asked["variables"]
    assert (variables["METRIC"], variables["MAX_BIN"], variables["SEED"]) == ("l1,l2", "7", "")
    assert variables["UNIFORM_DROP"] == "false"


def test_thousands_of_sets_lead_to_every_rule() -> None:
    sets = list(parameter_sets())
    assert len(sets) > 3000
    assert len({one.id for one in sets}) == len(sets)
    said = [findings(one) for one in sets]
    found = {one.rule.id for several in said for one in several}
    # What needs GPUs or several workers is not trained.
    not_tried = {rules.IDLE_GPU.id, rules.SERIAL_WORKERS.id, rules.CUDA_PROCESSES.id}
    assert found >= {"schema/range", *rules_in(rules)} - not_tried
    assert sum(not several for several in said) > 500
