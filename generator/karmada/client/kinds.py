"""The kinds of objects that are read of Karmada and its members, each with its shape."""

from __future__ import annotations

from generator.karmada.client.member_shapes import Event, Pod, Workload
from generator.karmada.client.resources import Resource
from generator.karmada.client.shapes import Binding, Cluster, Policy, RayJob

RAYJOBS = Resource("ray.io/v1", "rayjobs", RayJob)
BINDINGS = Resource("work.karmada.io/v1alpha2", "resourcebindings", Binding)
CLUSTERS = Resource("cluster.karmada.io/v1alpha1", "clusters", Cluster)
POLICIES = Resource("policy.karmada.io/v1alpha1", "propagationpolicies", Policy)

PODS = Resource("v1", "pods", Pod)
EVENTS = Resource("v1", "events", Event)
WORKLOADS = tuple(
    Resource(f"kueue.x-k8s.io/{version}", "workloads", Workload)
    for version in ("v1beta2", "v1beta1")
)
"""Kueue's, the newer version first: a member serves either."""
