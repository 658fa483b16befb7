"""The end-to-end tests' training script reads the variables that are rendered, and no others."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from generator.manifests.runtime_env import environment
from generator.params.algorithms.xgboost.hyperparameters import XGBoost
from generator.params.job import Job
from generator.params.variables import CREDENTIAL_VARIABLES
from generator.platform.model import Platform
from tests.documents import EVERY_FIELD
from tests.e2e.images.build import TRAINING_SCRIPT
from tests.e2e.images.xgboost_train import PARAMETERS, Settings

CHANNEL = EVERY_FIELD["inputDataConfig"][0]
JOB = {**EVERY_FIELD, "inputDataConfig": [CHANNEL, {**CHANNEL, "channelName": "validation"}]}
CHOSEN = EVERY_FIELD["hyperparameters"]["xgboost"]
CUSTOM = "custom hyperparameters"


class Recording(Mapping[str, str]):
    """Variables that remember which were asked for."""

    def __init__(self, variables: dict[str, str]) -> None:
        self.variables = variables
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return self.variables[name]

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return name in self.variables

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("the script asks for names, it does not look around")

    def __len__(self) -> int:
        return len(self.variables)


def rendered(document: dict[str, Any]) -> dict[str, str]:
    groups = environment(Job.model_validate(document), Platform())
    keys = {name: f"the {name}" for name in CREDENTIAL_VARIABLES}
    # What an engineer adds is for scripts of one's own.
    ours = [variables for title, variables in groups if title != CUSTOM]
    return keys | {name: value for variables in ours for name, value in variables}


def test_it_reads_exactly_what_is_rendered() -> None:
    variables = Recording(rendered(JOB))
    Settings.read(variables)
    assert variables.read == variables.variables.keys()


@pytest.mark.parametrize("chosen", [{}, CHOSEN], ids=["defaults", "every-field"])
def test_values_are_what_xgboost_wants(chosen: dict[str, Any]) -> None:
    settings = Settings.read(rendered({**JOB, "hyperparameters": {"xgboost": chosen}}))
    model = XGBoost.model_validate(chosen).model_dump(by_alias=True)
    assert (settings.rounds, settings.csv_weights) == (model["num_round"], False)
    assert settings.early_stopping_rounds == model["early_stopping_rounds"]
    left_out = {name for name in ("nthread", "updater") if model[name] == "auto"}
    assert settings.parameters == {name: model[name] for name in PARAMETERS.keys() - left_out}


def test_settings_are_its_only_way_to_the_environment() -> None:
    tree = ast.parse(TRAINING_SCRIPT.read_text(encoding="utf-8"))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    uses = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"}
    ]
    assert uses
    for use in uses:
        call = parents[use]
        assert isinstance(call, ast.Call)
        assert ast.unparse(call) == "Settings.read(os.environ)"


def test_keys_are_never_shown() -> None:
    settings = Settings.read(rendered(JOB))
    for shown in (repr(settings), repr(settings.without_keys())):
        assert "the S3_" not in shown
    assert settings.without_keys()["train_key"] == "iris/train.csv"


def test_a_job_without_validation_stops() -> None:
    with pytest.raises(KeyError, match="S3_VAL_KEY"):
        Settings.read(rendered(EVERY_FIELD))
