"""Hostile inputs of any size: doubled, none may take more than twice as long, or as much memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

from generator.render.yaml_emitter import HEADER
from tests.fuzzing.trees import Item, Tree
from tests.helpers.jobs import minimal_job

Build: TypeAlias = Callable[[int], Tree]

ONE = "jobs/team/a/params.json"


@dataclass(frozen=True, slots=True)
class Growing:
    """An input of so many parts, the least that shows how it grows, and what it is compared with.

    ``before`` is what the base of a comparison has, where there is one.
    """

    build: Build
    parts: int
    before: Build | None = None


def _file(text: str) -> Item:
    return Item("file", text.encode("utf-8", "surrogatepass"))


def _text(text: str) -> Tree:
    return {ONE: _file(text)}


def _job(**changes: Any) -> Tree:
    return _text(json.dumps(minimal_job("a-1", **changes)))


def _jobs(jobs: Iterable[dict[str, Any]]) -> Tree:
    return {
        f"jobs/team/{number}/params.json": _file(json.dumps(job)) for number, job in enumerate(jobs)
    }


def _with_platform(tree: Tree, **settings: Any) -> Tree:
    return {"platform.yaml": _file(json.dumps(settings)), **tree}


def _yaml(text: str) -> Tree:
    return {"platform.yaml": _file(text), **_job()}


def _names(number: int, first: str = "c") -> list[str]:
    return [f"{first}{index}" for index in range(number)]


def _channel(**changes: Any) -> list[dict[str, Any]]:
    first, second = minimal_job()["inputDataConfig"]
    return [{**first, **changes}, second]


def _custom(values: dict[str, Any]) -> Tree:
    return _job(customHyperparameters=values)


def _own_image(**changes: Any) -> dict[str, Any]:
    own = {"entrypoint": "python a.py", "headImage": "a:1", "workerImage": "a:1"}
    return minimal_job("a-1", **own, **changes)


def _container(schema: dict[str, Any], custom: dict[str, Any]) -> Tree:
    algorithm = {"source": "container", "algorithmName": "resnet"}
    job = {**_own_image(algorithm=algorithm), "customHyperparameters": custom}
    listed = {"containers": {"resnet": {"hyperparameters": schema}}}
    return _with_platform(_jobs([job]), algorithms=listed)


def _members(names: Iterable[str], **of_each: Any) -> dict[str, Any]:
    return {name: {"gpus": 1, **of_each} for name in names}


def _claims(number: int, **of_each: Any) -> list[dict[str, Any]]:
    return [{"name": name, "clusters": ["c1"], **of_each} for name in _names(number)]


def _folded(number: int) -> Tree:
    spellings = product(*[("a", "A")] * 12)
    names = ("".join(letters) for letters, _ in zip(spellings, range(number), strict=False))
    return {f"jobs/team/{name}/params.json": _file("{}") for name in names}


def _edited(number: int) -> Tree:
    """A rendered job with lines that each stand there many times, in another order."""
    tolerations = [{"key": f"example.com/k{index % 125}"} for index in range(number)]
    job = minimal_job("a-1", scheduling={"clusterTolerations": tolerations})
    shown = [f"        - key: example.com/k{index * 7919 % 125}\n" for index in range(number)]
    return {**_jobs([job]), "rendered/default/a-1.yaml": _file("".join([HEADER, *shown]))}


_JSON: dict[str, Growing] = {
    "duplicate keys": Growing(lambda n: _text("\n{" + ",".join(['"a":0'] * n) + "}"), 4000),
    "duplicate keys on lines": Growing(
        lambda n: _text("{" + ",\n".join(['"a":0'] * n) + "}"), 4000
    ),
    "halves of pairs": Growing(lambda n: _text("[" + ",".join(['"\\ud800"'] * n) + "]"), 4000),
    "not finite": Growing(lambda n: _text("[" + ",".join(["NaN"] * n) + "]"), 4000),
    "long integers": Growing(lambda n: _text("[" + ",".join(["1" * 301] * n) + "]"), 500),
    "one long number": Growing(lambda n: _text(f"[0.{'1' * n}, 1e-{'1' * n}]"), 100_000),
    "unknown fields": Growing(lambda n: _text(json.dumps(dict.fromkeys(_names(n), 0))), 2000),
    "one long name": Growing(lambda n: _text(json.dumps({"k" * n: [0] * n})), 4000),
    "long names within": Growing(
        lambda n: _text(json.dumps({"k" * n: {"~/" * n: {"": dict.fromkeys(_names(n), 0)}}})), 2000
    ),
    "one long text": Growing(lambda n: _job(jobName="A" * n, namespace="é" * n), 100_000),
    "brackets": Growing(lambda n: _text("[" * n), 100_000),
    "blanks": Growing(lambda n: _text(" " * n + "x"), 100_000),
    "no closing quote": Growing(lambda n: _text('["' + "\\u0041" * n), 20_000),
    "wrong items": Growing(lambda n: _job(inputDataConfig=_channel(csvColumns=[1] * n)), 2000),
    "one item twice": Growing(lambda n: _job(targetClusters=[*_names(n), "c0"]), 4000),
    "lists in a list": Growing(lambda n: _job(targetClusters=[[name] for name in _names(n)]), 2000),
    "wrong objects": Growing(
        lambda n: _job(scheduling={"clusterTolerations": [{"key": 1, "a": 1}] * n}), 1000
    ),
    "wrong names": Growing(lambda n: _custom(dict.fromkeys(_names(n, "-"), 1)), 2000),
    "wrong values": Growing(lambda n: _custom({name: [] for name in _names(n)}), 1000),
}
_TEXTS: dict[str, Growing] = {
    "words before a sign": Growing(
        lambda n: _job(inputDataConfig=_channel(contentType="a" * n + "@")), 8000
    ),
    "schemes": Growing(
        lambda n: _job(inputDataConfig=_channel(contentType="a://" * n + " @")), 8000
    ),
    "users": Growing(lambda n: _job(inputDataConfig=_channel(contentType="a://" + "b@" * n)), 8000),
    "beginnings of keys": Growing(
        lambda n: _job(inputDataConfig=_channel(contentType="-----BEGIN A" * n + "AKIA" * n)), 4000
    ),
    "a long endpoint": Growing(
        lambda n: _job(inputDataConfig=_channel(endpoint="https://a" + "-." * n + "@")), 8000
    ),
    "a long bucket": Growing(
        lambda n: _job(inputDataConfig=_channel(bucket="a" * n + "!")), 40_000
    ),
    "a long command": Growing(lambda n: _job(entrypoint="a" * n), 20_000),
    "a command of quotes": Growing(lambda n: _job(entrypoint="a" + "''" * n), 10_000),
    "a command of words": Growing(lambda n: _job(entrypoint="a 'b c' " * n), 4000),
    "a long URI": Growing(
        lambda n: _job(outputDataConfig={"artifactUri": "s3://aa" + "-" * n + "/%"}), 20_000
    ),
    "a path of parts": Growing(
        lambda n: _job(outputDataConfig={"artifactUri": "file:///" + "a/" * n + ".."}), 20_000
    ),
    "reserved variables": Growing(lambda n: _custom(dict.fromkeys(_names(n, "aws_"), 1)), 1000),
    "variables twice": Growing(
        lambda n: _custom({name: 1 for k in _names(n, "k") for name in (k, k.upper())}), 1000
    ),
    "metrics and quantiles": Growing(
        lambda n: _jobs(
            [
                _own_image(
                    hyperparameters={
                        "xgboost": {
                            "objective": "reg:quantileerror",
                            "eval_metric": ["quantile"] * n,
                        }
                    },
                    customHyperparameters={"quantile_alpha": "[" + ",".join(["0.5"] * n) + "]"},
                )
            ]
        ),
        400,
    ),
    "metrics that are none": Growing(
        lambda n: _job(hyperparameters={"xgboost": {"eval_metric": _names(n, "m")}}), 1000
    ),
}
_FLEETS: dict[str, Growing] = {
    "jobs of one name": Growing(lambda n: _jobs(minimal_job("a-1") for _ in range(n)), 300),
    "folders that fold": Growing(_folded, 300),
    "classes of one claim": Growing(
        lambda n: _jobs(
            minimal_job(
                name,
                resources={**minimal_job()["resources"], "storageClassName": name},
            )
            for name in _names(n)
        ),
        200,
    ),
    "jobs of claims for one node": Growing(
        lambda n: _with_platform(
            _jobs(minimal_job(name, pvcName=f"p{k % 9}") for k, name in enumerate(_names(n))),
            storage={"accessMode": "ReadWriteOnce"},
        ),
        200,
    ),
    "jobs of one place in a bucket": Growing(
        lambda n: _with_platform(
            _jobs(
                minimal_job(
                    name,
                    outputDataConfig={
                        "destinationType": "object-storage",
                        "artifactUri": "s3://results/a",
                    },
                )
                for name in _names(n)
            ),
            storage={"objectStorageOutput": ["xgboost"]},
        ),
        200,
    ),
    "jobs of no tenant": Growing(
        lambda n: _with_platform(
            _jobs(minimal_job(name) for name in _names(n)),
            tenants={name: {} for name in _names(n, "t")},
        ),
        150,
    ),
    "jobs of a tenant": Growing(
        lambda n: _with_platform(
            _jobs(
                minimal_job(name, namespace="x", headImage="a:1", workerImage="a:1")
                for name in _names(n)
            ),
            tenants={
                "team": {
                    "namespaces": _names(n),
                    "clusters": _names(n, "d"),
                    "claims": _names(n, "p"),
                    "secrets": _names(n, "s"),
                    "images": {"prefixes": _names(n, "r")},
                }
            },
        ),
        100,
    ),
    "classes that are allowed": Growing(
        lambda n: _with_platform(
            _jobs(
                minimal_job(name, resources={**minimal_job()["resources"], "storageClassName": "x"})
                for name in _names(n)
            ),
            storage={"allowedStorageClasses": _names(n)},
        ),
        150,
    ),
    "templates that are none": Growing(
        lambda n: _with_platform(
            _jobs({"jobName": name, "template": f"x{name}"} for name in _names(n)),
            templates={name: {"file": f"templates/{name}.json"} for name in _names(n, "t")},
        ),
        100,
    ),
    "templates without files": Growing(
        lambda n: _with_platform(
            _job(), templates={name: {"file": f"templates/{name}.json"} for name in _names(n)}
        ),
        150,
    ),
    "jobs of a wrong template": Growing(
        lambda n: _with_platform(
            {
                **_jobs({"jobName": name, "template": "t"} for name in _names(n)),
                "templates/t.json": _file(
                    json.dumps(
                        {**minimal_job(), "entrypoint": "a|b", "jobName": None} | {"jobName": "x"}
                    )
                ),
            },
            templates={"t": {"file": "templates/t.json"}},
        ),
        200,
    ),
    "ranges of priorities": Growing(
        lambda n: _with_platform(
            _jobs(minimal_job(name, priority=1000) for name in _names(n)),
            scheduling={
                "priorities": [
                    {"from": k % 999 + 1, "to": 1, "priorityClassName": "x"} for k in range(n)
                ]
            },
        ),
        150,
    ),
}
_CLUSTERS: dict[str, Growing] = {
    "clusters that are not listed": Growing(
        lambda n: _with_platform(_job(targetClusters=_names(n)), clusters=_members(_names(n, "d"))),
        300,
    ),
    "clusters of a tenant": Growing(
        lambda n: _with_platform(
            _job(targetClusters=_names(n)), tenants={"team": {"clusters": _names(n, "d")}}
        ),
        600,
    ),
    "clusters of a claim": Growing(
        lambda n: _with_platform(
            _job(targetClusters=_names(n), pvcName="p"),
            storage={"claims": [{"name": "p", "sizeGB": 1, "clusters": _names(n, "d")}]},
        ),
        600,
    ),
    "clusters with labels": Growing(
        lambda n: _with_platform(
            _job(targetClusters=_names(n), scheduling={"clusterLabels": {"a": "b"}}),
            clusters={name: {"labels": {"a": name}} for name in _names(n)},
        ),
        300,
    ),
    "findings that are ignored": Growing(
        lambda n: _job(
            targetClusters=_names(n),
            rayjobs={"ignore": [{"rule": f"xgboost/{name}", "reason": "r"} for name in _names(n)]},
        ),
        1500,
    ),
    "claims called like Secrets": Growing(
        lambda n: _with_platform(
            _job(),
            storage={"claims": _claims(n, sizeGB=1)},
            pods={
                "imagePullSecrets": [
                    {"name": name, "source": "control-plane"} for name in _names(n)
                ]
            },
        ),
        200,
    ),
    "claims that stand twice": Growing(
        lambda n: _with_platform(_job(), storage={"claims": _claims(n, sizeGB=1) * 2}), 150
    ),
    "bounds of what is not listed": Growing(
        lambda n: _with_platform(
            _job(),
            clusters=_members(_names(n)),
            namespaces=_names(n),
            tenants={"team": {"clusters": _names(n, "d"), "namespaces": _names(n, "e")}},
        ),
        200,
    ),
}
_PLATFORM: dict[str, Growing] = {
    "keys that stand twice": Growing(lambda n: _yaml("a: 1\n" * n), 500),
    "anchors": Growing(lambda n: _yaml("a:\n" + "- &x 1\n" * n), 500),
    "aliases": Growing(lambda n: _yaml("a: &x [1]\nb:\n" + "- *x\n" * n), 500),
    "ambiguous numbers": Growing(lambda n: _yaml("a:\n" + "- 0x1\n" * n), 500),
    "numbers to the base of 60": Growing(lambda n: _yaml("a: 1" + ":1" * n + "\n"), 4000),
    "a long hexadecimal number": Growing(lambda n: _yaml(f"a: 0x{'f' * n}\n"), 4000),
    "a long text of YAML": Growing(lambda n: _yaml("a: " + "b " * n + "\n"), 4000),
    "a long quoted text": Growing(lambda n: _yaml('a: "' + "\\x41 " * n + '"\n'), 2000),
    "a long block": Growing(lambda n: _yaml("a: |\n" + "  b\n" * n), 1000),
    "comments": Growing(lambda n: _yaml("# a\n" * n), 2000),
    "documents": Growing(lambda n: _yaml("---\n" * n), 1000),
    "lists in lists": Growing(lambda n: _yaml("[" * n), 2000),
    "lists on a line": Growing(lambda n: _yaml("- " * n), 2000),
    "maps in maps": Growing(lambda n: _yaml("{a: " * n), 1000),
    "a long list": Growing(lambda n: _yaml("namespaces: [" + "a, " * n + "]\n"), 500),
    "a long map": Growing(
        lambda n: _yaml("rules:\n" + "".join(f"  a/b{k}: error\n" for k in range(n))), 300
    ),
    "long keys in a map": Growing(
        lambda n: _yaml(
            json.dumps({"quotas": {"k" * 500: {"clusters": dict.fromkeys(_names(n), 1)}}})
        ),
        300,
    ),
    "values that a container does not take": Growing(
        lambda n: _container(
            {"additionalProperties": {"enum": _names(n)}}, dict.fromkeys(_names(n), 1)
        ),
        300,
    ),
    "a pattern that goes back and forth": Growing(
        lambda n: _container(
            {"additionalProperties": {"pattern": "^(a+)+$"}}, {"a": "a" * n + "!"}
        ),
        20_000,
    ),
}


def _ordered(clusters: list[str]) -> Tree:
    return _job(targetClusters=clusters, scheduling={"mode": "ordered"})


_CHANGES: dict[str, Growing] = {
    "an order that is turned": Growing(
        lambda n: _ordered(_names(n)[::-1]), 400, lambda n: _ordered(_names(n))
    ),
    "clusters that are added": Growing(
        lambda n: _job(targetClusters=_names(2 * n)), 400, lambda n: _job(targetClusters=_names(n))
    ),
    "clusters that go": Growing(
        lambda n: _job(targetClusters=_names(n)), 400, lambda n: _job(targetClusters=_names(2 * n))
    ),
    "clusters to choose from": Growing(
        lambda n: _job(targetClusters=_names(2 * n), scheduling={"mode": "one-of"}),
        400,
        lambda n: _job(targetClusters=_names(n), scheduling={"mode": "one-of"}),
    ),
    "claims that shrink": Growing(
        lambda n: _with_platform(_job(), storage={"claims": _claims(n, sizeGB=1)}),
        100,
        lambda n: _with_platform(_job(), storage={"claims": _claims(n, sizeGB=2)}),
    ),
    "jobs that go": Growing(
        lambda n: _job(), 100, lambda n: _jobs(minimal_job(name) for name in _names(n))
    ),
    "jobs that are edited": Growing(
        lambda n: _jobs(minimal_job(name, priority=2) for name in _names(n)),
        60,
        lambda n: _jobs(minimal_job(name, entrypoint="python b.py") for name in _names(n)),
    ),
    "a rendered file that was edited": Growing(_edited, 1500),
}

GROWING: dict[str, Growing] = {**_JSON, **_TEXTS, **_FLEETS, **_CLUSTERS, **_PLATFORM, **_CHANGES}
"""By name, every input."""
