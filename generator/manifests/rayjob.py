"""The RayJob: a Ray cluster of its own for one training run."""

from __future__ import annotations

from generator.fleet import Fleet, Submission
from generator.manifests.marks import job_marks, pod_metadata
from generator.manifests.nodes import Nodes, Role, nodes_of
from generator.manifests.objects import Node, Object, metadata
from generator.manifests.pods import container_settings, pod_settings, temporary_volumes
from generator.manifests.runtime_env import runtime_env_yaml
from generator.manifests.submitter import submitter_template
from generator.params.job import Job
from generator.params.variables import CREDENTIAL_VARIABLES
from generator.platform.head import head_size
from generator.platform.limits import longest_run, longest_wait
from generator.platform.model import Platform

_VOLUME = "result-storage"


def ray_job(submission: Submission, fleet: Fleet) -> Object:
    """The RayJob of one submission.

    ``shutdownAfterJobFinishes`` with a time to live deletes only the Ray cluster; deleting the
    RayJob itself would make Karmada and any GitOps engine create and run it again.
    """
    job, platform = submission.job, fleet.platform
    nodes = nodes_of(job, fleet)
    marks = pod_metadata(submission, fleet)
    spec: dict[str, Node] = {"entrypoint": _entrypoint(job, platform)}
    if job.scheduling.suspended is not None:
        spec["suspend"] = job.scheduling.suspended
    if job.scheduling.backoff_limit:
        spec["backoffLimit"] = job.scheduling.backoff_limit
    if (seconds := longest_run(job, platform.limits)) is not None:
        spec["activeDeadlineSeconds"] = seconds
    if (seconds := longest_wait(job, platform.limits)) is not None:
        spec["preRunningDeadlineSeconds"] = seconds
    spec |= {
        "shutdownAfterJobFinishes": True,
        "ttlSecondsAfterFinished": platform.ray.ttl_seconds_after_finished,
        "runtimeEnvYAML": runtime_env_yaml(job, platform),
        **_submitter(job, fleet, marks, nodes),
        "rayClusterSpec": {
            "rayVersion": platform.ray_version_for(job),
            "headGroupSpec": _head_group(job, fleet, marks, nodes),
            "workerGroupSpecs": [_worker_group(job, fleet, marks, nodes)],
        },
    }
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayJob",
        "metadata": metadata(job.job_name, job.namespace, **job_marks(submission, fleet)),
        "spec": spec,
    }


def _named(job: Job) -> tuple[str, str]:
    return job.algorithm.algorithm_name, job.algorithm.source


def _entrypoint(job: Job, platform: Platform) -> str:
    entrypoint = job.entrypoint or platform.entrypoint_of(*_named(job))
    assert entrypoint, "the checks refuse a job that has no entrypoint"
    return entrypoint


def _image(own: str | None, job: Job, platform: Platform) -> str:
    image = own or platform.image_of(*_named(job))
    assert image, "the checks refuse a job that has no image"
    return image


def _head_group(job: Job, fleet: Fleet, marks: dict[str, Node], nodes: Nodes) -> Node:
    container = _container("ray-head", _image(job.head_image, job, fleet.platform), job, fleet)
    size = head_size(job, fleet.platform.ray.head)
    container["resources"] = _resources(size.cpu_cores, size.memory_gib, {})
    additions = _additions("head", job, fleet, nodes)
    return {
        # Ray puts training processes wherever CPUs are free, and would leave workers idle for the
        # head's. A head on a GPU node counts the GPUs that its image lets it see.
        "rayStartParams": {
            "num-cpus": "0",
            "num-gpus": "0",
            **fleet.platform.ray.head.ray_start_params.texts,
        },
        "template": {**marks, **_template(container, job, fleet, additions)},
    }


def _worker_group(job: Job, fleet: Fleet, marks: dict[str, Node], nodes: Nodes) -> Node:
    ray, count = fleet.platform.ray, job.resources.instance_count
    gpus = job.resources.instance_resources.gpu_count
    container = _container("ray-worker", _image(job.worker_image, job, fleet.platform), job, fleet)
    container["resources"] = worker_resources(job, nodes.gpu_resource_name)
    additions = _additions("worker", job, fleet, nodes)
    return {
        "groupName": ray.worker_group_name,
        "replicas": count,
        "minReplicas": 1,
        "maxReplicas": max(ray.max_workers, count),
        # KubeRay finds GPUs in the limits only by names that end in "gpu" or look like a MIG
        # profile (utils/resources.go of KubeRay 1.6.0).
        "rayStartParams": {
            **({"num-gpus": str(gpus)} if gpus else {}),
            **ray.worker.ray_start_params.texts,
        },
        "template": {**marks, **_template(container, job, fleet, additions)},
    }


