"""What tests of artifacts share."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from tests.helpers.workflow_steps import Machine


def archive(machine: Machine, **files: str | bytes) -> list[dict[str, Any]]:
    """Put a zip of ``files`` where the API gives it; gives how the API lists it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, text in files.items():
            opened.writestr(name.replace("_", "."), text)
    (machine.top / "gh" / "artifact.zip").write_bytes(content.getvalue())
    return [
        {"id": 9, "name": "rayjobs-report", "expired": False, "size_in_bytes": content.tell()},
        {"id": 8, "name": "rayjobs-patch", "expired": False, "size_in_bytes": 1},
    ]
