"""The RayJob: a Ray cluster of its own for one training run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from generator.algorithms import BUILT_IN
from generator.fields.labels import (
    CREDENTIAL_VARIABLES,
    RUN_VARIABLES,
    Variable,
    as_text,
    custom_text,
)
from generator.model.job.channels import file_path
from generator.model.job.job import Job
from generator.render.objects import Node, Object, job_marks, metadata, pod_metadata
from generator.render.pods import (
    Nodes,
    Role,
    container_settings,
    nodes_of,
    pod_settings,
    submitter_template,
    temporary_volumes,
)
from generator.render.yaml_emitter import double_quoted, scalar
from generator.repository.resolved_job import ResolvedJob

_VOLUME = "result-storage"


def runtime_env_yaml(one: ResolvedJob) -> str:
    """The variables as YAML, grouped, every value quoted: Ray refuses what is no text."""
    lines = ["env_vars:"]
    for title, variables in environment(one):
        if variables:
            lines.append(f"  # {title}")
            lines += map(_line, variables)
    return "\n".join(lines) + "\n"


@lru_cache(maxsize=65536)
def _line(variable: Variable) -> str:
    # Most variables of most jobs have their defaults: each is quoted once.
    name, value = variable
    return f"  {scalar(name)}: {double_quoted(value)}"


def environment(one: ResolvedJob) -> Iterator[tuple[str, list[Variable]]]:
    """The variables in order, in groups with a title each."""
    yield "training control", _run(one)
    yield "object storage", _object_storage(one)
    yield "hyperparameters", _hyperparameters(one.job)
    custom = one.job.custom_hyperparameters.items()
    yield "custom hyperparameters", [(name.upper(), custom_text(value)) for name, value in custom]


def _run(one: ResolvedJob) -> list[Variable]:
    job, asked = one.job, one.job.resources.instance_resources
    has_gpus = asked.gpu_count > 0
    values = (
        str(job.resources.instance_count),
        as_text(has_gpus),
        one.label_column,
        job.job_name,
        _storage_path(one),
        str(asked.cpu_cores),
        str(asked.gpu_count),
        "cuda" if has_gpus else "cpu",
    )
    return list(zip(RUN_VARIABLES, values, strict=True))


def _storage_path(one: ResolvedJob) -> str:
    output = one.job.output_data_config
    uri = output.artifact_uri if output else None
    if uri and not one.job.has_claim:
        return uri
    return (uri and file_path(uri)) or one.platform.storage.mount_path


def _object_storage(one: ResolvedJob) -> list[Variable]:
    train, *validation = one.job.input_data_config
    return [
        ("S3_ENDPOINT", train.endpoint),
        ("S3_BUCKET", train.bucket),
        ("S3_TRAIN_KEY", train.prefix),
        ("S3_REGION", one.platform.training_script.region),
        *(("S3_VAL_KEY", channel.prefix) for channel in validation),
    ]


def _hyperparameters(job: Job) -> list[Variable]:
    if job.algorithm.source == "container":
        return []
    name = job.algorithm.algorithm_name
    return BUILT_IN[name].environment(job.hyperparameters_of(name))


def ray_job(one: ResolvedJob) -> Object:
    """The RayJob of a job."""
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayJob",
        "metadata": metadata(one.job.job_name, one.job.namespace, **job_marks(one)),
        "spec": ray_job_spec(one),
    }


def ray_job_spec(one: ResolvedJob) -> dict[str, Node]:
    """What a RayJob says besides its metadata.

    ``shutdownAfterJobFinishes`` with a time to live deletes only the Ray cluster; deleting the
    RayJob itself would make Karmada and any GitOps engine create and run it again.
    """
    scheduling, nodes, marks = one.job.scheduling, nodes_of(one), pod_metadata(one)
    spec: dict[str, Node] = {"entrypoint": one.entrypoint}
    if scheduling.suspended is not None:
        spec["suspend"] = scheduling.suspended
    if scheduling.backoff_limit:
        spec["backoffLimit"] = scheduling.backoff_limit
    if one.longest_run is not None:
        spec["activeDeadlineSeconds"] = one.longest_run
    if one.longest_wait is not None:
        spec["preRunningDeadlineSeconds"] = one.longest_wait
    return spec | {
        "shutdownAfterJobFinishes": True,
        "ttlSecondsAfterFinished": one.platform.ray.ttl_seconds_after_finished,
        "runtimeEnvYAML": runtime_env_yaml(one),
        **_submitter(one, marks, nodes),
        "rayClusterSpec": {
            "rayVersion": one.ray_version,
            "headGroupSpec": _head_group(one, marks, nodes),
            "workerGroupSpecs": [_worker_group(one, marks, nodes)],
        },
    }


def _head_group(one: ResolvedJob, marks: dict[str, Node], nodes: Nodes) -> Node:
    size = one.head_size
    resources = _resources(size.cpu_cores, size.memory_gib, {})
    return {
        # Ray puts training processes wherever CPUs are free, and would leave workers idle for the
        # head's. A head on a GPU node counts the GPUs that its image lets it see.
        "rayStartParams": {
            "num-cpus": "0",
            "num-gpus": "0",
            **one.platform.ray.head.ray_start_params.texts,
        },
        "template": {**marks, "spec": _pod("head", one.head_image, resources, one, nodes)},
    }


def _worker_group(one: ResolvedJob, marks: dict[str, Node], nodes: Nodes) -> Node:
    ray, count = one.platform.ray, one.job.resources.instance_count
    gpus = one.job.resources.instance_resources.gpu_count
    resources = worker_resources(one.job, nodes.gpu_resource_name)
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
        "template": {**marks, "spec": _pod("worker", one.worker_image, resources, one, nodes)},
    }


def _pod(
    role: Role, image: str, resources: Node, one: ResolvedJob, nodes: Nodes
) -> dict[str, Node]:
    """The spec of a Ray pod, with the claim and what else is mounted."""
    container: dict[str, Node] = {
        "name": f"ray-{role}",
        "image": image,
        "env": _credentials(one),
        "resources": resources,
        **container_settings(one.platform),
    }
    spec: dict[str, Node] = {**_additions(role, one, nodes), "containers": [container]}
    claim, path = one.claim_name, one.platform.storage.mount_path
    volumes, mounts = temporary_volumes(one.platform, path if claim else None)
    if claim:
        volumes.insert(0, {"name": _VOLUME, "persistentVolumeClaim": {"claimName": claim}})
        mounts.insert(0, {"name": _VOLUME, "mountPath": path})
    if volumes:
        container["volumeMounts"], spec["volumes"] = mounts, volumes
    return spec


def _submitter(one: ResolvedJob, marks: dict[str, Node], nodes: Nodes) -> dict[str, Node]:
    """The submitter's template, where it is another than KubeRay's.

    With Kueue it always is: Kueue adds what its ResourceFlavor says of nodes to a template that is
    there, and to nothing else (its rayjob_controller.go, 0.17.0).
    """
    additions = _additions("submitter", one, nodes)
    settings = container_settings(one.platform)
    in_kueue = one.platform.scheduling.queueing == "kueue" and one.queue
    if not (additions or settings or marks or nodes.says_something_of_the_submitter or in_kueue):
        return {}
    volumes, mounts = temporary_volumes(one.platform, None)
    container = {**settings, **({"volumeMounts": mounts} if mounts else {})}
    spec = {**additions, **({"volumes": volumes} if volumes else {})}
    return {"submitterPodTemplate": submitter_template(one.head_image, marks, spec, container)}


def _additions(role: Role, one: ResolvedJob, nodes: Nodes) -> dict[str, Node]:
    """What a pod has besides containers and volumes."""
    name = one.priority_range.priority_class_name if one.priority_range else None
    return {
        **pod_settings(one.platform),
        **({"priorityClassName": name} if name else {}),
        **nodes.of(role),
    }


def _credentials(one: ResolvedJob) -> Node:
    """The S3 keys as container environment: the driver and the workers see it, Git does not."""
    secret = one.credentials
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
