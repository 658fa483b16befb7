"""Every rule is explained, and each of its examples is what it says: they are run here."""

from __future__ import annotations

import json
import pkgutil
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import generator
from generator.check.outcome import checked
from generator.diagnostics import Rule, Scope
from generator.model.field_docs import all_fields
from generator.model.platform.model import FILE
from generator.render.build import build
from generator.render.conformance import EmbeddedChecker
from generator.render.objects import Manifest, Object
from generator.rules.catalogue import all_rules
from generator.rules.explanations import (
    FIRST_JOB,
    Example,
    ExplanationError,
    explanation_from,
    explanations,
    merged,
    small_job,
    steps,
)
from generator.source.files import PARAMS
from tests.helpers.command import ROOT, rayjobs
from tests.helpers.jobs import minimal_job
from tools.markdown import anchor
from tools.rule_examples import commands, printed, run_here
from tools.rules_page import main as rules_page

ID = re.compile(r"[a-z0-9]+/[a-z0-9]+(-[a-z0-9]+)*")
BAD = [rule for rule, explained in explanations().items() if explained.bad]


def stated() -> Iterator[tuple[str, Rule]]:
    """Every constant of the package that is a rule, with the module that has it."""
    for module in pkgutil.walk_packages(generator.__path__, "generator."):
        if not module.name.endswith("__main__"):
            for value in vars(import_module(module.name)).values():
                if isinstance(value, Rule):
                    yield module.name, value


def test_every_rule_is_collected_and_explained() -> None:
    assert {rule.id: rule for _, rule in stated()} == all_rules()
    assert list(explanations()) == list(all_rules())


def test_explanations_lie_beside_their_rules() -> None:
    package = Path(generator.__file__).parent
    folders: dict[str, set[str]] = defaultdict(set)
    for module, rule in stated():
        path = Path(*module.split("."))
        where = path if (package.parent / path).is_dir() else path.parent
        folders[rule.id.partition("/")[0]].add(str(where))
    for file in package.rglob("*.toml"):
        assert str(file.parent.relative_to(package.parent)) in folders[file.stem]


def test_a_rule_is_stated_where_its_id_says() -> None:
    modules: dict[str, set[str]] = defaultdict(set)
    for module, rule in stated():
        modules[rule.id].add(module)
    for rule_id, found in modules.items():
        place = f"generator.rules.{rule_id.partition('/')[0]}"
        # Those of other rooms: what reads, what renders, algorithms. A module may import a rule.
        elsewhere = any(not one.startswith("generator.rules.") for one in found)
        assert elsewhere or any(f"{one}.".startswith(f"{place}.") for one in found), rule_id


def test_a_rule_between_jobs_is_of_all_jobs_together() -> None:
    fleet = {rule.id for rule in all_rules().values() if rule.id.startswith("fleet/")}
    assert {rule.id for rule in all_rules().values() if rule.scope is Scope.FLEET} == fleet


def test_an_id_is_one_rules_alone() -> None:
    distinct = {rule for _, rule in stated()}
    assert len(distinct) == len({rule.id for rule in distinct})
    assert all(ID.fullmatch(rule.id) for rule in distinct)


@pytest.mark.parametrize("rule", list(explanations()))
def test_an_explanation_is_short_and_names_fields_that_exist(rule: str) -> None:
    explained = explanations()[rule]
    assert 2 <= len(re.findall(r"[.?!](?: |$)", explained.why)) <= 5
    assert set(explained.fields) <= {f.path for f in all_fields() if f.file == PARAMS}
    assert set(explained.settings) <= {f.path for f in all_fields() if f.file == FILE}
    assert explained.bad != explained.good


@pytest.fixture
def prepared() -> Iterator[None]:
    with commands():
        yield


def found_in(root: Path, example: Example) -> list[dict[str, Any]]:
    """What the command of an example finds."""
    document: dict[str, Any] = json.loads(printed(root, example, "--format", "json"))
    diagnostics: list[dict[str, Any]] = document["diagnostics"]
    return diagnostics


