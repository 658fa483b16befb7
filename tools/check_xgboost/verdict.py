"""What rayjobs says of a parameter set, and where that is not what xgboost did."""

from __future__ import annotations

import copy
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from generator.diagnostics import Diagnostic
from generator.model.job.schema import job_from
from generator.model.platform.model import Platform
from generator.rules.job.job import check_job

from .parameter_set import ParameterSet

_JOB: dict[str, Any] = {
    "jobName": "measured",
    "algorithm": {"algorithmName": "xgboost"},
    "resources": {
        "instanceResources": {"cpuCores": 1, "memoryGiB": 1},
        "instanceCount": 1,
    },
    "inputDataConfig": [
        {
            "channelName": "train",
            "endpoint": "https://s3.example",
            "bucket": "data",
            "prefix": "train.csv",
        }
    ],
    "targetClusters": ["c"],
}

JUDGED = frozenset({"num_class", "quantile_alpha"})
"""Custom hyperparameters that have rules; others are what a script of one's own makes of them."""

DOCUMENTED = frozenset({"schema/range", "schema/value", "schema/type"})
"""Findings that a value is outside the field's documented domain: xgboost takes such a value where
it does not read the field, and a job that gives one is wrong all the same."""


def findings(parameters: ParameterSet) -> list[Diagnostic]:
    """What is said of a job with these hyperparameters."""
    document = copy.deepcopy(_JOB)
    document["hyperparameters"] = {"xgboost": parameters.hyperparameters}
    if parameters.custom:
        # A script of one's own: custom hyperparameters count as given.
        document["customHyperparameters"] = dict(parameters.custom)
        document["entrypoint"] = "python /opt/own.py"
    document["resources"]["instanceResources"]["gpuCount"] = parameters.gpus
    job, refused = job_from(document)
    return list(refused) if job is None else list(check_job(job, Platform()))


def disagreements(
    parameters: ParameterSet, results: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """In words, each way in which ``results`` (by version) are not what was said."""
    if not set(parameters.custom) <= JUDGED:
        return
    said = findings(parameters)
    errors = [found for found in said if found.is_error]
    failed = [version for version, result in results.items() if not result["ok"]]
    if failed and parameters.custom and "labels_lower_bound" in results[failed[0]]["error"]:
        # A script of one's own can give these bounds with its data; the measured one does not.
        return
    if failed and not said:
        yield f"fails with {', '.join(failed)} ({results[failed[0]]['error']}), nothing was said"
    elif len(failed) == len(results) and not errors:
        yield f"fails everywhere ({results[failed[0]]['error']}), only a warning was said"
    elif not failed and errors and not _refused_on_purpose(parameters, errors, results):
        yield f"trains, but was refused: {errors[0].rule.id}: {errors[0].message}"


def _refused_on_purpose(
    parameters: ParameterSet, errors: list[Diagnostic], results: Mapping[str, Mapping[str, Any]]
) -> bool:
    """Whether every error is about a value that xgboost did not read, or read as another."""
    return all(
        error.rule.id in DOCUMENTED
        and (
            _is_unread(parameters, error, results)
            or _is_read_as_another(parameters, error)
            # int() takes " 1 " and "1_0"; a params.json writes numbers as numbers.
            or isinstance(parameters.hyperparameters.get(_field(error)), str)
        )
        for error in errors
    )


def _is_unread(
    parameters: ParameterSet, error: Diagnostic, results: Mapping[str, Mapping[str, Any]]
) -> bool:
    """Whether xgboost says that it did not use the field; with verbosity 0 it cannot say."""
    field = _field(error)
    if field in ("num_round", "early_stopping_rounds", "csv_weights"):
        return True
    return parameters.hyperparameters.get("verbosity") == 0 or all(
        any(f'"{field}"' in line for line in result["warnings"]) for result in results.values()
    )


def _is_read_as_another(parameters: ParameterSet, error: Diagnostic) -> bool:
    """Whether single precision turns the value into the bound that it exceeds."""
    value = parameters.hyperparameters.get(_field(error))
    if not isinstance(value, int | float) or abs(value) > 3:
        return False
    single: float = struct.unpack("f", struct.pack("f", value))[0]
    return single != value and single == round(single)


def _field(error: Diagnostic) -> str:
    return (error.pointer or "").split("/")[3]
