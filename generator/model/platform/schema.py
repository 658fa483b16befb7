"""The JSON Schema of platform.yaml, exported from the model."""

from __future__ import annotations

from typing import Any

from generator.fields.labels import close_names
from generator.fields.scalars import ClusterName, LabelValue, Namespace, RuleId
from generator.model.job.partial import TemplateName
from generator.model.job.schema import export_schema
from generator.model.platform.model import Platform
from generator.model.platform.tenants import TENANT_WORDS, TenantName

_CLUSTER_WORDS = "must be the name of a cluster: small letters, digits and -, at most 48"
_TEMPLATE_WORDS = "must be small letters, digits and -, starting and ending with a letter or digit"
_NAMESPACE_WORDS = "must be the name of a namespace: small letters, digits and -"


def platform_schema() -> dict[str, Any]:
    """The schema that editors and ``rayjobs validate`` use for platform.yaml."""
    schema = export_schema(Platform, "What the platform team decides: platform.yaml")
    own, parts = schema["properties"], schema["$defs"]
    quotas, algorithms = parts["NamespaceQuota"]["properties"], parts["Algorithms"]["properties"]
    for member, names, words in (
        (own["rules"], RuleId, "must be the id of a rule"),
        (own["templates"], TemplateName, _TEMPLATE_WORDS),
        (own["tenants"], TenantName, TENANT_WORDS),
        (own["quotas"], Namespace, _NAMESPACE_WORDS),
        (quotas["clusters"], ClusterName, _CLUSTER_WORDS),
        (algorithms["containers"], LabelValue, "must be a name that params.json can use"),
    ):
        close_names(member, names, words)
    return schema
