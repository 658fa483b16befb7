"""The RayJob: a Ray cluster of its own for one training run."""

from __future__ import annotations

from generator.fleet import Fleet, Submission
from generator.manifests.objects import Node, Object, metadata
from generator.manifests.pods import pod_settings
from generator.manifests.runtime_env import runtime_env_yaml
from generator.manifests.submitter import submitter_template
from generator.params.job import Job
from generator.params.variables import CREDENTIAL_VARIABLES
from generator.platform.limits import longest_run
from generator.platform.model import Platform

_VOLUME = "result-storage"


def ray_job(submission: Submission, fleet: Fleet) -> Object:
    """The RayJob of one submission.

    ``shutdownAfterJobFinishes`` with a time to live deletes only the Ray cluster; deleting the
    RayJob itself would make Karmada and any GitOps engine create and run it again.
    """
    job, platform = submission.job, fleet.platform
    spec: dict[str, Node] = {"entrypoint": _entrypoint(job, platform)}
    if (seconds := longest_run(job, platform.limits)) is not None:
        spec["activeDeadlineSeconds"] = seconds
    spec |= {
        "shutdownAfterJobFinishes": True,
        "ttlSecondsAfterFinished": platform.ray.ttl_seconds_after_finished,
        "runtimeEnvYAML": runtime_env_yaml(job, platform),
    }
    head_image = _image(job.head_image, job, platform)
    if submitter := submitter_template(head_image, pod_settings(platform)):
        spec["submitterPodTemplate"] = submitter
    spec["rayClusterSpec"] = {
        "rayVersion": platform.ray_version_of(job.algorithm.algorithm_name),
        "headGroupSpec": _head_group(job, fleet),
        "workerGroupSpecs": [_worker_group(job, fleet)],
    }
    labels = {"algorithm": job.algorithm.algorithm_name}
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayJob",
        "metadata": metadata(job.job_name, job.namespace, labels=labels),
        "spec": spec,
    }


def _entrypoint(job: Job, platform: Platform) -> str:
    entrypoint = job.entrypoint or platform.entrypoint_of(job.algorithm.algorithm_name)
    assert entrypoint, "the checks refuse a job that has no entrypoint"
    return entrypoint


def _image(own: str | None, job: Job, platform: Platform) -> str:
    image = own or platform.image_of(job.algorithm.algorithm_name)
    assert image, "the checks refuse a job that has no image"
    return image


def _head_group(job: Job, fleet: Fleet) -> Node:
    container = _container("ray-head", _image(job.head_image, job, fleet.platform), job, fleet)
    container["resources"] = _resources(job, {})
    return {"rayStartParams": {}, "template": _template(container, job, fleet)}


def _worker_group(job: Job, fleet: Fleet) -> Node:
    ray, count = fleet.platform.ray, job.resources.instance_count
    gpus = job.resources.instance_resources.gpu_count
    container = _container("ray-worker", _image(job.worker_image, job, fleet.platform), job, fleet)
    container["resources"] = _resources(job, {ray.gpu_resource_name: str(gpus)} if gpus else {})
    return {
        "groupName": ray.worker_group_name,
        "replicas": count,
        "minReplicas": 1,
        "maxReplicas": max(ray.max_workers, count),
        "rayStartParams": {},
        "template": _template(container, job, fleet),
    }


def _container(name: str, image: str, job: Job, fleet: Fleet) -> dict[str, Node]:
    container: dict[str, Node] = {
        "name": name,
        "image": image,
        "env": _credentials(job, fleet),
        "resources": {},
    }
    if job.has_claim:
        mount = fleet.platform.storage.mount_path
        container["volumeMounts"] = [{"name": _VOLUME, "mountPath": mount}]
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


def _resources(job: Job, gpus: dict[str, Node]) -> Node:
    asked = job.resources.instance_resources
    amounts: dict[str, Node] = {"cpu": str(asked.cpu_cores), "memory": f"{asked.memory_gib}Gi"}
    return {"requests": {**amounts, **gpus}, "limits": {**amounts, **gpus}}


def _template(container: dict[str, Node], job: Job, fleet: Fleet) -> Node:
    spec: dict[str, Node] = {**pod_settings(fleet.platform), "containers": [container]}
    if claim := fleet.claim_name(job):
        spec["volumes"] = [{"name": _VOLUME, "persistentVolumeClaim": {"claimName": claim}}]
    return {"spec": spec}