def _submitter(job: Job, fleet: Fleet, marks: dict[str, Node], nodes: Nodes) -> dict[str, Node]:
    """The submitter's template, where it is another than KubeRay's.

    With Kueue it always is: Kueue adds what its ResourceFlavor says of nodes to a template that is
    there, and to nothing else (its rayjob_controller.go, 0.17.0).
    """
    additions = _additions("submitter", job, fleet, nodes)
    settings = container_settings(fleet.platform)
    in_kueue = fleet.platform.scheduling.queueing == "kueue" and fleet.queue(job)
    if not (additions or settings or marks or nodes.says_something_of_the_submitter or in_kueue):
        return {}
    volumes, mounts = temporary_volumes(fleet.platform, None)
    container = {**settings, **({"volumeMounts": mounts} if mounts else {})}
    spec = {**additions, **({"volumes": volumes} if volumes else {})}
    image = _image(job.head_image, job, fleet.platform)
    return {"submitterPodTemplate": submitter_template(image, marks, spec, container)}


def _additions(role: Role, job: Job, fleet: Fleet, nodes: Nodes) -> dict[str, Node]:
    """What a pod has besides containers and volumes."""
    chosen = fleet.platform.scheduling.range_of(job.priority)
    name = chosen.priority_class_name if chosen else None
    return {
        **pod_settings(fleet.platform),
        **({"priorityClassName": name} if name else {}),
        **nodes.of(role),
    }


def _container(name: str, image: str, job: Job, fleet: Fleet) -> dict[str, Node]:
    container: dict[str, Node] = {
        "name": name,
        "image": image,
        "env": _credentials(job, fleet),
        "resources": {},
        **container_settings(fleet.platform),
    }
    claim = fleet.platform.storage.mount_path if job.has_claim else None
    mounts: list[Node] = [{"name": _VOLUME, "mountPath": claim}] if claim else []
    _, temporary = temporary_volumes(fleet.platform, claim)
    if mounts or temporary:
        container["volumeMounts"] = [*mounts, *temporary]
    return container


def _credentials(job: Job, fleet: Fleet) -> Node:
    """The S3 keys as container environment: the driver and the workers see it, Git does not."""
    secret = fleet.credentials(job)
    return [
        {
            "name": variable,
            "valueFrom": {"secretKeyRef": {"name": secret.secret_name, "key": key}},
        }
        for variable, key in zip(
            CREDENTIAL_VARIABLES, (secret.access_key, secret.secret_key), strict=True
        )
    ]


def worker_resources(job: Job, gpu_resource_name: str) -> Node:
    """What a worker asks for, its GPUs under the name that a cluster counts them by."""
    asked = job.resources.instance_resources
    gpus: dict[str, Node] = {gpu_resource_name: str(asked.gpu_count)} if asked.gpu_count else {}
    return _resources(asked.cpu_cores, asked.memory_gib, gpus)


def _resources(cpu_cores: int, memory_gib: int, gpus: dict[str, Node]) -> Node:
    amounts: dict[str, Node] = {"cpu": str(cpu_cores), "memory": f"{memory_gib}Gi"}
    return {"requests": {**amounts, **gpus}, "limits": {**amounts, **gpus}}


def _template(
    container: dict[str, Node], job: Job, fleet: Fleet, additions: dict[str, Node]
) -> dict[str, Node]:
    spec: dict[str, Node] = {**additions, "containers": [container]}
    claim = fleet.claim_name(job)
    volumes: list[Node] = (
        [{"name": _VOLUME, "persistentVolumeClaim": {"claimName": claim}}] if claim else []
    )
    mounted = fleet.platform.storage.mount_path if claim else None
    temporary, _ = temporary_volumes(fleet.platform, mounted)
    if volumes or temporary:
        spec["volumes"] = [*volumes, *temporary]
    return {"spec": spec}