def place(diagnostic: dict[str, Any]) -> str:
    """Where something is found, as ``at`` of an example says it."""
    file, line, pointer = (diagnostic.get(key) for key in ("file", "line", "pointer"))
    if pointer is None:
        return f"{file}:{line}" if line else str(file)
    return str(pointer) if file == FIRST_JOB and pointer else f"{file}#{pointer}"


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize("rule", BAD)
def test_a_bad_example_is_found_where_it_says(tmp_path: Path, rule: str) -> None:
    bad = explanations()[rule].bad
    assert bad
    found = [one for one in found_in(tmp_path, bad) if one["rule"] == rule]
    assert {one["severity"] for one in found} == {all_rules()[rule].severity}
    assert {place(one) for one in found if one["file"]} == set(bad.at)


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize("rule", list(explanations()))
def test_a_good_example_has_none(tmp_path: Path, rule: str) -> None:
    """Of a good example nothing is refused at all, but that it is not rendered yet."""
    good = explanations()[rule].good
    found = found_in(tmp_path, good)
    assert rule not in {one["rule"] for one in found}
    assert {one["rule"] for one in found if one["severity"] == "error"} <= {"rendered/stale"}
    assert not good.at


def test_what_no_input_leads_to_is_found_all_the_same() -> None:
    assert [rule for rule in all_rules() if rule not in BAD] == ["conformance/invalid"]
    manifest = next(iter(build(checked(ROOT).fleet)))
    damaged: list[Object] = [{**found, "metadata": "none"} for found in manifest.objects]
    found = EmbeddedChecker().check([Manifest(manifest.path, manifest.source, tuple(damaged))])
    assert {one.rule.id for one in found} == {"conformance/invalid"}


def test_the_small_job_is_the_one_of_the_tests() -> None:
    assert json.loads(small_job()) == minimal_job()


def test_a_merge_patch_removes_replaces_and_adds() -> None:
    document = {"a": {"b": 1, "c": 2}, "d": [1, 2]}
    patch = {"a": {"b": None, "e": 3}, "d": [4], "f": {"g": None}}
    assert merged(document, patch) == {"a": {"c": 2, "e": 3}, "d": [4], "f": {}}
    assert document == {"a": {"b": 1, "c": 2}, "d": [1, 2]}


GOOD: dict[str, Any] = {"job": "{}"}


@pytest.mark.parametrize(
    "entry",
    [
        {},
        "text",
        {"why": "x", "good": GOOD},
        {"why": "x", "bad": GOOD},
        {"why": "x", "bad": GOOD, "good": GOOD, "unreachable": "y"},
        {"why": 1, "bad": GOOD, "good": GOOD},
        {"why": "x", "bad": GOOD, "good": GOOD, "fields": "jobName"},
        {"why": "x", "bad": GOOD, "good": GOOD, "field": ["jobName"]},
        {"why": "x", "bad": {"jop": "{}"}, "good": GOOD},
        {"why": "x", "bad": {"job": "[]"}, "good": GOOD},
    ],
)
def test_an_entry_that_is_none_is_refused(entry: Any) -> None:
    with pytest.raises(ExplanationError, match="x/y"):
        explanation_from("x/y", entry)


# rayjobs explain


