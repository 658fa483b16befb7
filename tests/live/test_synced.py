"""An object with additions is what was rendered; with one leaf changed or gone it is not."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.karmada.status.job_status import differences

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
OBJECTS = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        LEAVES,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=12,
    ),
    max_size=4,
)


def with_additions(node: Any, data: st.DataObject) -> Any:
    """``node`` with members that it had not, in any of its mappings."""
    if isinstance(node, list):
        return [with_additions(item, data) for item in node]
    if not isinstance(node, dict):
        return node
    added = data.draw(st.dictionaries(st.text(max_size=8), LEAVES, max_size=2))
    return {**added, **{key: with_additions(value, data) for key, value in node.items()}}


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of each value that holds no other."""
    members = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    inner = [leaf for key, value in members for leaf in leaves(value, (*path, key))]
    if inner:
        yield from inner
    elif path:
        yield path


@given(OBJECTS, st.data())
def test_what_is_added_is_no_difference(rendered: dict[str, Any], data: st.DataObject) -> None:
    assert list(differences(rendered, with_additions(rendered, data))) == []


@given(OBJECTS.filter(bool), st.data())
def test_one_leaf_that_is_other_is_one_difference(
    rendered: dict[str, Any], data: st.DataObject
) -> None:
    found = with_additions(rendered, data)
    path = data.draw(st.sampled_from(list(leaves(rendered))))
    holder, original = found, rendered
    for key in path[:-1]:
        holder, original = holder[key], original[key]
    if isinstance(holder, dict) and data.draw(st.booleans()):
        del holder[path[-1]]
    else:
        # Another type is another value, and so is true where 1 was.
        other = data.draw(LEAVES.filter(lambda leaf: is_other(leaf, original[path[-1]])))
        holder[path[-1]] = other
    assert len(list(differences(rendered, found))) == 1


def is_other(one: Any, other: Any) -> bool:
    return type(one) is not type(other) or bool(one != other)


@given(OBJECTS)
def test_an_item_more_or_less_is_a_difference(rendered: dict[str, Any]) -> None:
    said = {"spec": {"containers": [rendered, {}]}}
    for items in ([rendered], [rendered, {}, {}]):
        found = {"spec": {"containers": items}}
        assert list(differences(said, found)) == ["/spec/containers"]


@pytest.mark.parametrize(
    ("change", "at"),
    [
        (lambda o: o["spec"].update(suspend=1), "/spec/suspend"),
        (lambda o: o["metadata"]["labels"].update({"a/b": "d"}), "/metadata/labels/a~1b"),
        (lambda o: o["spec"]["env"][1].pop("value"), "/spec/env/1/value"),
        (lambda o: o.update(spec=[]), "/spec"),
    ],
)
def test_where_the_difference_is(change: Any, at: str) -> None:
    rendered = {
        "metadata": {"labels": {"a/b": "c"}},
        "spec": {"suspend": True, "env": [{"name": "A"}, {"name": "B", "value": "1"}]},
    }
    found = copy.deepcopy(rendered)
    change(found)
    assert list(differences(rendered, found)) == [at]
