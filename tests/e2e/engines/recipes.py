"""What is built of each engine: its commands, and the files of its module that a session needs."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Recipe:
    """An engine: the Go module that it comes from, and what is taken of it.

    ``commands`` are import paths by the name of the binary; ``manifests`` are paths in the module,
    by the module, of files and directories that a session applies; ``linked`` are Go variables that
    the engine's own build sets when it links.
    """

    module: str
    commands: dict[str, str]
    manifests: tuple[str, ...] = field(default=())
    linked: dict[str, str] = field(default_factory=dict)


_KARMADA = "github.com/karmada-io/karmada"
_KUBERAY = "github.com/ray-project/kuberay/ray-operator"
_KUEUE = "sigs.k8s.io/kueue"
_KUBERNETES = "k8s.io/kubernetes"
_EXTERNAL_SECRETS = "github.com/external-secrets/external-secrets"
_SOURCE = "github.com/fluxcd/source-controller"
_KUSTOMIZE = "github.com/fluxcd/kustomize-controller"
_ARGO_CD = "github.com/argoproj/argo-cd/v3"

RECIPES: dict[str, Recipe] = {
    "etcd": Recipe("go.etcd.io/etcd/server/v3", {"etcd": "go.etcd.io/etcd/server/v3"}),
    "kubernetes": Recipe(
        _KUBERNETES,
        {
            name: f"{_KUBERNETES}/cmd/{name}"
            for name in ("kube-apiserver", "kube-controller-manager", "kubectl")
        },
        # Without it the API server says v0.0.0-master, which Kueue cannot read.
        linked={"k8s.io/component-base/version.gitVersion": "v1.35.0"},
    ),
    "karmada": Recipe(
        _KARMADA,
        {
            f"karmada-{name}": f"{_KARMADA}/cmd/{name}"
            for name in ("controller-manager", "scheduler", "webhook", "aggregated-apiserver")
        },
        ("charts/karmada/_crds/bases", "artifacts/deploy/webhook-configuration.yaml"),
    ),
    "kuberay": Recipe(_KUBERAY, {"kuberay-operator": _KUBERAY}, ("config/crd/bases",)),
    "kueue": Recipe(
        _KUEUE,
        {"kueue": f"{_KUEUE}/cmd/kueue"},
        ("config/components/crd/bases", "config/components/webhook/manifests.yaml"),
    ),
    # Its kinds alone: no store is here that it could take anything from.
    "external-secrets": Recipe(
        _EXTERNAL_SECRETS,
        {},
        ("config/crds/bases/external-secrets.io_externalsecrets.yaml",),
    ),
    "flux-source": Recipe(_SOURCE, {"source-controller": _SOURCE}, ("config/crd/bases",)),
    "flux-kustomize": Recipe(
        _KUSTOMIZE, {"kustomize-controller": _KUSTOMIZE}, ("config/crd/bases",)
    ),
    "argocd": Recipe(
        _ARGO_CD,
        {"argocd": f"{_ARGO_CD}/cmd"},
        # What an installation starts with decides which changes Argo CD compares for at all.
        ("manifests/crds", "manifests/base/config/argocd-cm.yaml"),
    ),
}
"""Every engine by the name of its directory, in the order in which they are built."""
