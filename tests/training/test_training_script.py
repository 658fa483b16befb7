"""Each sample's training script reads the variables that are rendered for it, and no others."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from generator.algorithms import BUILT_IN
from generator.algorithms.lightgbm.hyperparameters import LightGBM
from generator.algorithms.xgboost.hyperparameters import XGBoost
from generator.fields.labels import CREDENTIAL_VARIABLES
from generator.model.job.job import Job
from generator.model.job.schema import job_from
from generator.model.platform.model import Platform
from generator.render.rayjob import environment
from generator.repository.resolved_job import resolve
from generator.rules.job.job import check_job
from sample.training import lightgbm_train, xgboost_train
from tests.helpers.command import ROOT
from tests.helpers.documents import EVERY_FIELD, EVERY_FIELD_OF_LIGHTGBM
from tests.helpers.jobs import minimal_job
from tests.helpers.recording import Recording
from tests.training.samples import SAMPLES as SAMPLED
from tests.training.samples import Sample

DIRECTORY = ROOT / "sample" / "training"
SWITCHES = {
    "jax_train": {"os.environ['RAY_TRAIN_V2_ENABLED']", "os.environ['PJRT_NPROC']"},
}
"""What a script tells a library before it imports it."""
SCRIPTS: dict[str, ModuleType] = {"lightgbm": lightgbm_train, "xgboost": xgboost_train}
SAMPLES = {"lightgbm": EVERY_FIELD_OF_LIGHTGBM, "xgboost": EVERY_FIELD}
CUSTOM = "custom hyperparameters"


def job(name: str, chosen: dict[str, Any] | None = None) -> dict[str, Any]:
    """A job with a validation channel and every hyperparameter, or the chosen ones."""
    channel = EVERY_FIELD["inputDataConfig"][0]
    changed: dict[str, Any] = {
        **SAMPLES[name],
        "inputDataConfig": [channel, {**channel, "channelName": "validation"}],
    }
    if chosen is not None:
        changed["hyperparameters"] = {name: chosen}
    return changed


def rendered(document: dict[str, Any]) -> dict[str, str]:
    groups = environment(resolve(Job.model_validate(document), Platform()))
    keys = {name: f"the {name}" for name in CREDENTIAL_VARIABLES}
    # What an engineer adds is for scripts of one's own.
    ours = [variables for title, variables in groups if title != CUSTOM]
    return keys | {name: value for variables in ours for name, value in variables}


def test_every_algorithm_has_a_script() -> None:
    assert {f"{name}_train.py" for name in BUILT_IN} <= {file.name for file in DIRECTORY.iterdir()}


@pytest.mark.parametrize("sample", SAMPLED, ids=lambda sample: str(sample.algorithm))
def test_make_train_gives_what_a_job_could(sample: Sample) -> None:
    """Nothing is said of it: every hyperparameter has an effect, and its Ray is new enough."""
    algorithm, chosen = sample.algorithm, {sample.algorithm: sample.hyperparameters}
    document = minimal_job(algorithm={"algorithmName": algorithm}, hyperparameters=chosen)
    taken, refused = job_from(document)
    assert taken is not None, refused
    (version,) = re.findall(r"^ray==(\S+)", sample.lock.read_text(encoding="utf-8"), re.MULTILINE)
    runs = {"image": "example:v1", "entrypoint": "python train.py", "rayVersion": version}
    platform = Platform.model_validate({"algorithms": {algorithm: runs}})
    assert [found.rule.id for found in check_job(taken, platform)] == []


def test_make_train_trains_with_every_script() -> None:
    assert sorted(sample.script for sample in SAMPLED) == sorted(DIRECTORY.glob("*_train.py"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_reads_exactly_what_is_rendered(name: str) -> None:
    variables = Recording(rendered(job(name)))
    SCRIPTS[name].Settings.read(variables)
    assert variables.read == variables.variables.keys()


@pytest.mark.parametrize("script", sorted(DIRECTORY.glob("*.py")), ids=lambda file: str(file.stem))
def test_settings_are_its_only_way_to_the_environment(script: Path) -> None:
    tree = ast.parse(script.read_text(encoding="utf-8"))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    ways = {
        ast.unparse(parents[node])
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"}
    }
    assert ways == {"Settings.read(os.environ)"} | SWITCHES.get(script.stem, set())


@pytest.mark.parametrize("script", sorted(DIRECTORY.glob("*.py")), ids=lambda file: str(file.stem))
def test_a_script_can_be_copied_alone(script: Path) -> None:
    tree = ast.parse(script.read_text(encoding="utf-8"))
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name) or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name.partition(".")[0] for name in imported} & {"sample", "generator", "tests"} == set()


@pytest.mark.parametrize("name", SCRIPTS)
def test_keys_are_never_shown(name: str) -> None:
    settings = SCRIPTS[name].Settings.read(rendered(job(name)))
    for shown in (repr(settings), repr(settings.without_keys())):
        assert "the S3_" not in shown
    assert settings.without_keys()["train_key"] == "iris/train.csv"


@pytest.mark.parametrize(
    "chosen", [{}, EVERY_FIELD["hyperparameters"]["xgboost"]], ids=["defaults", "every-field"]
)
def test_values_are_what_xgboost_wants(chosen: dict[str, Any]) -> None:
    settings = xgboost_train.Settings.read(rendered(job("xgboost", chosen)))
    model = XGBoost.model_validate(chosen).model_dump(by_alias=True)
    assert (settings.rounds, settings.csv_weights) == (model["num_round"], False)
    assert settings.early_stopping_rounds == model["early_stopping_rounds"]
    left_out = {name for name in ("nthread", "updater") if model[name] == "auto"}
    names = xgboost_train.PARAMETERS.keys() - left_out
    assert settings.parameters == {name: model[name] for name in names}


@pytest.mark.parametrize(
    "chosen",
    [{}, {**EVERY_FIELD_OF_LIGHTGBM["hyperparameters"]["lightgbm"], "early_stopping_round": 5}],
    ids=["defaults", "every-field"],
)
def test_values_are_what_lightgbm_wants(chosen: dict[str, Any]) -> None:
    settings = lightgbm_train.Settings.read(rendered(job("lightgbm", chosen)))
    model = LightGBM.model_validate(chosen).model_dump()
    assert settings.iterations == model.pop("num_iterations")
    # lightgbm chooses what is not given, and its engine refuses to stop after 0 rounds.
    if not model["early_stopping_round"]:
        del model["early_stopping_round"]
    given = {name: value for name, value in model.items() if value not in (None, [])}
    assert settings.parameters == given


def test_without_validation_xgboost_stops_and_lightgbm_trains() -> None:
    with pytest.raises(KeyError, match="S3_VAL_KEY"):
        xgboost_train.Settings.read(rendered(EVERY_FIELD))
    settings = lightgbm_train.Settings.read(rendered(EVERY_FIELD_OF_LIGHTGBM))
    assert settings.validation_key is None
