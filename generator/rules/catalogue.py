"""Every rule there is, by id: collected from the modules that state them."""

from __future__ import annotations

from functools import cache
from types import ModuleType

from generator import rules as adjust
from generator.algorithms import pytorch
from generator.algorithms.lightgbm import rules as lightgbm
from generator.algorithms.network import rules as network
from generator.algorithms.xgboost import labels as xgboost_labels
from generator.algorithms.xgboost import rules as xgboost
from generator.algorithms.xgboost import unused as xgboost_unused
from generator.diagnostics import Rule
from generator.model import template
from generator.render import conformance, tree_rules
from generator.rules import limit, storage, tenant
from generator.rules.base import base, claims, placements
from generator.rules.base import change as base_change
from generator.rules.fleet import crowded, outputs, quotas, shared_objects
from generator.rules.fleet import scheduling as fleet_scheduling
from generator.rules.job import algorithm, container, images, job, reserved_variables
from generator.rules.job import text as job_text
from generator.rules.platform import platform, security
from generator.rules.platform import scheduling as platform_scheduling
from generator.source import (
    atomic_write,
    files,
    git_tree,
    json_positions,
    schema_errors,
    schema_phrases,
    yaml_rules,
)
from generator.source import text as source_text

_CHECKED = (
    adjust,
    algorithm,
    atomic_write,
    base,
    base_change,
    claims,
    container,
    crowded,
    files,
    fleet_scheduling,
    git_tree,
    images,
    job,
    job_text,
    json_positions,
    lightgbm,
    limit,
    network,
    outputs,
    placements,
    platform,
    platform_scheduling,
    pytorch,
    quotas,
    reserved_variables,
    schema_errors,
    schema_phrases,
    security,
    shared_objects,
    source_text,
    storage,
    template,
    tenant,
    xgboost,
    xgboost_labels,
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
