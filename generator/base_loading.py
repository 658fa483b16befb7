"""What a Git ref holds, judged as the work tree is: what a change is compared with."""

from __future__ import annotations

from pathlib import Path

from generator.changes.base import INVALID_PLATFORM, Base
from generator.checks.adjustments import adjusted, check_adjustments
from generator.checks.platform_rules import check_platform
from generator.diagnostics import Diagnostic, has_errors
from generator.fleet import Fleet, Submission
from generator.judging import broken_files, judged
from generator.output.tree import RENDERED
from generator.platform.model import FILE, Platform
from generator.platform.templates import TEMPLATES
from generator.platform.validation import platform_from
from generator.source.files import JOBS, PARAMS
from generator.source.git_tree import GitTree, read_tree
from generator.templates.template import templates_in


def load_base(root: Path, ref: str) -> tuple[Base | None, list[Diagnostic]]:
    """What the Git ref ``ref`` holds, or None and why there is nothing to compare with.

    Jobs that are not valid there are left out: they never ran.
    """
    tree, problems = read_tree(root, ref, (JOBS, FILE, RENDERED, TEMPLATES), _is_of_base)
    if tree is None:
        return None, problems
    platform = _platform_in(tree)
    if platform is None:
        words = f'platform.yaml is not valid at "{ref}": nothing was rendered there'
        return None, [INVALID_PLATFORM.found(words, hint="nothing is compared with it")]
    templates = templates_in(tree.texts, platform)
    submissions: list[Submission] = []
    for file in sorted(path for path in tree.texts if path.startswith(f"{JOBS}/")):
        one = judged(tree.texts[file], platform, templates)
        problems += (problem.in_file(file) for problem in one.problems)
        if one.job is not None:
            submissions.append(Submission(file, one.job, one.merged))
    invalid = broken_files(adjusted(problems, submissions, platform))
    valid = tuple(s for s in submissions if s.file not in invalid)
    below = f"{RENDERED}/"
    rendered = {p.removeprefix(below): t for p, t in tree.texts.items() if p.startswith(below)}
    return Base(ref, Fleet(valid, platform), rendered), []


def _is_of_base(path: str) -> bool:
    """Whether a file says what ran: a job, a template, platform.yaml, or a job's manifest."""
    top, *inner = path.split("/")
    if top == RENDERED:
        return len(inner) == 2 and path.endswith(".yaml")
    return path == FILE or top == TEMPLATES or (top == JOBS and inner[-1:] == [PARAMS])


def _platform_in(tree: GitTree) -> Platform | None:
    if FILE not in tree.texts:
        return None if FILE in tree.unusable else Platform()
    platform, _ = platform_from(tree.texts[FILE])
    if platform is None or has_errors((*check_platform(platform), *check_adjustments(platform))):
        return None
    return platform
