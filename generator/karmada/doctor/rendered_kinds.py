"""The kinds of objects that are rendered, and where Karmada lists them."""

from __future__ import annotations

from typing import TypeAlias

from generator.karmada.client.kinds import POLICIES, RAYJOBS
from generator.karmada.client.resources import Resource
from generator.karmada.client.shapes import Policy

Kind: TypeAlias = tuple[str, str]
"""apiVersion and kind."""

_POLICY = "policy.karmada.io/v1alpha1"
NAMESPACE = ("v1", "Namespace")
CLAIM = ("v1", "PersistentVolumeClaim")
EXTERNAL_SECRET = ("external-secrets.io/v1", "ExternalSecret")
QUOTA = (_POLICY, "FederatedResourceQuota")
OVERRIDE_POLICY = (_POLICY, "OverridePolicy")
PROPAGATION_POLICY = (_POLICY, "PropagationPolicy")
RAYJOB = ("ray.io/v1", "RayJob")

LISTS: dict[Kind, Resource] = {
    NAMESPACE: Resource("v1", "namespaces"),
    CLAIM: Resource("v1", "persistentvolumeclaims"),
    EXTERNAL_SECRET: Resource("external-secrets.io/v1", "externalsecrets"),
    QUOTA: Resource(_POLICY, "federatedresourcequotas"),
    OVERRIDE_POLICY: Resource(_POLICY, "overridepolicies", Policy),
    PROPAGATION_POLICY: POLICIES,
    RAYJOB: RAYJOBS,
}
"""Where Karmada lists objects of each kind that is rendered."""
