"""Why pods of a job do not run: what the scheduler, the kubelet and the operator say of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from generator.diagnostics.diagnostic import Advice
from generator.karmada.client.control_plane import Object
from generator.karmada.status.problem import Problem, first_problem, symptom

_OTHERS_END = (
    "it starts when others end; `rayjobs clusters` says what is free, and a new job may ask for "
    "less or name another cluster"
)
_ENDS = r"(?=[,;\s]|\.(?:\s|$)|$)"
"""After a resource's name, which may have full stops in it: nvidia.com/gpu.shared."""
_MANY_NODES = (
    "have it mounted by all pods: a claim with the access mode ReadWriteMany, of a storage class "
    "that provides it"
)
_SYMPTOMS = (
    symptom(
        "claim-in-use",
        r"ReadWriteOncePod access mode already in-use",
        "its claim has the access mode ReadWriteOncePod, and another pod has it: {text}",
        _MANY_NODES,
    ),
    symptom(
        "claim-on-another-node",
        r"Multi-Attach error|PersistentVolume's node affinity|volume node affinity conflict|"
        r"no available volume zone",
        "the volume of its claim is on another node: {text}",
        _MANY_NODES,
    ),
    symptom(
        "runs-as-root",
        r"container has runAsNonRoot",
        "a container must not run as root, and its image names no other user by number: {text}",
        "set pods.securityContext.runAsUser in platform.yaml; Ray's images have the user 1000",
    ),
    symptom(
        "no-claim",
        r'persistentvolumeclaim "(?P<claim>[^"]+)" not found',
        "the claim {claim} is not there",
        "give it a size (resources.volumeSizeGB), so that it is rendered, or create it there",
    ),
    symptom(
        "claim-not-bound",
        r"unbound immediate PersistentVolumeClaims|pod has unbound",
        "its claim has no volume yet: {text}",
        "see whether the claim's storage class is there and provides ReadWriteMany: "
        "`kubectl describe pvc` in the member says what it waits for",
    ),
    symptom(
        "no-secret",
        r'(?:secret "(?P<secret>[^"]+)" not found|couldn\'t find key (?P<key>\S+) in Secret)',
        "a Secret, or a key of it, is not there: {text}",
        "create it on Karmada in the job's namespace: its policy in rendered/ brings it into the "
        "members",
    ),
    symptom(
        "image-pull",
        r"ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|"
        r"Failed to pull image|pull(?:ing)? image",
        "an image cannot be pulled: {text}",
        "see that the image exists under that name and that the member may pull it "
        "(imagePullSecrets in platform.yaml); the pod tries again by itself",
    ),
    symptom(
        "quota",
        r"exceeded quota: (?P<quota>[^,]+)",
        "the quota of the namespace in the member does not let its pods in: {text}",
        _OTHERS_END,
    ),
    symptom(
        "pod-security",
        r'violates PodSecurity "(?P<level>[^":]+)',
        "the namespace lets in only pods of Pod Security's level {level}: {text}",
        "set pods.securityContext and pods.containerSecurityContext in platform.yaml",
    ),
    symptom(
        "no-priority-class",
        r"no PriorityClass with name (?P<name>\S+) was found",
        "the member has no PriorityClass {name}",
        "create it there, or take it out of scheduling.priorities in platform.yaml",
    ),
    symptom(
        "pending-gpus",
        r"Insufficient (?P<resource>\S*gpu\S*?|\S+/mig-\S+?)" + _ENDS,
        "no node has {resource} free: {text}",
        _OTHERS_END,
    ),
    symptom(
        "pending-resources",
        r"Insufficient (?P<resource>\S+?)" + _ENDS,
        "no node has {resource} free: {text}",
        _OTHERS_END,
    ),
    symptom(
        "no-node",
        r"untolerated taint|didn't match Pod's node affinity|no nodes available",
        "there is no node that its pods may run on: {text}",
        "pods and gpuPods of the cluster in platform.yaml say which nodes are chosen and which "
        "taints are tolerated",
    ),
    symptom(
        "out-of-memory",
        r"OOMKilled",
        "a container was ended for want of memory: {text}",
        "run it again under a new name with more memoryGiB: in resources.instanceResources, or for "
        "the head in resources.headResources",
    ),
    symptom(
        "crash-loop",
        r"CrashLoopBackOff",
        "a container ends again and again: {text}",
        "`rayjobs logs` with --component head or worker shows what it printed",
    ),
    symptom(
        "volume",
        r"FailedMount|FailedAttachVolume|MountVolume|AttachVolume",
        "a volume cannot be mounted: {text}",
        "`kubectl describe pod` in the member says which; the kubelet tries again by itself",
    ),
    symptom(
        "container",
        r"CreateContainer\w*Error|RunContainerError|Failed\w*Create|FailedToCreate",
        "a pod or container cannot be made: {text}",
        "`kubectl describe` of the pod or RayCluster in the member says more",
    ),
)


