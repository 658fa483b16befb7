"""Each training script refuses what it cannot use, and asks Ray Train for all that it can have."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from sample.training import lightgbm_train, pytorch_train
from tests.helpers.script_settings import SCRIPTS, settings
from tests.helpers.scripts import rendered
from tests.training.samples import Shape


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("second", [False, True], ids=["first-ray-train", "second-ray-train"])
@pytest.mark.parametrize(
    ("shape", "asked"),
    [
        (
            Shape(2, 9, 4),
            {
                "num_workers": 8,
                "use_gpu": True,
                "resources_per_worker": {"CPU": 2, "GPU": 1},
                "placement_strategy": "PACK",
            },
        ),
        (
            Shape(3, 4, 0),
            {
                "num_workers": 3,
                "use_gpu": False,
                "resources_per_worker": {"CPU": 4, "GPU": 0},
                "placement_strategy": "STRICT_SPREAD",
            },
        ),
    ],
    ids=["gpus", "cpus"],
)
def test_ray_train_is_asked_for_all_of_each_worker(
    name: str,
    shape: Shape,
    asked: dict[str, Any],
    *,
    second: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second version of Ray Train raises an error where ``trainer_resources`` are given."""
    train = SimpleNamespace(ScalingConfig=dict, **({"UserCallback": object} if second else {}))
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(train=train))
    monkeypatch.setitem(sys.modules, "ray.train", train)
    given = SCRIPTS[name].scaling(settings(name, shape))
    assert given == asked | ({} if second else {"trainer_resources": {}})


class NotImported(SimpleNamespace):
    """What stands for a module of which the script needs nothing before it has connected."""

    def __getattr__(self, name: str) -> Any:
        return NotImported()

    def __call__(self, *_: Any) -> Any:
        return NotImported()


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_waits_for_room_before_it_reads(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = SystemExit("cannot train")
    calls: list[str] = []

    def full(_: Any) -> None:
        calls.append("wait_for_room")
        raise said

    top = NotImported(init=lambda: calls.append("init"))
    monkeypatch.setitem(sys.modules, "ray", top)
    parts = ("lightgbm", "lightgbm.v2", "tensorflow", "torch", "v2", "v2.jax", "xgboost")
    for module in ("ray.train", *(f"ray.train.{part}" for part in parts)):
        monkeypatch.setitem(sys.modules, module, NotImported())
    # The script sets it: what it was is restored afterwards.
    monkeypatch.setenv("RAY_TRAIN_V2_ENABLED", "0")
    for variable, value in rendered(name, {}).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(SCRIPTS[name], "wait_for_room", full)
    with pytest.raises(SystemExit) as ended:
        SCRIPTS[name].main()
    assert ended.value is said
    assert calls == ["init", "wait_for_room"]


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("NUM_WORKER", "0", 'NUM_WORKER is "0", not a whole number, 1 or more'),
        ("CPUS_PER_WORKER", "0", 'CPUS_PER_WORKER is "0", not a whole number, 1 or more'),
        ("CPUS_PER_WORKER", "1.5", 'CPUS_PER_WORKER is "1.5", not a whole number, 1 or more'),
        ("GPUS_PER_WORKER", "-1", 'GPUS_PER_WORKER is "-1", not a whole number, 0 or more'),
        ("DEVICE", "rocm", 'DEVICE is "rocm", not cpu or cuda'),
        ("DEVICE", "", 'DEVICE is "", not cpu or cuda'),
        ("USE_GPU", "True", 'USE_GPU is "True", not true or false'),
    ],
)
def test_odd_values_are_named(name: str, variable: str, value: str, says: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(says)}$"):
        settings(name, Shape(1, 1, 0), **{variable: value})


@pytest.mark.parametrize(
    ("name", "variable", "says"),
    [
        ("xgboost", "MAX_DEPTH", 'MAX_DEPTH is "x", not a whole number'),
        ("xgboost", "NUM_BOOST_ROUND", 'NUM_BOOST_ROUND is "x", not a whole number'),
        ("xgboost", "EARLY_STOPPING_ROUNDS", 'EARLY_STOPPING_ROUNDS is "x"'),
        ("xgboost", "ETA", 'ETA is "x", not a number'),
        ("lightgbm", "NUM_LEAVES", 'NUM_LEAVES is "x", not a whole number'),
        ("lightgbm", "SEED", 'SEED is "x"'),
        ("lightgbm", "UNIFORM_DROP", 'UNIFORM_DROP is "x", not true or false'),
    ],
)
def test_bad_hyperparameters_are_named(name: str, variable: str, says: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(says)}$"):
        settings(name, Shape(1, 1, 0), **{variable: "x"})


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("variable", ["S3_ACCESS_KEY", "S3_SECRET_KEY"])
@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {}", "{}\t", "{}\x00{}", ""])
def test_keys_that_cannot_be_keys_are_named_and_not_shown(
    name: str, variable: str, around: str
) -> None:
    """As `echo key | base64` makes them."""
    with pytest.raises(ValueError, match=f"^{variable} is empty, or has a line break") as refused:
        settings(name, Shape(1, 1, 0), **{variable: around.format("EXAMPLE", "KEY")})
    assert "EXAMPLE" not in str(refused.value)
    # Python would show what it was raised from.
    assert refused.value.__context__ is None


def test_lightgbm_does_not_start_what_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("ray", "ray.train", "ray.train.lightgbm", "ray.train.lightgbm.v2"):
        monkeypatch.setitem(sys.modules, module, NotImported())
    chosen = {"DEVICE_TYPE": "cuda", "TREE_LEARNER": "data", "NUM_WORKER": "2"}
    for variable, value in {**rendered("lightgbm", {}), **chosen}.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit, match="cannot train: lightgbm's device_type cuda"):
        lightgbm_train.main()


