"""What tests of mutations share."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from tests.helpers.documents import EVERY_FIELD
from tests.helpers.jobs import members

FROM_TEMPLATE: dict[str, Any] = {**EVERY_FIELD, "template": "gpu-large"}


SMALL_FROM_TEMPLATE: dict[str, Any] = {
    "jobName": "train-1",
    "template": "gpu-large",
    "resources": {"instanceResources": {"gpuCount": 1}},
    "algorithm": {"source": "container"},
    "hyperparameters": {"xgboost": {"eta": 0.1}},
}


TEMPLATE = {name: value for name, value in EVERY_FIELD.items() if name != "jobName"}


ODD: list[Any] = [
    None, True, False, 0, 1, -1, 2, 6.0, 6.5, -0.0, 0.5, 1e-39, 1.1754943508222875e-38, 3.4e38,
    3.4028234663852886e38, 3.5e38, 1e300, 2**31 - 1, 2**31, 2**63, 10**50, -(10**50), 1001, "",
    "4", "a", "A", "a\n", "a$b", "`a`", "a\x85", "a\u2028b", "ß", "a-", "-a", "9a", "a.b", "a" * 47,
    "a" * 48, "a" * 64, "a" * 300, "auto", "train", "http://x", "https://x\n", "grow_histmaker",
    "grow_histmaker,prune", "rmse", "ndcg@5-", "error@0.7", "tweedie-nloglik@2", "image:v1",
    "Image", "2.46.0", "/mnt/x", "/mnt/", [], ["a"], ["a", "a"], [1], ["rmse", "auc"], {}, {"a": 1},
]  # fmt: skip


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every value of a document, as a path."""
    return [path, *(p for key, value in members(node) for p in places(value, (*path, key)))]


def put(document: Any, path: tuple[Any, ...], value: Any) -> None:
    for part in path[:-1]:
        document = document[part]
    if value is ...:
        del document[path[-1]]
    else:
        document[path[-1]] = value


@st.composite
def mutated(draw: st.DrawFn, documents: list[Any]) -> Any:
    """A valid document with up to three of its values changed, added or taken away."""
    document = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(places(document)[1:]))
        change = draw(st.sampled_from(["value", "drop", "add", "text", "number"]))
        parent = document
        for part in path[:-1]:
            parent = parent[part]
        if change == "add" and isinstance(parent, dict):
            parent[draw(st.sampled_from(["extra", "eta", "jobname", "$schema", "a b"]))] = 1
        elif change == "text":
            put(document, path, draw(st.text(max_size=20)))
        elif change == "number":
            put(document, path, draw(st.integers() | st.floats(allow_nan=False)))
        else:
            put(
                document,
                path,
                ... if change == "drop" else copy.deepcopy(draw(st.sampled_from(ODD))),
            )
        if not places(document)[1:]:
            break
    return document
