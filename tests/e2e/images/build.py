"""Build what stands for the image of a training job: a directory with Ray and training scripts.

``bin/`` goes first on a pod's PATH, ``home/`` becomes its ``/home/ray``.  The directory's name
says what it was made from, so that another lock, script or Python is another directory.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.e2e.engines.build import cache_directory

HERE = Path(__file__).parent
LOCK = HERE / "requirements.lock"
TRAINING = HERE.parents[2] / "sample" / "training"
TRAINING_SCRIPTS = (TRAINING / "xgboost_train.py", TRAINING / "lightgbm_train.py")
"""The image's programs: those of the algorithms whose packages the lock has."""
SETTINGS = {
    # gRPC's own resolver does not read /etc/hosts.
    "GRPC_DNS_RESOLVER": "native",
    # On two cores that are busy Ray takes longer to start than it waits for itself: its dashboard
    # ends after 30 seconds, and the head pod never becomes ready.
    "RAY_raylet_start_wait_time_s": "300",
    "RAY_DASHBOARD_SUBPROCESS_MODULE_WAIT_READY_TIMEOUT": "300",
    "RAY_worker_register_timeout_seconds": "300",
    "RAY_USAGE_STATS_ENABLED": "0",
}
# A link to the interpreter would not do: Python finds its environment by the name it is called by.
_BESIDE = '"$(dirname "$(readlink -f "$0")")"'
WRAPPERS = {
    "python": [
        *(f"export {name}={value}" for name, value in SETTINGS.items()),
        f'exec {_BESIDE}/../venv/bin/python "$@"',
    ],
    "ray": [f'exec {_BESIDE}/python -m ray.scripts.scripts "$@"'],
}


def image(directory: Path | None = None) -> Path:
    """The image below ``directory``, by default the cache; it is built where it is missing.

    subprocess.CalledProcessError when the packages cannot be installed.
    """
    directory = directory or cache_directory()
    scripts = {script.name: script.read_bytes() for script in TRAINING_SCRIPTS}
    # Installing takes minutes and scripts change more often than the lock: they are apart.
    venv = packages(LOCK, directory)
    name = _digest(repr((_packages_id(LOCK), WRAPPERS, scripts)).encode())
    return _whole(directory / f"image-{name}", lambda made: _assemble(made, venv.name))


def packages(lock: Path, directory: Path | None = None) -> Path:
    """The environment of ``lock`` below ``directory``, by default the cache; built where missing.

    subprocess.CalledProcessError when the packages cannot be installed.
    """
    target = (directory or cache_directory()) / f"image-packages-{_packages_id(lock)}"
    return _whole(target, lambda made: _install(made, lock))


def _packages_id(lock: Path) -> str:
    return _digest(sys.version.encode(), lock.read_bytes())


def _digest(*parts: bytes) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:16]


def _whole(target: Path, make: Callable[[Path], None]) -> Path:
    """``target``, made beside its place and renamed: what has the name is whole."""
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix=f".{target.name}-", suffix=".tmp", dir=target.parent
    ) as directory:
        made = Path(directory) / target.name
        made.mkdir()
        make(made)
        try:
            made.rename(target)
        except OSError:
            # Another run was faster, and its directory is as good.
            if not target.exists():
                raise
    return target


def _install(made: Path, lock: Path) -> None:
    print(f"installing {lock.name} for {made.name}", file=sys.stderr, flush=True)
    venv = [sys.executable, "-m", "venv", "--without-pip", str(made)]
    pip = [sys.executable, "-m", "pip", "--python", str(made), "--disable-pip-version-check"]
    subprocess.run(venv, check=True)
    subprocess.run(
        [*pip, "install", "--quiet", "--only-binary", ":all:", "--require-hashes", "-r", str(lock)],
        check=True,
        stdout=sys.stderr,
    )


def _assemble(made: Path, packages: str) -> None:
    (made / "venv").symlink_to(Path("..") / packages)
    (made / "bin").mkdir()
    for name, lines in WRAPPERS.items():
        text = "\n".join(["#!/bin/sh", *lines, ""])
        (made / "bin" / name).write_text(text, encoding="utf-8")
        (made / "bin" / name).chmod(0o755)
    (made / "home").mkdir()
    for script in TRAINING_SCRIPTS:
        shutil.copy(script, made / "home")


if __name__ == "__main__":
    print(image())
