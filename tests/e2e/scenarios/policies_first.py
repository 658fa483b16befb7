"""docs/sync.md, "Order": policies come before what they place, where those of others match it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.e2e.scenarios.credentials import create_credentials
from tests.e2e.scenarios.gone import wait_gone
from tests.e2e.scenarios.members import PLATFORM, SAMPLE, job, platform, said, wait_for_copies
from tests.e2e.scenarios.recordings import Observed
from tests.e2e.session.api import Object
from tests.e2e.session.control_planes import ControlPlanes
from tests.e2e.session.flux import Flux
from tests.e2e.session.repository import Repository
from tests.e2e.session.sync_engine import SyncEngine
from tests.e2e.session.waiting import NotYetError, wait_for

OURS, ELSEWHERE, FOREIGN = "member1", "member2", "everything"
JOBS = [f"first-{number}" for number in range(1, 5)]
CLAIM, STAGED_CLAIM, BY_HAND = "first-results", "staged-results", "by-hand"
STAGE = (
    "--custom-apply-stage-kinds="
    "policy.karmada.io/PropagationPolicy,policy.karmada.io/OverridePolicy"
)


@pytest.fixture
def namespace(engine: SyncEngine, planes: ControlPlanes) -> Iterator[str]:
    """A namespace that is not there yet, of which a policy of others places everything.

    So it comes in one sync with its policies and with what they place.
    """
    name = f"first-of-{engine.name.lower().replace(' ', '-')}"
    kinds = {"RayJob": "ray.io/v1", "PersistentVolumeClaim": "v1", "Secret": "v1"}
    foreign = {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "ClusterPropagationPolicy",
        "metadata": {"name": FOREIGN},
        "spec": {
            "resourceSelectors": [
                {"apiVersion": version, "kind": kind, "namespace": name}
                for kind, version in kinds.items()
            ],
            "placement": {"clusterAffinity": {"clusterNames": [ELSEWHERE]}},
        },
    }
    planes["karmada"].apply(foreign)
    yield name
    planes["karmada"].delete("ClusterPropagationPolicy", FOREIGN)


def test_a_policy_of_others_gets_no_job(
    engine: SyncEngine,
    repository: Repository,
    planes: ControlPlanes,
    namespace: str,
    observed: Observed,
) -> None:
    def wait_held(kind: str, name: str, policy: str) -> None:
        """Until Karmada has given an object to a policy, which then keeps it."""

        def look() -> None:
            found = planes["karmada"].get(kind, name, namespace) or {}
            if policy not in (held := found.get("metadata", {}).get("annotations", {})).values():
                raise NotYetError(str(held))

        wait_for(f"Karmada: {kind} {namespace}/{name} held by {policy}", look, 60)

    repository.write_platform(platform(namespaces=[*SAMPLE["namespaces"], namespace]))
    for name in JOBS:
        repository.write_job(job(name, [OURS], namespace=namespace, pvcName=CLAIM))
    engine.applied(repository.push())
    for name in JOBS:
        (copy,) = wait_for_copies(planes, said(repository)[name])
        assert copy.member == OURS
        wait_held("RayJob", name, f"{name}-propagation")
    # After its policy, which the sync has brought.
    create_credentials(planes, namespace)
    wait_held("Secret", "s3-credentials", "s3-credentials-propagation")
    planes["karmada"].apply(claim(BY_HAND, namespace))
    wait_held("PersistentVolumeClaim", BY_HAND, FOREIGN)

    if isinstance(engine, Flux):
        wait_held("PersistentVolumeClaim", CLAIM, FOREIGN)
        planes.processes.restart("kustomize-controller", STAGE)
        repository.write_job(job("staged", [OURS], namespace=namespace, pvcName=STAGED_CLAIM))
        engine.applied(repository.push())
        wait_held("PersistentVolumeClaim", STAGED_CLAIM, f"{STAGED_CLAIM}-propagation")
        planes.processes.restart("kustomize-controller")
        observed("a claim is given to the policy of others, with a stage for policies to its own")
    else:
        wait_held("PersistentVolumeClaim", CLAIM, f"{CLAIM}-propagation")
        observed("a claim is given to its own policy")

    for name in JOBS[1:]:
        repository.delete_job(name)
    engine.applied(repository.push())
    for name in JOBS[1:]:
        wait_gone(planes, name, namespace)
    given = given_to_foreign(planes, namespace)
    assert ("PersistentVolumeClaim", BY_HAND) in given
    assert "RayJob" not in dict(given)
    observed(f"no job was given to the policy of others, neither made nor deleted; {given} were")

    planes["karmada"].delete("ClusterPropagationPolicy", FOREIGN)
    wait_held("PersistentVolumeClaim", CLAIM, f"{CLAIM}-propagation")
    observed("with the policy of others gone the claim is given to its own")
    repository.delete_jobs()
    repository.write_platform(PLATFORM)
    engine.applied(repository.push())


def claim(name: str, namespace: str) -> Object:
    """A claim that no policy of rendered/ names."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def given_to_foreign(planes: ControlPlanes, namespace: str) -> list[tuple[str, str]]:
    """Kind and name of what Karmada says it gave to the policy of others, if only for a moment."""
    words = planes.processes.log_of("karmada-controller-manager").read_text(errors="replace")
    object_of = rf"cluster policy\({FOREIGN}\) for object: \S+ kind=(\w+), {namespace}/([a-z0-9-]+)"
    return sorted(set(re.findall(object_of, words)))
