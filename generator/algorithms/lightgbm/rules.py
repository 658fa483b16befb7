"""What lightgbm refuses, ignores or does surprisingly, by fields that have to fit each other.

Everything here was measured with lightgbm 4.3.0 and 4.7.0; several processes with two of them. An
error is what fails, a warning what is accepted and does nothing or surprises. `make check-lightgbm`
compares again, but for GPUs and several processes.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.algorithms.base import GPU_COUNT, Training, refusal, unused_fields
from generator.algorithms.lightgbm.hyperparameters import LightGBM
from generator.diagnostics import Diagnostic, warning

Run = Training[LightGBM]

UNUSED = warning("lightgbm/unused", "A hyperparameter that has no effect here.")
NUM_CLASS = refusal("lightgbm/num-class", "num_class does not fit the objective.")
METRIC = refusal("lightgbm/metric", "A metric that fails with the objective.")
FOREST = refusal("lightgbm/forest", "A random forest without sampling.")
GOSS_BAGGING = refusal("lightgbm/goss-bagging", "goss does not go with bagging.")
GOSS_RATES = refusal("lightgbm/goss-rates", "The rates of goss do not fit each other.")
CLASS_WEIGHTS = refusal("lightgbm/class-weights", "Classes are weighed in two ways at once.")
QUANTILE = refusal("lightgbm/quantile", "A quantile that is not below 1.")
DEVICE = refusal("lightgbm/device", "The device needs a GPU.")
IDLE_GPU = warning("lightgbm/idle-gpu", "GPUs are asked for, and trees are grown on the CPU.")
CUDA_PROCESSES = refusal("lightgbm/cuda-processes", "cuda does not train distributed.")
SERIAL_WORKERS = warning("lightgbm/serial-workers", "Each process trains a model of its own.")
MAX_DROP = warning("lightgbm/max-drop", "max_drop 0 drops one tree at most, not any number.")

_DART = ("drop_rate", "max_drop", "skip_drop", "uniform_drop")
_OF_CLASSES = frozenset({"multiclass", "multiclassova"})
_METRICS_OF_CLASSES = frozenset({"multi_logloss", "multi_error", "auc_mu"})
_WEIGHS_CLASSES = frozenset({"binary", "multiclassova"})


def check(run: Run) -> Iterator[Diagnostic]:
    """Everything that is wrong with a training run."""
    for rule in (
        _num_class,
        _metrics,
        _sampling,
        _class_weights,
        _quantile,
        _devices,
        _workers,
        _max_drop,
        _check_unused,
    ):
        yield from rule(run)


def bags(chosen: LightGBM) -> bool:
    """Whether trees see a part of the rows that is drawn at random."""
    return chosen.bagging_freq > 0 and chosen.bagging_fraction < 1


def _num_class(run: Run) -> Iterator[Diagnostic]:
    objective, classes = run.chosen.objective, run.chosen.num_class
    if objective in _OF_CLASSES and classes == 1:
        yield NUM_CLASS.found(
            f"{objective} needs the number of classes",
            hint='add "num_class", 2 or more',
            at=run.at("/num_class" if "num_class" in run.chosen.model_fields_set else "/objective"),
        )
    elif objective not in _OF_CLASSES and classes != 1:
        yield NUM_CLASS.found(
            f"{objective} fails with num_class {classes}",
            hint="leave num_class out, or choose multiclass",
            at=run.at("/num_class"),
        )


def _metrics(run: Run) -> Iterator[Diagnostic]:
    objective = run.chosen.objective
    of_classes = objective in _OF_CLASSES
    for index, metric in enumerate(run.chosen.metric):
        if (metric in _METRICS_OF_CLASSES) != of_classes:
            fitting = ", ".join(sorted(_METRICS_OF_CLASSES))
            yield METRIC.found(
                f"{objective} fails with the metric {metric}",
                hint=f"write {fitting}" if of_classes else f"it takes any but {fitting}",
                at=run.at(f"/metric/{index}"),
            )


def _sampling(run: Run) -> Iterator[Diagnostic]:
    chosen = run.chosen
    goss = chosen.data_sample_strategy == "goss"
    if goss and bags(chosen):
        yield GOSS_BAGGING.found(
            "goss draws the rows itself and fails with bagging",
            hint='leave bagging out, or write "data_sample_strategy": "bagging"',
            at=run.at("/bagging_fraction"),
        )
    if goss and not _goss_rates_fit(chosen):
        field = "top_rate" if "top_rate" in chosen.model_fields_set else "other_rate"
        yield GOSS_RATES.found(
            f"goss takes top_rate and other_rate above 0 that add up to 1 at most, not "
            f"{chosen.top_rate:g} and {chosen.other_rate:g}",
            hint="write 0.2 and 0.1",
            at=run.at(f"/{field}"),
        )
    if chosen.boosting == "rf" and not (goss or bags(chosen) or chosen.feature_fraction < 1):
        yield FOREST.found(
            "rf fails where every tree would see the same rows and columns",
            hint="set bagging_freq 1 and bagging_fraction below 1, or feature_fraction below 1",
            at=run.at("/boosting"),
        )


def _goss_rates_fit(chosen: LightGBM) -> bool:
    return min(chosen.top_rate, chosen.other_rate) > 0 and chosen.top_rate + chosen.other_rate <= 1


def _class_weights(run: Run) -> Iterator[Diagnostic]:
    chosen = run.chosen
    weighed = chosen.is_unbalance and chosen.scale_pos_weight != 1
    if weighed and chosen.objective in _WEIGHS_CLASSES:
        yield CLASS_WEIGHTS.found(
            f"{chosen.objective} fails with both is_unbalance and scale_pos_weight",
            hint="leave one of them out",
            at=run.at("/scale_pos_weight"),
        )


def _quantile(run: Run) -> Iterator[Diagnostic]:
    if run.chosen.objective == "quantile" and run.chosen.alpha >= 1:
        yield QUANTILE.found(
            f"quantile takes an alpha below 1, not {run.chosen.alpha:g}",
            hint="write 0.9 for the value that nine of ten rows stay below",
            at=run.at("/alpha"),
        )


def _devices(run: Run) -> Iterator[Diagnostic]:
    device = run.chosen.device_type
    if device in ("gpu", "cuda") and run.gpus == 0:
        yield DEVICE.found(
            f"{device} fails without a GPU, and the job asks for none",
            hint="leave device_type out, or give the workers a gpuCount",
            at=run.at("/device_type"),
        )
    elif device == "cpu" and run.gpus:
        yield IDLE_GPU.found(
            "the job asks for GPUs, and device_type cpu uses none",
            hint='leave gpuCount out, or write "gpu" or "cuda", as the image can',
            at=run.at("/device_type"),
        )
    elif (
        device != "gpu"
        and run.gpus
        and run.processes > 1
        # Each trains by itself, which is said by another rule.
        and run.chosen.tree_learner != "serial"
    ):
        yield CUDA_PROCESSES.found(
            f"cuda trains in one process, and with a process a GPU the job has {run.processes}",
            hint='write "device_type": "gpu" (OpenCL), or ask for one worker with one GPU',
            at=run.at("/device_type") if device else run.job_file.at(GPU_COUNT),
        )


def _workers(run: Run) -> Iterator[Diagnostic]:
    if run.chosen.tree_learner == "serial" and run.processes > 1:
        yield SERIAL_WORKERS.found(
            f"with serial each of {run.processes} processes trains a model on its own rows only",
            hint='write "data", or ask for one worker with one GPU at most',
            at=run.at("/tree_learner"),
        )


def _max_drop(run: Run) -> Iterator[Diagnostic]:
    chosen = run.chosen
    drops = chosen.boosting == "dart" and chosen.drop_rate > 0 and chosen.skip_drop < 1
    if drops and chosen.max_drop == 0:
        yield MAX_DROP.found(
            "max_drop 0 sets no limit but the lowest: at most one tree is dropped, as with 1",
            hint="write 1, or -1 for no limit",
            at=run.at("/max_drop"),
        )


def _check_unused(run: Run) -> Iterator[Diagnostic]:
    """A warning for each hyperparameter that is given, is not the default, and has no effect."""
    yield from unused_fields(UNUSED, run, _unused(run))
    depth, leaves = run.chosen.max_depth, run.chosen.num_leaves
    if 0 < depth < 17 and leaves > 2**depth and "num_leaves" in run.chosen.model_fields_set:
        yield UNUSED.found(
            f"num_leaves is never reached: max_depth {depth} leaves room for {2**depth}",
            hint=f"write {2**depth}, or raise max_depth",
            at=run.at("/num_leaves"),
        )


def _unused(run: Run) -> Iterator[tuple[str, str]]:
    """Fields without effect and why, in words that follow the field's name."""
    chosen = run.chosen
    yield from _unused_by_boosting(chosen)
    yield from _unused_by_sampling(chosen)
    yield from _unused_by_objective(chosen)
    if chosen.boosting == "dart":
        yield "early_stopping_round", "does not stop the booster dart"
    elif not run.validation:
        yield "early_stopping_round", "stops nothing without a validation channel"


