"""An S3 server for the end-to-end tests, with keys that exist for one run only."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_SERVER = Path(__file__).parent / "images" / "s3_server.py"


@dataclass(frozen=True)
class ObjectStorage:
    """A running server: its port and the only keys that it takes."""

    port: int
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    _process: subprocess.Popen[str] = field(repr=False)

    def put(self, bucket: str, objects: Mapping[str, str]) -> None:
        """Put ``objects``, texts by their keys, into ``bucket``, which is made where missing."""
        _stdin(self._process).write(json.dumps({bucket: dict(objects)}) + "\n")
        _stdin(self._process).flush()
        if not _stdout(self._process).readline():
            raise RuntimeError("the S3 server has ended: its log says why")


@contextmanager
def object_storage(
    image: Path, log: Path, *, address: str = "0.0.0.0", port: int = 9000
) -> Iterator[ObjectStorage]:
    """Serve S3 with ``image``'s moto, on all addresses: pods of every member reach it.

    RuntimeError if it does not start, for instance since the port is taken.
    """
    with (
        log.open("ab") as errors,
        subprocess.Popen(
            [str(image / "bin" / "python"), str(_SERVER), address, str(port)],
            # Nothing of the caller's: a proxy, or keys of a real account, would be used.
            env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            keys = _stdout(process).readline()
            if not keys:
                raise RuntimeError(f"the S3 server did not start: {log} says why")
            yield ObjectStorage(port, **json.loads(keys), _process=process)
        finally:
            process.kill()


def csv_table(rows: int, *, seed: int = 0, label: str = "target") -> str:
    """A CSV with two columns and a label that follows from them."""
    chosen = random.Random(seed)
    quoted = '"' + label.replace('"', '""') + '"'
    lines = [f"width,length,{quoted}"]
    for _ in range(rows):
        width, length = chosen.random(), chosen.random()
        lines.append(f"{width:.4f},{length:.4f},{2 * width - length:.4f}")
    return "\n".join(lines) + "\n"


def _stdin(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdin
    return process.stdin


def _stdout(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout
    return process.stdout
