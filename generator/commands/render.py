"""``rayjobs render``: write rendered/."""

from __future__ import annotations

from generator.check import pipeline
from generator.console.options import HERE, AllowEmptyOption, KeepForeignOption, RootOption
from generator.console.reporting import Output, reporting


@reporting
def render(
    output: Output,
    root: RootOption = HERE,
    allow_empty: AllowEmptyOption = False,
    keep_foreign: KeepForeignOption = False,
) -> None:
    """Write rendered/ from jobs/ and platform.yaml; nothing is written if anything is wrong."""
    with output.progress() as progress:
        options = pipeline.Options(allow_empty, keep_foreign, progress)
        outcome = pipeline.render(root, options)
    output.finish(outcome)
