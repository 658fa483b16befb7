"""What the emitter writes, every reader takes for the same values."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from generator.diagnostics.wording import is_visible
from generator.render.objects import Manifest
from generator.render.yaml_emitter import double_quoted, emit, manifest_text, scalar
from tests.helpers.yaml_emitter import TRICKY

texts = st.sampled_from(TRICKY) | st.text(alphabet=st.characters(exclude_categories=["Cs"]))
keys = texts.filter(lambda text: len(text) < 250)
trees = st.recursive(
    texts | st.booleans() | st.integers(-(2**63), 2**63 - 1),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


def ruamel(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


@settings(max_examples=400, deadline=None)
@given(trees)
def test_readers_of_both_versions_agree(tree: Any) -> None:
    text = emit(tree)
    assert ruamel(text) == tree
    assert yaml.safe_load(text) == tree


@pytest.mark.parametrize("text", TRICKY, ids=repr)
def test_a_tricky_text_stays_what_it_is(text: str) -> None:
    trees_of_it: list[Any] = [text, [text], {"a": text}, {"a": [{"b": text}]}]
    for tree in trees_of_it:
        written = emit(tree)
        assert ruamel(written) == tree
        assert yaml.safe_load(written) == tree
    if len(text) < 250:
        assert yaml.safe_load(emit({text: 1})) == ruamel(emit({text: 1})) == {text: 1}


@settings(max_examples=200, deadline=None)
@given(texts)
def test_a_quoted_text_is_one_printable_line(text: str) -> None:
    for written in (scalar(text), double_quoted(text)):
        assert len(written.splitlines()) <= 1
        assert yaml.safe_load(written) == ruamel(written) == text


def test_lines_are_a_literal_block() -> None:
    written = emit({"a": {"b": "x\n  y\n\nz\n", "c": 1}})
    assert written == "a:\n  b: |\n    x\n      y\n    \n    z\n  c: 1\n"
    assert emit({"b": "x\ny\n"}) == 'b: "x\\ny\\n"\n'


SKIPPED = "+argocd:skip-file-rendering"


@pytest.mark.parametrize("text", [SKIPPED, f"a {SKIPPED} b", f"a\n{SKIPPED}\n"], ids=repr)
def test_no_text_makes_argo_cd_skip_the_file(text: str) -> None:
    tree: dict[str, Any] = {"a": {text: text, "b": [text]}, "c": 1}
    manifest = Manifest("a.yaml", f"jobs/{SKIPPED}/params.json", (tree,))
    written = manifest_text(manifest)
    assert SKIPPED not in written
    assert yaml.safe_load(written) == ruamel(written) == tree


def test_plain_words_stay_plain() -> None:
    tree: dict[str, Any] = {
        "kind": "RayJob",
        "command": "python /a.py --x",
        "image": "a/b:v1",
        "count": 1,
        "t": True,
    }
    assert emit(tree) == (
        "kind: RayJob\ncommand: python /a.py --x\nimage: a/b:v1\ncount: 1\nt: true\n"
    )


@pytest.mark.parametrize("value", [1.5, None, (1,), b"x"])
def test_what_manifests_do_not_have_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        emit({"a": value})


@pytest.fixture
def kubectl() -> str:
    program = shutil.which("kubectl")
    if program is None:
        pytest.skip("kubectl is not installed: ruamel.yaml and PyYAML have read the same texts")
    return program


def write_texts(directory: Path, data: dict[str, str]) -> Path:
    """A ConfigMap that holds the texts."""
    config_map: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "texts"},
    }
    file = directory / "texts.yaml"
    config_map["data"] = data
    file.write_text(emit(config_map), encoding="utf-8")
    return file


def output_of(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def read_by_kubectl(kubectl: str, file: Path) -> Any:
    read = output_of(kubectl, "patch", "--local", "-f", str(file), "-p", "{}", "-o", "json")
    return json.loads(read)["data"]


def test_kubectl_reads_the_same(tmp_path: Path, kubectl: str) -> None:
    data = {f"k{number}": text for number, text in enumerate(TRICKY)}
    file = write_texts(tmp_path, data)
    assert read_by_kubectl(kubectl, file) == data


def test_kustomize_reads_the_same(tmp_path: Path, kubectl: str) -> None:
    # kustomize writes some control characters so that it cannot read them itself: left out.
    data = {f"k{n}": text for n, text in enumerate(TRICKY) if is_visible(text)}
    write_texts(tmp_path, data)
    (tmp_path / "kustomization.yaml").write_text("resources: [texts.yaml]\n")
    # Its own output is not safe for other readers ("<<" without quotes): kubectl reads it.
    (tmp_path / "built.yaml").write_text(output_of(kubectl, "kustomize", str(tmp_path)))
    assert read_by_kubectl(kubectl, tmp_path / "built.yaml") == data
