"""What Karmada refuses to delete: the namespaces and claims that are rendered, and nothing else."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.commits import changes, commit
from tests.helpers.jobs import Report, minimal_job, write_job
from tests.helpers.objects import kinds_rendered, objects

LABEL = "resourcetemplate.karmada.io/deletion-protected"


def test_what_holds_results_is_protected_and_what_is_pruned_is_not(repository: Path) -> None:
    kinds = {kind for _, kind in kinds_rendered(repository)}
    rendered = [one for file in (repository / "rendered").rglob("*.yaml") for one in objects(file)]
    protected = [one for one in rendered if LABEL in one["metadata"].get("labels", {})]
    assert {one["metadata"]["labels"][LABEL] for one in protected} == {"Always"}
    assert {one["kind"] for one in protected} == {"Namespace", "PersistentVolumeClaim"}
    left = {one["kind"] for one in rendered if one not in protected}
    assert left == kinds - {"Namespace", "PersistentVolumeClaim"}


def test_no_job_may_be_kept_from_being_pruned(repository: Path, report: Report) -> None:
    (repository / "platform.yaml").write_text(f"metadata: {{labels: {{{LABEL}: Always}}}}\n")
    write_job(repository, minimal_job())
    (one,) = report("validate")["diagnostics"]
    assert (one["rule"], one["severity"]) == ("platform/reserved-key", "error")


def test_a_version_that_adds_it_says_so_of_no_job(repository: Path, report: Report) -> None:
    kinds_rendered(repository)
    for file in (repository / "rendered").rglob("*.yaml"):
        file.write_text(file.read_text().replace(f"  labels:\n    {LABEL}: Always\n", ""))
    commit(repository)
    plan = report("render")["plan"]
    assert plan["change"] == [
        "rendered/team/namespace.yaml",
        "rendered/team/storage/kham-pv-for-xgboost.yaml",
        "rendered/team/storage/own.yaml",
    ]
    assert changes(repository) == []
