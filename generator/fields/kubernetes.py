"""Names as Kubernetes, KubeRay and Karmada take them: patterns, lengths and what they are called.

Patterns are read alike by the Rust, Python, Go and JavaScript engines: explicit classes, no
look-around, no shorthand.
"""

from __future__ import annotations

DNS_LABEL = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
"""RFC 1123 label: namespaces and Karmada clusters."""
DNS_LABEL_FROM_LETTER = "^[a-z]([-a-z0-9]*[a-z0-9])?$"
"""RFC 1035 label: what KubeRay demands of a RayJob's name."""
DNS_SUBDOMAIN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
"""RFC 1123 subdomain: claims, Secrets, storage classes."""
LABEL_VALUE = "^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$"
"""A label's value, not empty."""
C_IDENTIFIER = "^[A-Za-z_][A-Za-z0-9_]*$"
"""A variable's name in a shell."""
RESOURCE_NAME = (
    r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/"
    r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$"
)
"""An extended resource: ``nvidia.com/gpu``. Without a domain Kubernetes takes only its own, such as
``cpu``, which would stand twice among what a worker asks for."""
DATA_KEY = "^[-._a-zA-Z0-9]+$"
"""A key of a Secret's data."""
IMAGE = (
    r"^([a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*"
    r"(:[0-9]+)?/)?"
    r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*"
    r"(:[A-Za-z0-9_][-A-Za-z0-9_.]{0,127})?"
    r"(@[a-z0-9]+([+._-][a-z0-9]+)*:[0-9a-f]{32,128})?$"
)
"""An image reference as the distribution specification has it: registry, path, tag, digest."""

MAX_RAYJOB_NAME = 47
"""KubeRay refuses longer names when it reconciles (its utils/validation.go)."""
MAX_CLUSTER_NAME = 48
"""Karmada's limit on a member's name."""
MAX_LABEL = 63
"""Characters of a DNS label and of a label's value."""
MAX_SUBDOMAIN = 253
"""Characters of an object's name."""
MAX_CLAIM_NAME = MAX_SUBDOMAIN - len("-persistentvolumeclaim")
"""Karmada names a claim's ResourceBinding ``<claim>-persistentvolumeclaim`` (its names.go)."""
MAX_SECRET_NAME = MAX_SUBDOMAIN - len("-propagation")
"""The Secret's policy is called ``<secret>-propagation``."""
MAX_IMAGE = 255 + 128 + 140
"""Characters of an image reference: path, tag and digest."""
MAX_INT32 = 2**31 - 1
MAX_GIBIBYTES = (2**63 - 1) // 2**30
"""Kubernetes counts a quantity's bytes in an int64."""

KUSTOMIZATION = "kustomization"
"""A file of this name with .yaml decides what Flux and Argo CD apply of its directory."""
DEFAULT_NAMESPACE = "default"
