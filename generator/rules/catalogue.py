"""Every rule there is, by id: collected from the modules that state them."""

from __future__ import annotations

from functools import cache
from types import ModuleType

from generator.changes import base, base_rules, claims, placements, suspension
from generator.changes import secrets as changes_secrets
from generator.checks import (
    access_modes,
    algorithm,
    cluster_rules,
    container,
    crowding,
    destination,
    fleet_rules,
    images,
    job_rules,
    limit_rules,
    object_storage,
    object_store,
    platform_bounds,
    platform_rules,
    platform_scheduling,
    processes,
    quota_rules,
    quoting,
    reserved_variables,
    scheduling_rules,
    security,
    shared_outputs,
    storage_limits,
    tenant_rules,
    texts,
)
from generator.checks import secrets as checks_secrets
from generator.checks import unused as checks_unused
from generator.diagnostics import Rule
from generator.output import conformance, tree_rules
from generator.params.algorithms import pytorch
from generator.params.algorithms.lightgbm import rules as lightgbm_rules
from generator.params.algorithms.lightgbm import unused as lightgbm_unused
from generator.params.algorithms.network import rules as network_rules
from generator.params.algorithms.network import unused as network_unused
from generator.params.algorithms.xgboost import labels
from generator.params.algorithms.xgboost import rules as xgboost_rules
from generator.params.algorithms.xgboost import unused as xgboost_unused
from generator.rules import adjust
from generator.source import (
    files,
    git_tree,
    json_positions,
    moved_aside,
    reading,
    schema_errors,
    schema_phrases,
    text,
    yaml_rules,
)
from generator.templates import merging, template

_CHECKED = (
    access_modes,
    adjust,
    algorithm,
    base,
    base_rules,
    changes_secrets,
    checks_secrets,
    checks_unused,
    claims,
    cluster_rules,
    container,
    crowding,
    destination,
    files,
    fleet_rules,
    git_tree,
    images,
    job_rules,
    json_positions,
    labels,
    lightgbm_rules,
    lightgbm_unused,
    limit_rules,
    merging,
    moved_aside,
    network_rules,
    network_unused,
    object_storage,
    object_store,
    placements,
    platform_bounds,
    platform_rules,
    platform_scheduling,
    processes,
    pytorch,
    quota_rules,
    quoting,
    reading,
    reserved_variables,
    scheduling_rules,
    schema_errors,
    schema_phrases,
    security,
    shared_outputs,
    storage_limits,
    suspension,
    template,
    tenant_rules,
    text,
    texts,
    xgboost_rules,
    xgboost_unused,
    yaml_rules,
)
"""The modules of reading, validating and checking."""

_OF_OUTPUT = (conformance, tree_rules)
"""The modules of what is written: findings of their rules are not adjusted."""


def rules_in(*modules: ModuleType) -> dict[str, Rule]:
    """Return the rules that the modules state, by id, in alphabetical order."""
    found = [rule for module in modules for rule in vars(module).values() if isinstance(rule, Rule)]
    return {rule.id: rule for rule in sorted(found, key=lambda rule: rule.id)}


@cache
def checked_rules() -> dict[str, Rule]:
    """Return the rules of reading, validating and checking, by id."""
    return rules_in(*_CHECKED)


@cache
def all_rules() -> dict[str, Rule]:
    """Return every rule of every stage, by id, in alphabetical order."""
    return rules_in(*_CHECKED, *_OF_OUTPUT)