def _unused_by_boosting(chosen: LightGBM) -> Iterator[tuple[str, str]]:
    if chosen.boosting == "rf":
        yield "learning_rate", "is not used by a random forest"
    if chosen.boosting != "dart":
        yield from ((field, "is used by the booster dart only") for field in _DART)
    elif chosen.drop_rate == 0:
        fields = ("max_drop", "skip_drop", "uniform_drop")
        yield from ((field, "has no effect while drop_rate is 0") for field in fields)
    elif chosen.skip_drop == 1:
        fields = ("drop_rate", "max_drop", "uniform_drop")
        yield from ((field, "has no effect while skip_drop is 1") for field in fields)


def _unused_by_sampling(chosen: LightGBM) -> Iterator[tuple[str, str]]:
    if chosen.bagging_freq == 0:
        yield "bagging_fraction", "has no effect while bagging_freq is 0"
    if chosen.bagging_fraction == 1:
        yield "bagging_freq", "has no effect while bagging_fraction is 1"
    if chosen.data_sample_strategy != "goss":
        yield from ((field, "is used by goss only") for field in ("top_rate", "other_rate"))
    elif chosen.boosting != "rf" and chosen.num_iterations <= _first_sampled(chosen):
        wait = f"{_first_sampled(chosen):g} iterations, 1 / learning_rate"
        yield "data_sample_strategy", f"has no effect: goss starts after {wait}"


def _first_sampled(chosen: LightGBM) -> int:
    """The iterations before goss draws rows: lightgbm lets the first ones see all of them."""
    return int(1 / chosen.learning_rate)


def _unused_by_objective(chosen: LightGBM) -> Iterator[tuple[str, str]]:
    objective, named = chosen.objective, {chosen.objective, *chosen.metric}
    if objective not in ("binary", "multiclassova"):
        fields = ("is_unbalance", "scale_pos_weight")
        yield from ((field, f"is not used by the objective {objective}") for field in fields)
    if not named & {"huber", "quantile"}:
        yield "alpha", "is used by huber and quantile only"
    if "tweedie" not in named:
        yield "tweedie_variance_power", "is used by tweedie only"