class StoppedError(Exception):
    """Ends a script where enough is seen of it."""


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Run ``train_worker`` until it says what trains, or trains, with stand-ins for libraries."""

    def runs(name: str, shape: Shape, **modules: Any) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        told = settings(name, shape)

        def stop(_: Any, given: Any = None, *used: Any, **library: Any) -> None:
            seen.update(library, given=given, used=used)
            raise StoppedError

        def trains(given: dict[str, Any], *_: Any, **__: Any) -> None:
            seen.update(given)
            raise StoppedError

        library = NotImported(train=trains, **modules)
        for module in (name, *ALSO.get(name, ())):
            monkeypatch.setitem(sys.modules, module, library)
        context = NotImported(get_world_rank=lambda: 0, get_world_size=lambda: 1)
        train = NotImported(get_context=lambda: context, torch=NotImported(get_device=gpu))
        train.lightgbm = NotImported(get_network_params=lambda: {"num_machines": 2})
        monkeypatch.setitem(sys.modules, "ray", NotImported(train=train))
        for part in ("train", "train.collective", "train.lightgbm", "train.torch", "util"):
            monkeypatch.setitem(sys.modules, f"ray.{part}", train)
        monkeypatch.setattr(SCRIPTS[name], "print_process", stop)
        for part in ("_features", "_matrix", "_openmp"):
            monkeypatch.setattr(SCRIPTS[name], part, features, raising=False)
        monkeypatch.setattr(SCRIPTS[name].Settings, "read", lambda _: told)
        monkeypatch.setenv("PJRT_NPROC", "64")
        with pytest.raises(StoppedError):
            SCRIPTS[name].train_worker()
        return seen

    return runs


ALSO = {"jax": ("jax.sharding", "numpy"), "pytorch": ("torch", "torch.utils.data")}


def gpu() -> Any:
    return SimpleNamespace(type="cuda")


def features(*_: Any) -> tuple[Any, Any]:
    return None, None


SIZES = pytest.mark.parametrize(
    ("shape", "device"), [(Shape(1, 8, 4), "cuda"), (Shape(1, 2, 0), "cpu")], ids=["gpus", "cpus"]
)


@SIZES
def test_xgboost_gets_the_threads_and_the_device(
    worker: Callable[..., dict[str, Any]], shape: Shape, device: str
) -> None:
    seen = worker("xgboost", shape)
    assert (seen["nthread"], seen["device"]) == (2, device)


@SIZES
def test_lightgbm_gets_the_threads_and_the_device_and_the_other_processes(
    worker: Callable[..., dict[str, Any]], shape: Shape, device: str
) -> None:
    seen = worker("lightgbm", shape, Dataset=NotImported(), record_evaluation=features)
    assert (seen["num_threads"], seen["device_type"], seen["num_machines"]) == (2, device, 2)


@SIZES
def test_torch_gets_the_threads_and_the_device(
    worker: Callable[..., dict[str, Any]], shape: Shape, device: str
) -> None:
    threads = [1]
    seen = worker(
        "pytorch",
        shape,
        set_num_threads=threads.append,
        get_num_threads=lambda: threads[-1],
        device=lambda name: SimpleNamespace(type=name),
    )
    assert (seen["threads"], seen["given"], seen["used"]) == (2, device, (device,))


@SIZES
def test_tensorflow_gets_the_threads(
    worker: Callable[..., dict[str, Any]], shape: Shape, device: str
) -> None:
    told: dict[str, int] = {}
    threading = SimpleNamespace(
        set_intra_op_parallelism_threads=lambda number: told.update(intra=number),
        set_inter_op_parallelism_threads=lambda number: told.update(inter=number),
        get_intra_op_parallelism_threads=lambda: told.get("intra"),
    )
    config = SimpleNamespace(threading=threading, list_logical_devices=lambda _: [])
    strategy = SimpleNamespace(scope=nullcontext)
    distribute = SimpleNamespace(MultiWorkerMirroredStrategy=lambda: strategy)
    seen = worker("tensorflow", shape, config=config, distribute=distribute)
    assert (told, seen["threads"], seen["given"]) == ({"intra": 2, "inter": 2}, 2, device)


@SIZES
def test_jax_gets_the_threads(
    worker: Callable[..., dict[str, Any]], shape: Shape, device: str
) -> None:
    seen = worker("jax", shape, local_devices=lambda: [SimpleNamespace(platform=device)])
    assert (seen["threads"], seen["given"], seen["used"]) == (2, device, (device,))
    assert os.environ["PJRT_NPROC"] == "2"


@SIZES
def test_torch_speaks_through_nccl_on_gpus(
    monkeypatch: pytest.MonkeyPatch, shape: Shape, device: str
) -> None:
    backends: list[str] = []

    def stop(*_: Any, torch_config: str, **__: Any) -> None:
        backends.append(torch_config)
        raise StoppedError

    torch = NotImported(TorchConfig=lambda backend: backend, TorchTrainer=stop)
    train = NotImported(torch=torch, RunConfig=dict, CheckpointConfig=dict, FailureConfig=dict)
    monkeypatch.setitem(sys.modules, "ray", NotImported(train=train, init=lambda: None))
    monkeypatch.setitem(sys.modules, "ray.train", train)
    monkeypatch.setitem(sys.modules, "ray.train.torch", torch)
    told = settings("pytorch", shape)
    monkeypatch.setattr(pytorch_train.Settings, "read", lambda _: told)
    for name in ("wait_for_room", "read_table", "scaling"):
        monkeypatch.setattr(pytorch_train, name, features)
    with pytest.raises(StoppedError):
        pytorch_train.main()
    assert backends == [{"cuda": "nccl", "cpu": "gloo"}[device]]