def pod_problems(
    pods: Sequence[Object], events: Iterable[Object], cluster: str
) -> Iterator[Problem]:
    """Each problem of the pods once, in the order of the pods, then of warnings about the job.

    A warning counts only where no pod says what is wrong, and not all of them run: it may be over.
    One about the submitter's Job counts until that has a pod.
    """
    of_pods = [problem for pod in pods for problem in _of_pod(pod, cluster)]
    is_over = bool(pods) and all(is_running(pod) for pod in pods)
    # The label with which Kubernetes marks the pods of a Job: those that submit.
    has_submitter = any("job-name" in (pod["metadata"].get("labels") or {}) for pod in pods)
    of_events = (
        first_problem(_SYMPTOMS, _told(event), cluster)
        for event in events
        if _counts(event) and not (is_over and (has_submitter or not _is_of_job(event)))
    )
    found = of_pods or [*filter(None, of_events)]
    if not found and (silent := [_name(pod) for pod in pods if _is_unseen(pod)]):
        more = f" and {len(silent) - 1} more" if len(silent) > 1 else ""
        message = f"no scheduler has looked at its pods: {silent[0]}{more}"
        hint = "see that kube-scheduler runs in the member"
        found = [Problem("unscheduled", Advice(message, hint), cluster)]
    first: dict[str, Problem] = {}
    for problem in found:
        first.setdefault(problem.id, problem)
    yield from first.values()


def _of_pod(pod: Object, cluster: str) -> Iterator[Problem]:
    texts = (f"{_name(pod)}: {text}" for text in _words_of(pod))
    yield from filter(None, (first_problem(_SYMPTOMS, text, cluster) for text in texts))


def _words_of(pod: Object) -> Iterator[str]:
    """What the scheduler says of a pod that it cannot place, and the kubelet of its containers."""
    status = pod.get("status") or {}
    for condition in status.get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            yield condition.get("message") or condition.get("reason") or ""
    kinds = ("initContainerStatuses", "containerStatuses")
    for container in (one for kind in kinds for one in status.get(kind) or ()):
        now, before = container.get("state") or {}, container.get("lastState") or {}
        for state in (now.get("waiting"), now.get("terminated"), before.get("terminated")):
            if state:
                words = (container.get("image"), state.get("reason"), state.get("message"))
                yield " ".join(filter(None, words))


def _counts(event: Object) -> bool:
    """Whether an event warns; that KubeRay made what it had made before harms nothing."""
    is_warning = event.get("type") == "Warning"
    return is_warning and "already exists" not in (event.get("message") or "")


def _is_of_job(event: Object) -> bool:
    return (event.get("involvedObject") or {}).get("kind") == "Job"


def is_running(pod: Object) -> bool:
    """Return whether a pod runs or has ended well."""
    return (pod.get("status") or {}).get("phase") in ("Running", "Succeeded")


def _told(event: Object) -> str:
    return f"{event.get('reason') or ''}: {event.get('message') or ''}"


def _name(pod: Object) -> str:
    return str(pod["metadata"]["name"])


def _is_unseen(pod: Object) -> bool:
    """Whether no scheduler has looked at a pod."""
    status, spec = pod.get("status") or {}, pod.get("spec") or {}
    is_pending = status.get("phase", "Pending") == "Pending"
    return is_pending and not spec.get("nodeName") and not status.get("conditions")
