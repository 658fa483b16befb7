"""Every rule there is, by id: collected from the modules that state them."""

from __future__ import annotations

from functools import cache
from types import ModuleType

from generator.algorithms import pytorch
from generator.algorithms.lightgbm import rules as lightgbm_rules
from generator.algorithms.lightgbm import unused as lightgbm_unused
from generator.algorithms.network import rules as network_rules
from generator.algorithms.network import unused as network_unused
from generator.algorithms.xgboost import labels
from generator.algorithms.xgboost import rules as xgboost_rules
from generator.algorithms.xgboost import unused as xgboost_unused
from generator.diagnostics import Rule
from generator.model.template import merging, template
from generator.render import conformance, tree_rules
from generator.rules import adjust
from generator.rules.base import base as base_base
from generator.rules.base import change as base_change
from generator.rules.base import claims, placements, suspension
from generator.rules.base import secrets as base_secrets
from generator.rules.fleet import access_modes, shared_outputs
from generator.rules.fleet import clusters as fleet_clusters
from generator.rules.fleet import crowded as fleet_crowded
from generator.rules.fleet import quotas as fleet_quotas
from generator.rules.fleet import scheduling as fleet_scheduling
from generator.rules.fleet import shared_objects as fleet_shared_objects
from generator.rules.job import (
    algorithm,
    container,
    images,
    object_store,
    processes,
    quoting,
    reserved_variables,
    texts,
)
from generator.rules.job import job as job_job
from generator.rules.job import unused as job_unused
from generator.rules.limit import limits as limit_limits
from generator.rules.platform import bounds as platform_bounds
from generator.rules.platform import platform as platform_platform
from generator.rules.platform import scheduling as platform_scheduling
from generator.rules.platform import secrets as platform_secrets
from generator.rules.platform import security
from generator.rules.storage import destination, object_storage
from generator.rules.storage import limits as storage_limits
from generator.rules.tenant import tenants as tenant_tenants
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

_CHECKED = (
    access_modes,
    adjust,
    algorithm,
    base_base,
    base_change,
    base_secrets,
    claims,
    container,
    destination,
    files,
    fleet_clusters,
    fleet_crowded,
    fleet_quotas,
    fleet_scheduling,
    fleet_shared_objects,
    git_tree,
    images,
    job_job,
    job_unused,
    json_positions,
    labels,
    lightgbm_rules,
    lightgbm_unused,
    limit_limits,
    merging,
    moved_aside,
    network_rules,
    network_unused,
    object_storage,
    object_store,
    placements,
    platform_bounds,
    platform_platform,
    platform_scheduling,
    platform_secrets,
    processes,
    pytorch,
    quoting,
    reading,
    reserved_variables,
    schema_errors,
    schema_phrases,
    security,
    shared_outputs,
    storage_limits,
    suspension,
    template,
    tenant_tenants,
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
