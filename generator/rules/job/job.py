"""Rules about one job that its JSON Schema cannot say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from generator.diagnostics import Diagnostic, Scope, error, pointer_of, warning
from generator.fields.labels import GIVEN_BY, custom_text
from generator.model.job.channels import file_path
from generator.model.job.job import Job
from generator.model.job.schema import job_from
from generator.model.platform.model import Platform
from generator.model.template import UNNAMED_JOB, JobFile, Template, merge, merged_objects
from generator.repository.fleet import variables_of
from generator.repository.resolved_job import ResolvedJob, resolve
from generator.rules.explanations import small_job
from generator.rules.job.algorithm import check_algorithm, check_resources
from generator.rules.job.container import check_container, check_object_store
from generator.rules.job.images import check_images
from generator.rules.job.reserved_variables import check_reserved_variables
from generator.rules.job.text import check_quoting, check_texts, why_it_changes
from generator.rules.storage import check_storage

CHANNEL_ORDER = error("job/channel-order", "The channels are not train, then validation.")
CHANNEL_STORAGE = error(
    "job/channel-storage", "The validation channel is in another bucket or endpoint."
)
VALIDATION_LABEL = warning(
    "job/validation-label", "The validation channel names another label column."
)
UNUSED_HYPERPARAMETERS = warning(
    "job/unused-hyperparameters", "Hyperparameters of an algorithm that the job does not run."
)
ENTRYPOINT = error(
    "job/entrypoint", "The entrypoint would not arrive as it is written.", scope=Scope.VALUE
)
CUSTOM_NAME = error("job/custom-name", "A custom hyperparameter's name is taken.")
ENVIRONMENT_SIZE = error("job/environment-size", "The environment is larger than 128 KiB.")
# The control planes' own namespaces: jobs stay out of them.
RESERVED_NAMESPACE = error("job/reserved-namespace", "A namespace that Karmada does not propagate.")
DEADLINE = warning(
    "job/deadline", "The longest run or wait is shorter than a Ray cluster takes to start."
)
RESERVED_NAME = error("job/reserved-name", "The job's file would be another object's.")
ARTIFACT_URI = error("job/artifact-uri", "A file:// URI that names no plain path.")

_RESERVED_NAMESPACES = ("kube-", "karmada-")
_MAX_ENVIRONMENT = 128 * 1024
_SHORTEST_RUN = 60
_OTHER_VARIABLES = 8 * 1024
"""Bytes of the variables that every job has, the command around them included."""


def check_job(
    job: Job, platform: Platform, job_file: JobFile = UNNAMED_JOB, source: str | None = None
) -> Iterator[Diagnostic]:
    """Everything that is wrong with a job taken by itself.

    ``source`` is the text of its file, which shows quickly that there is nothing to look for.
    """
    one = resolve(job, platform, job_file)
    for rule in (
        _environment_size,
        check_quoting,
        _reserved_namespace,
        _deadline,
        _channel_order,
        _channel_storage,
        _unused_hyperparameters,
        _entrypoint,
        _custom_names,
        _reserved_name,
        _artifact_uri,
        check_reserved_variables,
        check_algorithm,
        check_resources,
        check_container,
        check_images,
        check_storage,
        check_object_store,
    ):
        yield from rule(one)
    yield from check_texts(one, source)


def check_templates(templates: Iterable[Template], platform: Platform) -> Iterator[Diagnostic]:
    """What no job may say, at its place in the template's file."""
    for template in templates:
        yield from _template(template, platform)


def _channel_order(one: ResolvedJob) -> Iterator[Diagnostic]:
    wanted = ("train", "validation")
    for index, (channel, name) in enumerate(zip(one.job.input_data_config, wanted, strict=False)):
        if channel.channel_name != name:
            yield CHANNEL_ORDER.found(
                f'the {("first", "second")[index]} channel is "{channel.channel_name}"',
                hint=f'it must be "{name}": the script reads train, then validation',
                at=one.at(pointer_of("inputDataConfig", index, "channelName")),
            )


def _channel_storage(one: ResolvedJob) -> Iterator[Diagnostic]:
    train, *others = one.job.input_data_config
    for index, channel in enumerate(others, start=1):
        at = pointer_of("inputDataConfig", index)
        for field, own, first in (
            ("endpoint", channel.endpoint, train.endpoint),
            ("bucket", channel.bucket, train.bucket),
        ):
            if own != first:
                yield CHANNEL_STORAGE.found(
                    f'the {field} "{own}" is not the train channel\'s, "{first}"',
                    hint="put both into one bucket: the script reads one endpoint and one bucket",
                    at=one.at(f"{at}/{field}"),
                )
        if channel.label_name not in (None, train.label_name):
            yield VALIDATION_LABEL.found(
                f'the label column "{channel.label_name}" is not read',
                hint="name it in the train channel: one column is read from both",
                at=one.at(f"{at}/labelName"),
            )


def _unused_hyperparameters(one: ResolvedJob) -> Iterator[Diagnostic]:
    given = one.job.hyperparameters.model_fields_set
    if one.job.algorithm.source == "container":
        if given:
            yield UNUSED_HYPERPARAMETERS.found(
                "a container does not get these hyperparameters",
                hint="give them as customHyperparameters",
                at=one.at("/hyperparameters", on_key=True),
            )
        return
    name = one.job.algorithm.algorithm_name
    for other in sorted(given - {name}):
        yield UNUSED_HYPERPARAMETERS.found(
            f"a job of {name} does not get hyperparameters of {other}",
            hint=f"leave them out, or give those of {name}",
            at=one.at(pointer_of("hyperparameters", other), on_key=True),
        )


