"""Command line: write the schemas, or check that the written ones are current."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.generated_files import stale_files, write_files
from tools.kubernetes_schemas import SchemaSourceError, build_schemas, module_paths

DEFAULT_OUTPUT = Path(__file__).resolve().parents[2] / "schemas" / "kubernetes"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 1 if a file is stale, 2 if sources fail."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.kubernetes_schemas",
        description="Make the JSON Schemas of the rendered kinds from pinned Go modules.",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail naming the first stale file"
    )
    parser.add_argument(
        "--output", type=Path, default=DEFAULT_OUTPUT, metavar="DIR", help="directory of schemas"
    )
    options = parser.parse_args(arguments)
    output: Path = options.output
    try:
        schemas = build_schemas(module_paths())
    except SchemaSourceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    stale = stale_files({output / name: content for name, content in schemas.items()})
    if stale and options.check:
        print(
            f"{next(iter(stale))} is stale: run python -m tools.kubernetes_schemas", file=sys.stderr
        )
        return 1
    write_files(stale)
    return 0


if __name__ == "__main__":
    sys.exit(main())
