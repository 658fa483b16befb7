"""The training scripts of networks read the variables that are rendered, and no others."""

from __future__ import annotations

from typing import Any

import pytest

from generator.algorithms import BUILT_IN
from sample.training import jax_train, pytorch_train, tensorflow_train
from tests.helpers.recording import Recording
from tests.helpers.scripts import definitions_of, rendered

SCRIPTS: dict[str, Any] = {
    "jax": jax_train,
    "pytorch": pytorch_train,
    "tensorflow": tensorflow_train,
}
NULLS: dict[str, Any] = {
    "gradient_clip_norm": 0.5,
    "early_stopping_patience": 3,
    "checkpoint_num_to_keep": 2,
}
"""Hyperparameters that are null by default."""


SHARED = {
    ("jax", "pytorch", "tensorflow"): {
        "_flag",
        "_number_or_none",
        "_whole_numbers",
        "_whole_or_none",
        "OPTIONAL",
        "SECRET",
        "Settings",
        "Variable",
        "described",
        "read_table",
    },
    ("jax", "tensorflow"): {"Encoding", "Progress", "rows_of"},
}
"""What is word for word the same in scripts that are each one file."""


def read(name: str, chosen: dict[str, Any], *, validation: bool = True) -> Any:
    return SCRIPTS[name].Settings.read(rendered(name, chosen, validation=validation))


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("validation", [True, False])
def test_it_reads_exactly_what_is_rendered(name: str, validation: bool) -> None:
    variables = Recording(rendered(name, {}, validation=validation))
    SCRIPTS[name].Settings.read(variables)
    assert variables.read | {"S3_VAL_KEY"} == variables.variables.keys() | {"S3_VAL_KEY"}


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("given", [{}, NULLS], ids=["defaults", "no-nulls"])
def test_values_are_what_the_job_says(name: str, given: dict[str, Any]) -> None:
    settings, script = read(name, given), SCRIPTS[name]
    for field, value in BUILT_IN[name].hyperparameters.model_validate(given):
        setting = script.VARIABLES[field.upper()].setting
        assert (setting, getattr(settings, setting)) == (setting, value)
    assert (settings.workers, settings.use_gpu, settings.label_column) == (1, False, "target")
    assert settings.validation_key == "iris/validation.csv"
    assert read(name, {}, validation=False).validation_key is None
    assert read(name, {"hidden_units": []}).hidden_units == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_value_that_is_none_stops_it_and_is_named(name: str) -> None:
    variables = rendered(name, {})
    settings = SCRIPTS[name].Settings
    for variable in BUILT_IN[name].variables | {"NUM_WORKER", "USE_GPU"}:
        without = {other: value for other, value in variables.items() if other != variable}
        with pytest.raises(KeyError, match=variable):
            settings.read(without)
        if SCRIPTS[name].VARIABLES[variable].parse is not str:
            with pytest.raises(ValueError, match=f'{variable} is "x"'):
                settings.read({**variables, variable: "x"})


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_refuses_what_the_rules_say_it_refuses(name: str) -> None:
    with pytest.raises(ValueError, match="EARLY_STOPPING_PATIENCE needs validation data"):
        read(name, {"early_stopping_patience": 1}, validation=False)
    with pytest.raises(ValueError, match="WARMUP_EPOCHS"):
        read(name, {"epochs": 2, "warmup_epochs": 2})


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_says_what_it_does_with_each_variable_and_shows_no_key(name: str) -> None:
    settings, script = read(name, {}), SCRIPTS[name]
    lines = script.described(settings)
    assert {line.split()[0] for line in lines} == rendered(name, {}).keys()
    for shown in ("\n".join(lines), repr(settings), repr(settings.without_keys())):
        assert "the S3_" not in shown
    assert settings.without_keys()["train_key"] == "iris/train.csv"


@pytest.mark.parametrize("names", SHARED, ids="-".join)
def test_what_scripts_have_alike_stays_alike(names: tuple[str, ...]) -> None:
    first, *others = (definitions_of(SCRIPTS[name]) for name in names)
    for other in others:
        alike = {part for part, text in other.items() if first.get(part) == text}
        assert alike >= SHARED[names]
    read = [
        {variable: (one.setting, one.parse.__name__) for variable, one in table.items()}
        for table in (SCRIPTS[name].VARIABLES for name in names)
    ]
    assert all(other == read[0] for other in read)


def progress(name: str, chosen: dict[str, Any], losses: list[float]) -> Any:
    found = SCRIPTS[name].Progress(read(name, chosen))
    for number, loss in enumerate(losses):
        assert not found.ended
        found.after(loss, {"w": Weight(number)})
    return found


class Weight:
    """What stands for a tensor."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def clone(self) -> Weight:
        return Weight(self.epoch)


@pytest.mark.parametrize("name", SCRIPTS)
def test_early_stopping_keeps_the_best_weights(name: str) -> None:
    patient = {"epochs": 9, "early_stopping_patience": 2, "early_stopping_min_delta": 0.1}
    stopped = progress(name, patient, [3.0, 2.0, 1.95, 1.91])
    assert stopped.ended
    assert stopped.weights["w"].epoch == 1
    assert not progress(name, patient, [3.0, 2.0, 1.95, 1.8]).ended
    assert progress(name, {"epochs": 2}, [1.0, 2.0]).weights is None
    nothing = progress(name, {"epochs": 9, "early_stopping_patience": 2}, [float("nan")] * 2)
    assert (nothing.ended, nothing.weights) == (True, None)


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize(
    ("chosen", "written"),
    [
        ({"epochs": 5}, [5]),
        ({"epochs": 5, "checkpoint_frequency": 2}, [2, 4, 5]),
        ({"epochs": 4, "checkpoint_frequency": 2}, [2, 4]),
        ({"epochs": 4, "checkpoint_frequency": 9}, [4]),
    ],
)
def test_checkpoints_are_written_every_so_often_and_at_the_end(
    name: str, chosen: dict[str, Any], written: list[int]
) -> None:
    found = SCRIPTS[name].Progress(read(name, chosen))
    epochs = []
    while not found.ended:
        found.after(None, {})
        if found.writes_checkpoint:
            epochs.append(found.epoch)
    assert epochs == written