@pytest.mark.parametrize("rule", ["fleet/full-copies", "base/edited-job", "conformance/invalid"])
def test_a_rule_is_explained(rule: str) -> None:
    ran = rayjobs("explain", rule)
    assert (ran.returncode, ran.stderr) == (0, "")
    explained, said = explanations()[rule], " ".join(ran.stdout.split())
    assert ran.stdout.startswith(f"{rule}: {all_rules()[rule].severity}")
    assert all_rules()[rule].summary in said
    assert explained.why in said
    assert ("platform.yaml can change" in said) == all_rules()[rule].adjustable
    for example in (explained.bad, explained.good):
        for _, text, _ in steps(example) if example else ():
            assert " ".join(text.split()) in said


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (
            "hyperparameters.xgboost.max_depth",
            ["Maximum depth", "Unit: levels", "0 to 2147483647", "Default: 6", "xgboost/unused"],
        ),
        ("storage.claims.sizeGB", ["platform.yaml", "Unit: GiB", "required", "fleet/claim-size"]),
        ("storage.claims[].sizeGB", ["platform.yaml", "fleet/claim-size"]),
        ("inputDataConfig[0].bucket", ["params.json", "storage/bucket", '"training-data"']),
        ("inputDataConfig", ["1 to 2 items", "storage/no-validation", "storage/bucket"]),
        ("scheduling.mode", ["params.json", "platform.yaml", "fleet/full-copies"]),
        ("hyperparameters.xgboost.nthread", ["a whole number", '"auto"']),
        ("hyperparameters.xgboost.booster", ['"gbtree"', '"dart"', "one of"]),
        ("customHyperparameters.num_class", ["customHyperparameters", "job/custom-name"]),
        ("rules", ["adjust/unknown-rule", '"off"']),
        ("jobName", ["at most 47 characters", "fleet/duplicate-job"]),
        ("targetClusters", ["a list", "schema/duplicate-item"]),
        ("algorithm", ["an object", "algorithm.source"]),
    ],
)
def test_a_field_is_explained(field: str, words: list[str]) -> None:
    ran = rayjobs("explain", field)
    assert (ran.returncode, ran.stderr) == (0, "")
    for word in words:
        assert word in ran.stdout


def test_every_field_and_rule_can_be_explained() -> None:
    for name in [*all_rules(), *(field.path for field in all_fields())]:
        code, text = run_here(["explain", name])
        assert code == 0, name
        assert name in text
        assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("fleet/full-copy", "fleet/full-copies"),
        ("full-copies", "fleet/full-copies"),
        ("max_depth", "hyperparameters.xgboost.max_depth"),
        ("hyperparameters.xgboost.maxdepth", "hyperparameters.xgboost.max_depth"),
        ("sizeGB", "storage.claims.sizeGB"),
        ("\x1b[31m", "rayjobs explain"),
    ],
)
def test_an_unknown_name_exits_2_with_the_nearest(name: str, near: str) -> None:
    ran = rayjobs("explain", name)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert near in ran.stderr
    assert "\x1b" not in ran.stderr


def test_without_a_name_all_rules_are_listed() -> None:
    lines = rayjobs("explain").stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [
        [rule.id, str(rule.severity)] for rule in all_rules().values()
    ]
    assert all(rule.summary in line for rule, line in zip(all_rules().values(), lines, strict=True))


def test_the_command_line_starts_without_the_catalogue() -> None:
    late = ("tomllib", "pydantic", "generator.model")
    script = f"import sys, generator.commands.app; sys.exit(any(m in sys.modules for m in {late}))"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


# docs/rules.md


def test_the_page_is_current() -> None:
    assert rules_page(["--check"]) == 0


def test_a_page_that_is_not_current_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.rules_page.page", lambda: "# Rules\n")
    page = tmp_path / "docs" / "rules.md"
    assert rules_page(["--check", "--output", str(page)]) == 1
    assert rules_page(["--output", str(page)]) == 0
    assert rules_page(["--check", "--output", str(page)]) == 0
    page.write_text(page.read_text(encoding="utf-8") + "x", encoding="utf-8")
    assert rules_page(["--check", "--output", str(page)]) == 1


def test_the_page_has_a_row_for_each_rule_that_can_be_linked_to() -> None:
    rows = re.findall(
        r'^\| <a id="(.+)"></a>`(.+)` \| (.+) \| (yes|no) \| .+ \|$',
        (ROOT / "docs" / "rules.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert [(rule, severity, word == "yes") for _, rule, severity, word in rows] == [
        (rule.id, rule.severity, rule.adjustable) for rule in all_rules().values()
    ]
    assert [link for link, *_ in rows] == [anchor(rule) for rule in all_rules()]