def _entrypoint(one: ResolvedJob) -> Iterator[Diagnostic]:
    if one.job.entrypoint and (reason := why_it_changes(one.job.entrypoint)):
        yield ENTRYPOINT.found(
            f"the entrypoint {reason}",
            hint="put the commands into a script in the image and name the script here",
            at=one.at("/entrypoint"),
        )


def _custom_names(one: ResolvedJob) -> Iterator[Diagnostic]:
    seen: dict[str, str] = {}
    ours = variables_of(one.job) if one.job.custom_hyperparameters else frozenset()
    for name in one.job.custom_hyperparameters:
        variable = name.upper()
        taken = variable in ours
        if taken or variable in seen:
            owner = "the platform sets" if taken else f'"{seen[variable]}" becomes'
            yield CUSTOM_NAME.found(
                f'"{name}" becomes the variable {variable}, which {owner}',
                hint=_instead(variable) if taken else "choose another name",
                at=one.at(pointer_of("customHyperparameters", name), on_key=True),
            )
        seen.setdefault(variable, name)


def _instead(variable: str) -> str:
    """What to do where a custom hyperparameter would set a variable of the platform."""
    if source := GIVEN_BY.get(variable):
        return f"remove it: {source}"
    return "choose another name"


def _reserved_name(one: ResolvedJob) -> Iterator[Diagnostic]:
    if one.job.job_name == "namespace":
        yield RESERVED_NAME.found(
            'a job cannot be called "namespace": its file would be the namespace\'s',
            hint="choose another name",
            at=one.at("/jobName"),
        )


def _artifact_uri(one: ResolvedJob) -> Iterator[Diagnostic]:
    uri = one.job.output_data_config.artifact_uri if one.job.output_data_config else None
    path = file_path(uri) if uri else None
    if uri is None or path is None:
        return
    host = uri[len("file://") : len(uri) - len(path)]
    parts = path.split("/")[1:]
    if host or not path.strip("/") or {"..", "."} & set(parts) or any(c in path for c in "%?#"):
        yield ARTIFACT_URI.found(
            f'"{uri}" names no plain absolute path',
            hint="write file:///home/ray/result-storage/run-1: three slashes, no .., %, ? or #",
            at=one.at("/outputDataConfig/artifactUri"),
        )


def _environment_size(one: ResolvedJob) -> Iterator[Diagnostic]:
    """KubeRay passes the environment as one argument, which Linux caps at 128 KiB."""
    texts = {name: custom_text(value) for name, value in one.job.custom_hyperparameters.items()}
    for index, channel in enumerate(one.job.input_data_config):
        texts[f"channel {index}"] = f"{channel.endpoint}{channel.bucket}{channel.prefix}"
    if sum(map(len, texts.values())) + sum(map(len, texts)) < _MAX_ENVIRONMENT // 8:
        return
    # JSON inside a shell's quotes: a quote or backslash of a value is written four times.
    quoted = json.dumps(json.dumps(texts, ensure_ascii=False), ensure_ascii=False)
    size = len(quoted.encode()) + _OTHER_VARIABLES
    if size > _MAX_ENVIRONMENT:
        yield ENVIRONMENT_SIZE.found(
            f"the environment takes {size:,} bytes; one argument of a command takes 131,072",
            hint="put large values into a file in the bucket, and its key here",
            at=one.at("/customHyperparameters", on_key=True),
        )


def _reserved_namespace(one: ResolvedJob) -> Iterator[Diagnostic]:
    if one.job.namespace.startswith(_RESERVED_NAMESPACES):
        yield RESERVED_NAMESPACE.found(
            f'Karmada does not propagate the namespace "{one.job.namespace}"',
            hint="choose a namespace that starts with neither kube- nor karmada-",
            at=one.at("/namespace"),
        )


def _deadline(one: ResolvedJob) -> Iterator[Diagnostic]:
    given = one.job.stopping_condition
    for field, limit in (
        ("maxRuntimeSeconds", given.max_runtime_seconds if given else None),
        ("maxWaitSeconds", given.max_wait_seconds if given else None),
    ):
        if limit is not None and limit < _SHORTEST_RUN:
            yield DEADLINE.found(
                f"{limit} seconds are too short: they count from the RayJob's creation, and a Ray "
                f"cluster alone takes about {_SHORTEST_RUN} to start",
                hint=f"allow {_SHORTEST_RUN} seconds or more",
                at=one.at(pointer_of("stoppingCondition", field)),
            )


def _template(template: Template, platform: Platform) -> Iterator[Diagnostic]:
    # A small job stands for those of the template, with its own algorithm: not to be complete is
    # no fault of a template.
    document = json.loads(small_job())
    given = {name: value for name, value in template.document.items() if name != "algorithm"}
    job, _ = job_from(merged_objects(document, {**given, "jobName": document["jobName"]}))
    if job is None:
        return
    known = merge({}, template)
    for found in check_job(job, platform, JobFile(template.file)):
        if found.rule.scope is Scope.VALUE and known.is_from_template(found.pointer or ""):
            yield found
