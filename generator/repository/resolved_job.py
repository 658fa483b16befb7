"""A job with all that it leaves out: each value is its own, else platform.yaml's, else built in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from generator.diagnostics import Location
from generator.model.job.job import Job
from generator.model.job.resources import StoppingCondition
from generator.model.platform.algorithms import Runtime
from generator.model.platform.clusters import PriorityRange
from generator.model.platform.model import Platform
from generator.model.platform.storage import SecretKeys, canonical_endpoint
from generator.model.template import UNNAMED_JOB, JobFile, Merged
from generator.repository.placement import Key, Placement, key_of, placement_of
from generator.source.locate import Place


@dataclass(frozen=True, eq=False)
class Defaults:
    """What a platform gives to its jobs, worked out once for those that are alike."""

    platform: Platform
    _placements: dict[Key, Placement] = field(default_factory=dict, repr=False)
    _runtimes: dict[tuple[str, str], Runtime] = field(default_factory=dict, repr=False)

    def placement(self, job: Job) -> Placement:
        """Return where a job runs."""
        key = key_of(job)
        found = self._placements.get(key)
        if found is None:
            found = self._placements[key] = placement_of(job, self.platform)
        return found

    def runtime(self, algorithm: str, source: str) -> Runtime:
        """Return what a job of an algorithm runs when it names nothing of its own."""
        found = self._runtimes.get((algorithm, source))
        if found is None:
            found = self.platform.runtime_of(algorithm, source)
            self._runtimes[algorithm, source] = found
        return found

    def credentials(self, job: Job) -> SecretKeys:
        """Return the Secret with the keys of a job's object storage."""
        default = self.platform.credentials
        if not default.profiles:
            return default
        endpoint = canonical_endpoint(job.input_data_config[0].endpoint)
        return self._by_endpoint.get(endpoint, default)

    @cached_property
    def _by_endpoint(self) -> dict[str, SecretKeys]:
        chosen: dict[str, SecretKeys] = {}
        for profile in self.platform.credentials.profiles:
            for endpoint in profile.endpoints:
                chosen.setdefault(canonical_endpoint(endpoint), profile)
        return chosen


@dataclass(frozen=True, slots=True)
class HeadSize:
    """Cores and GiB that a head asks for; it has no GPU."""

    cpu_cores: int
    memory_gib: int


@dataclass(frozen=True, slots=True)
class Default:
    """What a field that a job leaves out gets.

    ``settings`` are the places in platform.yaml that can give it: the first that is there counts.
    Without any it is what the job says at ``like``, else what is built in.
    """

    value: Any
    settings: tuple[Place, ...]
    like: Place = ()


