"""The options ``--tenant``, ``--namespace`` and their like, and which listed jobs they leave."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated, TypeAlias

import typer

from generator.history.listing import ListedJob

TenantOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="Only jobs of this directory of jobs/; repeatable, as are the next three.",
    ),
]
NamespaceOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--namespace", "-n", metavar="NAME", help="Only of this one."),
]
AlgorithmOption: TypeAlias = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Only with this one.")
]
ClusterOption: TypeAlias = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Only jobs that may run on it.")
]


def chosen(
    jobs: Iterable[ListedJob],
    tenant: Collection[str] | None,
    namespace: Collection[str] | None,
    algorithm: Collection[str] | None,
    cluster: Collection[str] | None,
) -> list[ListedJob]:
    """The jobs that have one of the values of each; one that is empty leaves all."""
    return [
        job
        for job in jobs
        if _is_one(job.tenant, tenant)
        and _is_one(job.namespace, namespace)
        and _is_one(job.algorithm, algorithm)
        and (not cluster or set(cluster) & set(job.clusters or ()))
    ]


def _is_one(value: str | None, wanted: Collection[str] | None) -> bool:
    return not wanted or value in wanted
