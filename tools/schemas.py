"""Write the schemas that the models export, or check that the committed ones are current."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from generator.commands import show
from generator.commands.archive import ArchiveDocument
from generator.history.as_json import HistoryDocument, ListDocument
from generator.karmada.clusters.as_json import ClustersDocument
from generator.karmada.doctor.run import DoctorDocument
from generator.karmada.status.as_json import StatusDocument
from generator.model.job.schema import params_schema, template_schema
from generator.model.platform.model import platform_schema
from generator.reports.json_report import ReportDocument
from tools.generated_files import stale_files, write_files

DEFAULT_OUTPUT = Path(__file__).resolve().parents[1] / "schemas"

SCHEMAS: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    "clusters.schema.json": ClustersDocument.json_schema,
    "doctor.schema.json": DoctorDocument.json_schema,
    "archive.schema.json": ArchiveDocument.json_schema,
    "history.schema.json": HistoryDocument.json_schema,
    "list.schema.json": ListDocument.json_schema,
    "params.schema.json": params_schema,
    "platform.schema.json": platform_schema,
    "report.schema.json": ReportDocument.json_schema,
    "show.schema.json": show.JobDocument.json_schema,
    "status.schema.json": StatusDocument.json_schema,
    "template.schema.json": template_schema,
}
"""What makes the content of each file."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 1 if a file is stale."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.schemas", description="Write the schemas that the models export."
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail naming the stale files"
    )
    parser.add_argument(
        "--output", type=Path, default=DEFAULT_OUTPUT, metavar="DIR", help="directory of schemas"
    )
    options = parser.parse_args(arguments)
    output: Path = options.output
    stale = stale_files(
        {
            output / name: (json.dumps(schema(), indent=2, ensure_ascii=False) + "\n").encode()
            for name, schema in SCHEMAS.items()
        }
    )
    if options.check:
        for file in stale:
            print(f"{file.name} is not what the models export: run make schemas", file=sys.stderr)
        return 1 if stale else 0
    write_files(stale)
    return 0


if __name__ == "__main__":
    sys.exit(main())
