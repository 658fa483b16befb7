"""Every rule there is, by id: collected from the modules that state them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType

from generator.diagnostics import Rule

_STATED_IN = (
    "generator.source.files",
    "generator.source.git_tree",
    "generator.source.json_positions",
    "generator.source.moved_aside",
    "generator.source.reading",
    "generator.source.schema_errors",
    "generator.source.schema_phrases",
    "generator.source.text",
    "generator.source.yaml_document",
    "generator.params.algorithms.lightgbm.rules",
    "generator.params.algorithms.lightgbm.unused",
    "generator.params.algorithms.network.rules",
    "generator.params.algorithms.network.unused",
    "generator.params.algorithms.pytorch",
    "generator.templates.merging",
    "generator.templates.template",
    "generator.params.algorithms.xgboost.labels",
    "generator.params.algorithms.xgboost.rules",
    "generator.params.algorithms.xgboost.unused",
    "generator.checks.adjustments",
    "generator.checks.access_modes",
    "generator.checks.algorithm",
    "generator.checks.cluster_rules",
    "generator.checks.container",
    "generator.checks.crowding",
    "generator.checks.destination",
    "generator.checks.fleet_rules",
    "generator.checks.images",
    "generator.checks.job_rules",
    "generator.checks.limit_rules",
    "generator.checks.object_storage",
    "generator.checks.object_store",
    "generator.checks.platform_bounds",
    "generator.checks.platform_rules",
    "generator.checks.platform_scheduling",
    "generator.checks.processes",
    "generator.checks.quota_rules",
    "generator.checks.quoting",
    "generator.checks.reserved_variables",
    "generator.checks.scheduling_rules",
    "generator.checks.secrets",
    "generator.checks.security",
    "generator.checks.shared_outputs",
    "generator.checks.storage_limits",
    "generator.checks.tenant_rules",
    "generator.checks.texts",
    "generator.checks.unused",
    "generator.changes.base",
    "generator.changes.base_rules",
    "generator.changes.claims",
    "generator.changes.placements",
    "generator.changes.secrets",
    "generator.changes.suspension",
)

_STATED_LATER = ("generator.output.conformance", "generator.output.tree_rules")
"""Modules after the checks that state rules of their own."""


def rules_in(*modules: str) -> dict[str, Rule]:
    """The rules that the modules state, by id, in alphabetical order."""
    found = [rule for name in modules for rule in _stated(import_module(name))]
    return {rule.id: rule for rule in sorted(found, key=lambda rule: rule.id)}


def _stated(module: ModuleType) -> list[Rule]:
    return [value for value in vars(module).values() if isinstance(value, Rule)]


@cache
def checked_rules() -> dict[str, Rule]:
    """The rules of reading, validating and checking, by id."""
    return rules_in(*_STATED_IN)


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule of every stage, by id, in alphabetical order."""
    return rules_in(*_STATED_IN, *_STATED_LATER)
