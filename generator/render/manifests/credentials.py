"""What brings a Secret into the members; its values are never here."""

from __future__ import annotations

from generator.model.platform.credentials import RemoteKey
from generator.model.platform.model import FILE
from generator.render.manifests.objects import Manifest, Node, Object, metadata
from generator.render.manifests.placement import shared_policy
from generator.repository.shared_secrets import Made, SharedSecret

EXTERNAL_SECRETS = "external-secrets.io/v1"


def secret_manifest(shared: SharedSecret) -> Manifest:
    """The policy of a Secret, or the ExternalSecret that makes it in each member with its own."""
    name, namespace, clusters = shared.name, shared.namespace, shared.clusters
    objects: tuple[Object, ...]
    if shared.made is None:
        objects = (shared_policy("Secret", name, namespace, clusters),)
    else:
        policy = shared_policy(
            "ExternalSecret", name, namespace, clusters, api_version=EXTERNAL_SECRETS
        )
        objects = (_external_secret(shared.made, namespace), policy)
    return Manifest(
        path=f"{namespace}/credentials/{name}.yaml",
        source=f"{FILE} and every job in the namespace {namespace}",
        objects=objects,
    )


def _external_secret(made: Made, namespace: str) -> Object:
    keys, external = made.keys, made.external
    return {
        "apiVersion": EXTERNAL_SECRETS,
        "kind": "ExternalSecret",
        "metadata": metadata(keys.secret_name, namespace),
        "spec": {
            "refreshInterval": external.refresh_interval,
            "secretStoreRef": {"kind": external.store.kind, "name": external.store.name},
            # The Secret ends with the ExternalSecret of its member, and with nothing else.
            "target": {
                "name": keys.secret_name,
                "creationPolicy": "Owner",
                "deletionPolicy": "Retain",
            },
            "data": _data(made),
        },
    }


def _data(made: Made) -> Node:
    keys, external = made.keys, made.external
    entries = ((keys.access_key, external.access_key), (keys.secret_key, external.secret_key))
    return [{"secretKey": name, "remoteRef": _remote(remote)} for name, remote in entries]


def _remote(remote: RemoteKey) -> Node:
    return {"key": remote.key, **({"property": remote.property} if remote.property else {})}
