"""What a Git ref holds, judged as the work tree is: what a change is compared with."""

from __future__ import annotations

from pathlib import Path

from generator.check.adjustments import check_adjustments
from generator.check.findings import is_broken
from generator.diagnostics import has_errors
from generator.model.platform.model import FILE, Platform
from generator.model.platform.templates import TEMPLATES
from generator.render.tree import RENDERED
from generator.repository.loading import load
from generator.rules.base.change import INVALID_PLATFORM, Base
from generator.rules.job.job import check_job
from generator.rules.platform.platform import check_platform
from generator.source.files import JOBS, is_job
from generator.source.git_tree import read_tree
from generator.source.parsed import Parsed


def load_base(root: Path, ref: str) -> Parsed[Base]:
    """Return what the Git ref ``ref`` holds, or None and why there is nothing to compare with.

    Jobs that are not valid there are left out: they never ran.
    """
    tree, problems = read_tree(root, ref, (JOBS, FILE, RENDERED, TEMPLATES), _is_of_base)
    if tree is None:
        return Parsed(None, problems)
    repository = load(tree, check_job)
    platform = repository.platform.value
    if platform is None or _is_invalid(platform):
        words = f'platform.yaml is not valid at "{ref}": nothing was rendered there'
        return Parsed(None, (INVALID_PLATFORM.found(words, hint="nothing is compared with it"),))
    fleet = repository.fleet_of(job for job in repository.jobs if not is_broken(job, platform))
    below = f"{RENDERED}/"
    rendered = {p.removeprefix(below): t for p, t in tree.texts.items() if p.startswith(below)}
    return Parsed(Base(ref, fleet, rendered))


def _is_of_base(path: str) -> bool:
    """Whether a file says what ran: a job, a template, platform.yaml, or a job's manifest."""
    top, *inner = path.split("/")
    if top == RENDERED:
        return len(inner) == 2 and path.endswith(".yaml")
    return path == FILE or top == TEMPLATES or is_job(path)


def _is_invalid(platform: Platform) -> bool:
    return has_errors((*check_platform(platform), *check_adjustments(platform)))