@dataclass(frozen=True, eq=False)
class ResolvedJob:
    """A job as it counts on its platform.

    ``file`` is relative to the root, ``tenant`` the directory below jobs/ that it is in, if any,
    and ``merged`` what its template gave it. ``file`` is "" where only the job itself matters.
    """

    job: Job
    defaults: Defaults
    file: str = ""
    tenant: str | None = None
    merged: Merged | None = None

    @property
    def platform(self) -> Platform:
        """The platform that gives what the job leaves out."""
        return self.defaults.platform

    @property
    def job_file(self) -> JobFile:
        """Its file, with what it takes from a template."""
        return JobFile(self.file or None, self.merged)

    def at(self, pointer: str, *, on_key: bool = False) -> Location:
        """Return where a value of the job stands: in its file, or in that of its template."""
        return self.job_file.at(pointer, on_key=on_key)

    @cached_property
    def placement(self) -> Placement:
        """Where it runs."""
        return self.defaults.placement(self.job)

    @property
    def runtime(self) -> Runtime:
        """What it would run if it named nothing of its own."""
        return self.defaults.runtime(self.job.algorithm.algorithm_name, self.job.algorithm.source)

    @property
    def head_image(self) -> str:
        """Image of the head and of the submitter; "" where it is ``missing``."""
        return self.job.head_image or self.runtime.image or ""

    @property
    def worker_image(self) -> str:
        """Image of the workers; "" where it is ``missing``."""
        return self.job.worker_image or self.runtime.image or ""

    @property
    def entrypoint(self) -> str:
        """Command that Ray runs; "" where it is ``missing``."""
        return self.job.entrypoint or self.runtime.entrypoint or ""

    @property
    def missing(self) -> list[tuple[str, str]]:
        """Fields that nothing gives, each with the setting of an algorithm that could.

        The rules refuse a job that has any.
        """
        given = (
            ("headImage", "image", self.head_image),
            ("workerImage", "image", self.worker_image),
            ("entrypoint", "entrypoint", self.entrypoint),
        )
        return [(name, setting) for name, setting, value in given if not value]

    @property
    def ray_version(self) -> str:
        """Version of Ray in its images: what it says itself counts where it names an image."""
        own = self.job.ray_version if self.job.has_own_image else None
        return own or self.runtime.ray_version

    @property
    def label_column(self) -> str:
        """Column of the training data that holds the labels."""
        own = self.job.input_data_config[0].label_name
        return own or self.platform.training_script.label_column

    @property
    def head_size(self) -> HeadSize:
        """Size of the head: each amount is its own, else the platform's, else a worker's."""
        own, workers = self.job.resources.head_resources, self.job.resources.instance_resources
        given = self.platform.ray.head
        return HeadSize(
            (own and own.cpu_cores) or given.cpu_cores or workers.cpu_cores,
            (own and own.memory_gib) or given.memory_gib or workers.memory_gib,
        )

    @property
    def longest_run(self) -> int | None:
        """Seconds after which it is ended; None: never."""
        own = self._stopping and self._stopping.max_runtime_seconds
        return own or self.platform.limits.max_runtime_seconds.default

    @property
    def longest_wait(self) -> int | None:
        """Seconds after which it is ended if it does not run yet; None: it waits on."""
        own = self._stopping and self._stopping.max_wait_seconds
        return own or self.platform.limits.max_wait_seconds.default

    @property
    def _stopping(self) -> StoppingCondition | None:
        return self.job.stopping_condition

    @property
    def claim_name(self) -> str | None:
        """The claim that its results are written to; None for a job without any."""
        if not self.job.has_claim:
            return None
        return self.job.pvc_name or self.platform.storage.claim_name

    @cached_property
    def credentials(self) -> SecretKeys:
        """The Secret with the keys of its object storage."""
        return self.defaults.credentials(self.job)

    @property
    def queue(self) -> str | None:
        """The queue that it waits in; None without queueing."""
        scheduling = self.platform.scheduling
        return (self.job.scheduling.queue or scheduling.queue) if scheduling.queueing else None

    @property
    def priority_range(self) -> PriorityRange | None:
        """What platform.yaml makes of its priority, if anything."""
        return self.platform.scheduling.range_of(self.job.priority)

    def default_of(self, pointer: str) -> Default | None:
        """Return what gives a field of the job that it leaves out; None where nothing does."""
        found = _DEFAULTS[pointer](self) if pointer in _DEFAULTS else None
        return found if found and found.value is not None else None

    def runtime_setting(self, name: str) -> Place:
        """Return the place in platform.yaml that says what a job of its algorithm runs."""
        chosen = self.job.algorithm
        listed = ("containers",) if chosen.source == "container" else ()
        return ("algorithms", *listed, chosen.algorithm_name, name)

    @property
    def gpus(self) -> int:
        """GPUs that all copies take together."""
        return self.job.resources.instance_resources.gpu_count * self.workers

    @property
    def workers(self) -> int:
        """Ray workers of all copies together."""
        return self.job.resources.instance_count * self.placement.copies


_WORKERS: Place = ("resources", "instanceResources")
_DEFAULTS: dict[str, Callable[[ResolvedJob], Default]] = {
    "/headImage": lambda one: Default(one.head_image or None, (one.runtime_setting("image"),)),
    "/workerImage": lambda one: Default(one.worker_image or None, (one.runtime_setting("image"),)),
    "/rayVersion": lambda one: Default(
        one.ray_version, (one.runtime_setting("rayVersion"), ("ray", "version"))
    ),
    "/entrypoint": lambda one: Default(
        one.entrypoint or None, (one.runtime_setting("entrypoint"),)
    ),
    "/pvcName": lambda one: Default(one.claim_name, (("storage", "claimName"),)),
    "/resources/headResources/cpuCores": lambda one: Default(
        one.head_size.cpu_cores, (("ray", "head", "cpuCores"),), (*_WORKERS, "cpuCores")
    ),
    "/resources/headResources/memoryGiB": lambda one: Default(
        one.head_size.memory_gib, (("ray", "head", "memoryGiB"),), (*_WORKERS, "memoryGiB")
    ),
    "/resources/storageClassName": lambda one: Default(
        one.platform.storage.storage_class_name, (("storage", "storageClassName"),)
    ),
    "/stoppingCondition/maxRuntimeSeconds": lambda one: Default(
        one.longest_run, (("limits", "maxRuntimeSeconds", "default"),)
    ),
    "/stoppingCondition/maxWaitSeconds": lambda one: Default(
        one.longest_wait, (("limits", "maxWaitSeconds", "default"),)
    ),
    "/inputDataConfig/0/labelName": lambda one: Default(
        one.label_column, (("trainingScript", "labelColumn"),)
    ),
    "/scheduling/mode": lambda one: Default(
        one.platform.scheduling.mode, (("scheduling", "mode"),)
    ),
    "/scheduling/onClusterFailure": lambda one: Default(
        one.platform.scheduling.on_cluster_failure, (("scheduling", "onClusterFailure"),)
    ),
    "/scheduling/queue": lambda one: Default(one.queue, (("scheduling", "queue"),)),
}
"""By the pointer of a field that may be left out, what it gets then."""


def resolve(job: Job, platform: Platform, job_file: JobFile = UNNAMED_JOB) -> ResolvedJob:
    """Return a job by itself as it counts on ``platform``, whatever tenant it is of."""
    return ResolvedJob(job, Defaults(platform), job_file.file or "", merged=job_file.merged)
