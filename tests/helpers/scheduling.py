"""What tests of scheduling share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def set_platform(root: Path, **parts: Any) -> None:
    # JSON is YAML, and repeats what PyYAML would refer to.
    (root / "platform.yaml").write_text(json.dumps(parts), encoding="utf-8")
