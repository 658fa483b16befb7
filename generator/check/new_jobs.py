"""What would be wrong with jobs that are not written yet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from generator.check.adjustments import adjusted
from generator.check.placing import placed
from generator.diagnostics import Located, in_order
from generator.repository.loading import load
from generator.rules.fleet.shared_objects import check_fleet
from generator.rules.job.job import check_job
from generator.source.repository_files import WorkTree


def problems_of_new(root: Path, texts: Mapping[str, str]) -> dict[str, list[Located]]:
    """Return what would be wrong with each job of ``texts``, by file, beside those there.

    What is wrong in another file, a template's, is by the name of that.
    """
    repository = load(WorkTree(root), check_job, overlay=texts)
    if repository.platform.value is None:
        # Whether a job is valid is for platform.yaml to say.
        wrong = placed(repository.platform.problems, (), repository.files)
        return dict.fromkeys(texts, in_order(wrong))
    jobs = repository.jobs[len(repository.jobs) - len(texts) :]
    new = repository.fleet_of(jobs).submissions
    found = [problem for job in jobs for problem in job.problems]
    if new:
        found += (one for one in check_fleet(repository.fleet) if one.judged_file in texts)
    weighed = adjusted(found, new, repository.platform.value)
    by_file: dict[str, list[Located]] = {file: [] for file in texts}
    for problem in in_order(placed(weighed, jobs, repository.files)):
        by_file.setdefault(problem.file or "", []).append(problem)
    return by_file
