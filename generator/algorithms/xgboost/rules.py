"""What xgboost refuses, ignores or does surprisingly, by fields that have to fit each other.

Everything here was measured with xgboost 2.1.4 and 3.0.5 (what images of Ray 2.46 carry) in a
collective of one process, as Ray trains; several were measured with two. An error is what fails
there, a warning what is accepted and does nothing or surprises. `make check-xgboost` compares
again. Marked "source": read in xgboost's source, since no GPU was at hand.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.algorithms.base import GPU_COUNT, Training, refusal
from generator.algorithms.xgboost.hyperparameters import XGBoost
from generator.algorithms.xgboost.labels import check_labels
from generator.algorithms.xgboost.unused import check_unused
from generator.diagnostics import Diagnostic, warning

Run = Training[XGBoost]

EXACT = refusal("xgboost/exact", "The exact tree method does not train distributed.")
GPU_HIST = refusal("xgboost/gpu-hist", "gpu_hist needs a GPU.")
GPU_HIST_REMOVED = warning("xgboost/gpu-hist-removed", "gpu_hist is gone from xgboost 3.1 on.")
GRADIENT_BASED = refusal(
    "xgboost/gradient-based", "gradient_based sampling needs a GPU.", needs_platform=True
)
IDLE_GPU = warning(
    "xgboost/idle-gpu", "GPUs are reserved that the training does not use.", needs_platform=True
)
UPDATE = refusal("xgboost/process-type", "process_type update needs a model to start from.")
UPDATER = refusal("xgboost/updater", "A list of updaters that xgboost refuses.")
UPDATER_WORKERS = refusal("xgboost/updater-workers", "prune and sync fail with several processes.")
REFRESH_WORKERS = warning(
    "xgboost/refresh-workers", "refresh spoils leaves with several processes."
)
NO_TREES = warning("xgboost/no-trees", "The updaters grow no tree.")
FOREST = refusal("xgboost/forest", "The objective does not take several trees a round.")
GBLINEAR_WORKERS = warning(
    "xgboost/gblinear-workers", "gblinear trains each process's model on its own rows."
)
CONSTANT = warning("xgboost/constant-model", "The model cannot learn anything.")

_IMAGE = (
    "set headImage and workerImage to an image whose script reads DEVICE, as "
    "sample/training/xgboost_train.py does"
)
_GROWERS = frozenset({"grow_histmaker", "grow_quantile_histmaker"})
_UPDATERS = _GROWERS | {"grow_colmaker", "prune", "refresh", "sync"}
_LINEAR_UPDATERS = ("shotgun", "coord_descent")


def check(run: Run) -> Iterator[Diagnostic]:
    """Everything that is wrong with a training run."""
    for rule in (
        _tree_methods,
        _idle_gpus,
        _sampling,
        _process_type,
        _updaters,
        _forest,
        _gblinear,
        _constant,
        check_labels,
        check_unused,
    ):
        yield from rule(run)


def updaters_of(chosen: XGBoost) -> list[str] | None:
    """The updaters that are named, None where the tree method decides."""
    if chosen.updater == "auto":
        return None
    return chosen.updater.removesuffix(",").split(",")


def _tree_methods(run: Run) -> Iterator[Diagnostic]:
    chosen = run.chosen
    # With an updater xgboost does not look at the tree method.
    if chosen.booster == "gblinear" or updaters_of(chosen) is not None:
        return
    if chosen.tree_method == "exact":
        yield EXACT.found(
            "the tree method exact does not train distributed, and Ray always does",
            hint='write "hist" or "approx"',
            at=run.at("/tree_method"),
        )
    if chosen.tree_method == "gpu_hist" and run.gpus == 0:
        yield GPU_HIST.found(
            "gpu_hist fails without a GPU, and the job asks for none",
            hint='write "hist", or give the workers a gpuCount',
            at=run.at("/tree_method"),
        )
    elif chosen.tree_method == "gpu_hist" and run.own_script:
        yield GPU_HIST_REMOVED.found(
            "xgboost 2 and 3.0 take gpu_hist as deprecated, 3.1 refuses it",
            hint='write "hist": with DEVICE it trains on the GPU',
            at=run.at("/tree_method"),
        )


def _is_exact(chosen: XGBoost) -> bool:
    return chosen.booster != "gblinear" and chosen.tree_method == "exact"


def _why_on_cpu(run: Run) -> tuple[str, str] | None:
    """Why a job with GPUs trains on the CPU, and what to do; None where it uses its GPUs."""
    updaters = updaters_of(run.chosen)
    if run.chosen.booster == "gblinear":
        return "the booster gblinear trains on the CPU", "use gbtree or dart"
    if updaters is not None:
        return f"{run.chosen.updater} runs on the CPU", "leave updater out"
    if run.own_script or run.chosen.tree_method == "gpu_hist":
        return None
    return (
        "the script of the platform's image does not read DEVICE, and trains on the CPU with "
        f"tree_method {run.chosen.tree_method}",
        f'{_IMAGE}, write "tree_method": "gpu_hist"',
    )


def _idle_gpus(run: Run) -> Iterator[Diagnostic]:
    """GPUs of a job that trains on the CPU.

    USE_GPU with tree_method auto and hist left xgboost 2.1.4 with "device": "cpu", and gpu_hist
    with 2 workers of 4 GPUs used 2 of 8 (measured with Ray 2.46.0). Source: the updaters that can
    be named, and shotgun, have no code for a GPU.
    """
    if not run.gpus:
        return
    updaters = updaters_of(run.chosen)
    if updaters is None and _is_exact(run.chosen):
        return
    if set(updaters or ()) - {*_UPDATERS, *_LINEAR_UPDATERS}:
        return
    reserved = run.workers * run.gpus
    if why := _why_on_cpu(run):
        reason, advice = why
        yield IDLE_GPU.found(
            f"{reason}: it uses none of the {reserved} GPUs that the job reserves",
            hint=f"{advice}, or leave gpuCount out",
            at=run.job_file.at(GPU_COUNT),
        )
    elif run.processes < reserved:
        yield IDLE_GPU.found(
            "the script of the platform's image starts one process a worker: it uses "
            f"{run.processes} of the {reserved} GPUs that the job reserves",
            hint=f'{_IMAGE}, or write "gpuCount": 1',
            at=run.job_file.at(GPU_COUNT),
        )


def _sampling(run: Run) -> Iterator[Diagnostic]:
    chosen, updaters = run.chosen, updaters_of(run.chosen)
    if chosen.booster == "gblinear" or chosen.sampling_method != "gradient_based":
        return
    # Source: on a GPU every tree method but exact has it.
    on_gpu = run.gpus > 0 and _why_on_cpu(run) is None
    if updaters is None and (on_gpu or chosen.tree_method in ("gpu_hist", "exact")):
        return
    if updaters is None or _GROWERS & set(updaters):
        yield GRADIENT_BASED.found(
            "gradient_based sampling works on a GPU only, and this job trains on the CPU",
            hint='write "uniform"',
            at=run.at("/sampling_method"),
        )


def _process_type(run: Run) -> Iterator[Diagnostic]:
    if run.chosen.booster != "gblinear" and run.chosen.process_type == "update":
        yield UPDATE.found(
            "process_type update needs a model to start from, which a job cannot give",
            hint='write "default"',
            at=run.at("/process_type"),
        )


def _updaters(run: Run) -> Iterator[Diagnostic]:
    updaters = updaters_of(run.chosen)
    if updaters is None:
        return
    if run.chosen.booster == "gblinear":
        if run.chosen.updater not in _LINEAR_UPDATERS:
            yield _refused(run, f"gblinear takes {' or '.join(_LINEAR_UPDATERS)}")
        return
    unknown = [name for name in updaters if name not in _UPDATERS]
    if unknown:
        yield _refused(run, _why_unknown(unknown[0]))
    elif updaters[0] in ("prune", "refresh"):
        yield _refused(run, f"{updaters[0]} cannot grow trees and so cannot come first")
    elif "grow_colmaker" in updaters:
        yield _refused(run, "grow_colmaker does not train distributed, and Ray always does")
    else:
        yield from _updaters_that_pass(run, updaters)


def _updaters_that_pass(run: Run, updaters: list[str]) -> Iterator[Diagnostic]:
    if not _GROWERS & set(updaters):
        yield NO_TREES.found(
            f'"{run.chosen.updater}" grows no tree: the model is a constant',
            hint="name grow_histmaker or grow_quantile_histmaker first, or leave it out",
            at=run.at("/updater"),
        )
    several = run.processes > 1
    failing = [name for name in ("prune", "sync") if name in updaters]
    if several and failing:
        yield UPDATER_WORKERS.found(
            f"{failing[0]} fails in the first round with {run.processes} training processes",
            hint="leave it out: the growers prune by themselves",
            at=run.at("/updater"),
        )
    elif several and "refresh" in updaters and run.chosen.refresh_leaf:
        yield REFRESH_WORKERS.found(
            "refresh combines the leaves of several processes wrongly: the model gets worse",
            hint="leave refresh out",
            at=run.at("/updater"),
        )


def _why_unknown(name: str) -> str:
    if name in ("grow_gpu_hist", "grow_gpu_approx"):
        return f"{name} is no updater to name: tree_method hist with a DEVICE of cuda chooses it"
    if name in ("exact", "approx", "hist", "gpu_hist"):
        return f'"{name}" is a tree method, no updater'
    return f'"{name}" is no updater of trees'


def _refused(run: Run, words: str) -> Diagnostic:
    return UPDATER.found(
        words,
        hint="leave updater out: tree_method chooses; or name grow_histmaker",
        at=run.at("/updater"),
    )


def _forest(run: Run) -> Iterator[Diagnostic]:
    chosen, updaters = run.chosen, updaters_of(run.chosen)
    grows_last = updaters is None or updaters[-1] in _GROWERS
    if (
        chosen.booster != "gblinear"
        and chosen.num_parallel_tree > 1
        and chosen.objective in ("reg:absoluteerror", "reg:quantileerror")
        and grows_last
    ):
        yield FOREST.found(
            f"{chosen.objective} takes one tree a round, not {chosen.num_parallel_tree}",
            hint="write 1",
            at=run.at("/num_parallel_tree"),
        )


def _gblinear(run: Run) -> Iterator[Diagnostic]:
    if run.chosen.booster == "gblinear" and run.processes > 1:
        yield GBLINEAR_WORKERS.found(
            f"each of {run.processes} processes trains a linear model on its own rows only",
            hint="ask for one worker with one GPU at most, or use gbtree",
            at=run.at("/booster"),
        )


def _constant(run: Run) -> Iterator[Diagnostic]:
    chosen = run.chosen
    trees = chosen.booster != "gblinear"
    for field, learns_nothing in (
        ("eta", chosen.eta == 0),
        ("subsample", trees and chosen.subsample == 0),
        ("max_leaves", trees and chosen.max_leaves == 1),
    ):
        if learns_nothing:
            yield CONSTANT.found(
                f"with {field} {getattr(chosen, field):g} every prediction is the same",
                hint="raise it",
                at=run.at(f"/{field}"),
            )
