"""Which of the listed jobs the options ``--tenant``, ``--namespace`` and their like leave."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.history.listing import ListedJob


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
