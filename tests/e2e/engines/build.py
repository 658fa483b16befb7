"""Build the engines into a cache outside the checkout: ``python -m tests.e2e.engines.build``.

What is built of an engine is named by a digest of everything that it is made of, so that only what
changed is built, and two checkouts share what they have in common.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.engines.recipes import RECIPES, Recipe

_HERE = Path(__file__).resolve().parent
_BUILD = ("-mod=readonly", "-trimpath", "-buildvcs=false")
_KEPT_SECONDS = 14 * 24 * 3600
_TAIL = 20
PROGRAMS = {
    "go": "Go, at least the version that tests/e2e/engines/kubernetes/go.mod names",
    "git": "git: apt-get install git",
    "redis-server": "redis-server: apt-get install redis-server",
    "openssl": "openssl: apt-get install openssl",
    "unshare": "unshare: apt-get install util-linux",
    "ip": "ip: apt-get install iproute2",
    "wget": "wget, which KubeRay's probes call: apt-get install wget",
}
"""What a session needs on the machine, and how to get it."""


class EngineError(Exception):
    """An engine that cannot be built or is not there; the text says why and what to do."""


def cache_directory() -> Path:
    """Where engines are kept: a fresh clone finds what another has built."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(Path.home(), ".cache")
    return Path(base) / "rayjobs-engines"


@dataclass(frozen=True)
class Engines:
    """The engines of this checkout, built."""

    directories: dict[str, Path]

    def binary(self, name: str) -> Path:
        """The program of that name; EngineError where no engine has it."""
        for engine, recipe in RECIPES.items():
            if name in recipe.commands:
                return self.directories[engine] / "bin" / name
        raise EngineError(f"no engine has a program {name}")

    def manifests(self, engine: str) -> Path:
        """The directory of the files that an engine's module ships and a session applies."""
        return self.directories[engine] / "manifests"


def engines() -> Engines:
    """What has been built; EngineError, with the command that builds it, where any is missing."""
    found = {name: place_of(name) for name in RECIPES}
    missing = [name for name, place in found.items() if not place.is_dir()]
    if missing:
        raise EngineError(f"not built: {', '.join(missing)}; run make engines")
    return Engines(found)


def place_of(engine: str) -> Path:
    """Where an engine is, or will be once it is built: named by all that it is made of."""
    return cache_directory() / f"{engine}-{digest(_HERE / engine, RECIPES[engine], _go_version())}"


def digest(directory: Path, recipe: Recipe, go_version: str) -> str:
    """Sixteen hexadecimal digits of everything that decides what is built."""
    made_of = hashlib.sha256(f"{go_version}\n{_BUILD}\n{recipe}\n".encode())
    for name in ("go.mod", "go.sum", "tools.go"):
        made_of.update((directory / name).read_bytes())
    return made_of.hexdigest()[:16]


def missing_programs() -> list[str]:
    """A line for each program that a session needs and this machine does not have."""
    return [words for program, words in PROGRAMS.items() if shutil.which(program) is None]


def build_all() -> None:
    """Build what is not in the cache, with a line of progress each; EngineError."""
    cache_directory().mkdir(parents=True, exist_ok=True)
    with _alone():
        _remove_unfinished()
        for engine in RECIPES:
            place, started = place_of(engine), time.monotonic()
            name = f"{engine} {_version(engine)}"
            if place.is_dir():
                # What is used is kept: its age counts from here.
                os.utime(place)
                print(f"{name}: in the cache", flush=True)
                continue
            print(f"{name}: building", flush=True)
            _build(engine, place)
            print(f"{name}: built in {time.monotonic() - started:.0f} s", flush=True)
            _remove_old(engine, place)


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the cache: a second build waits, and finds what the first has built."""
    with open(cache_directory() / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another build holds the cache: waiting for it", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove_unfinished() -> None:
    """Remove what a killed build has left: whoever holds the cache is the only one who builds."""
    for engine in RECIPES:
        for directory in cache_directory().glob(f".{engine}-*"):
            shutil.rmtree(directory)


def _build(engine: str, place: Path) -> None:
    recipe, module = RECIPES[engine], _HERE / engine
    with tempfile.TemporaryDirectory(prefix=f".{engine}-", dir=place.parent) as directory:
        made = Path(directory, "made")
        linker = " ".join(["-ldflags=-s -w", *(f"-X {n}={v}" for n, v in recipe.linked.items())])
        for name, path in recipe.commands.items():
            _go(module, "build", *_BUILD, linker, "-o", str(made / "bin" / name), path)
        if not recipe.commands:
            # A build downloads what it is of.
            _go(module, "mod", "download", recipe.module)
        source = Path(_go(module, "list", "-m", "-f", "{{.Dir}}", recipe.module).strip())
        for path in recipe.manifests:
            _copy(source / path, made / "manifests" / path)
        # Whole or not at all: whoever looks for the place finds a finished engine.
        os.rename(made, place)


def _copy(source: Path, target: Path) -> None:
    """Copy files of the module cache, which are read-only there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, copy_function=shutil.copyfile)
        for path in (target, *target.rglob("*/")):
            path.chmod(0o755)
    else:
        shutil.copyfile(source, target)


def _remove_old(engine: str, place: Path) -> None:
    """Remove what was built of an engine before and nobody has used for two weeks."""
    for other in place.parent.glob(f"{engine}-*"):
        suffix = other.name.removeprefix(f"{engine}-")
        is_of_engine = len(suffix) == 16 and not set(suffix) - set("0123456789abcdef")
        if is_of_engine and other != place and time.time() - other.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(other)


def _version(engine: str) -> str:
    for line in (_HERE / engine / "go.mod").read_text(encoding="utf-8").splitlines():
        words = line.removeprefix("require").split()
        if words[:1] == [RECIPES[engine].module]:
            return words[1]
    raise EngineError(f"{engine}/go.mod does not require {RECIPES[engine].module}")


def _go_version() -> str:
    found: str = json.loads(_go(_HERE, "env", "-json", "GOVERSION"))["GOVERSION"]
    return found


def _go(directory: Path, *arguments: str) -> str:
    """Run a command of Go; EngineError, with the end of its output, where it fails."""
    ran = subprocess.run(
        ["go", *arguments],
        cwd=directory,
        env={**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        tail = "\n".join(ran.stderr.splitlines()[-_TAIL:])
        raise EngineError(f"go {arguments[0]} failed in {directory.name}:\n{tail}")
    return ran.stdout


def main() -> int:
    """Build everything; 1, with a line for each reason, where that cannot be."""
    missing = missing_programs()
    for words in missing:
        print(f"missing: {words}", file=sys.stderr)
    if missing:
        return 1
    try:
        build_all()
    except EngineError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
