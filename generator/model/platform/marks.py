"""The part of platform.yaml that marks every RayJob and pod with labels and annotations."""

from __future__ import annotations

from typing import Annotated

from generator.fields.labels import Annotations, LabelKey, Labels, Names
from generator.fields.scalars import NOT_NULL
from generator.fields.settings import Settings, setting
from generator.model.platform.tenants import TENANT_WORDS, TenantName


class Marks(Settings):
    """Labels and annotations."""

    labels: Labels = setting(
        {},
        title="Labels",
        description="Labels of the RayJob and of its pods.",
        examples=[{"app.kubernetes.io/managed-by": "rayjobs"}],
    )
    annotations: Annotations = setting(
        {},
        title="Annotations",
        description="Annotations of the RayJob and of its pods.",
        examples=[{"example.com/contact": "training@example.com"}],
    )


class Metadata(Marks):
    """What every RayJob and every pod of it is marked with."""

    tenant_label: Annotated[LabelKey | None, NOT_NULL] = setting(
        None,
        title="Tenant label",
        description="Label whose value is the job's directory below jobs/; left out: none.",
        examples=["example.com/tenant"],
    )
    tenants: Annotated[dict[TenantName, Marks], Names(TenantName, TENANT_WORDS)] = setting(
        {},
        title="Tenants",
        description="What jobs in a directory below jobs/ are marked with besides, or instead.",
        examples=[{"vision": {"labels": {"cost-centre": "4711"}}}],
    )
