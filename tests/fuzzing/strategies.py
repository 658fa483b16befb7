"""Inputs: bytes, JSON and YAML texts that were tampered with, odd documents, odd repositories."""

from __future__ import annotations

import json
from typing import Any

import yaml
from hypothesis import strategies as st

from generator.render.yaml_emitter import HEADER
from tests.fuzzing.growing import GROWING
from tests.fuzzing.rendered import changed_trees
from tests.fuzzing.trees import Item, Tree
from tests.helpers.documents import EVERY_FIELD, PLATFORM
from tests.helpers.jobs import minimal_job
from tests.helpers.mutations import FROM_TEMPLATE, SMALL_FROM_TEMPLATE, TEMPLATE, mutated
from tests.helpers.outcomes import HOSTILE

DOCUMENTS = [EVERY_FIELD, minimal_job(), minimal_job("b", priority=1, pvcName="results")]
JSON_TEXTS = [json.dumps(document, indent=indent) for document in DOCUMENTS for indent in (None, 2)]
YAML_TEXTS = [
    "",
    "namespaces: [team]\n",
    yaml.safe_dump(PLATFORM),
    json.dumps(PLATFORM),
    "rules:\n  fleet/full-copies: off\n  xgboost/eta-zero: error\n",
]
NASTY = [
    HOSTILE, "\x1b]0;x\x07", "\x1b[2J", "\u202e", "\u2066", "\u200f", "\u2028", "\ufeff", "\x00",
    "\x7f", "\x85", "$(id)", "`id`", "\\", '"', "'", "\\u0041", "😀", "\U000e0067", "\U0010ffff",
    "e\u0301", "../../x", "/etc/passwd", "a\nb", "a\r\nb", "::error::x", "##[error]x", "\n---\n",
    "::stop-commands::x", "%0A", "<b>", "```", "|", "AKIA" + "A" * 16, "null", "0x1", "1e3",
    "2001-01-01", "yes", "!!str", "- a", "a: b", " #x", "\ttab", " ", "x" * 3000, "é" * 300,
]  # fmt: skip
JSON_TOKENS = [
    "{", "}", "[", "]", ",", ":", '"', "\\", "null", "NaN", "-Infinity", "1e999", "-0", "01", "1.",
    "9" * 400, "1e-400", "0.1e+1", '"\\ud800"', '"\\udc00\\ud800"', "\\u0000", '{"a":1,"a":2}',
    "[" * 70, "[" * 3000, '{"a":' * 70, "/*x*/", "//x\n", "'", "\ufeff", "\x00", "tru", '"' * 3,
]  # fmt: skip
YAML_TOKENS = [
    "&a ", "*a", "<<: *a\n", "!!python/object:os.system x", "!!int x", "!x y", "? ", "- ", ": ",
    "|\n  x", ">-\n  x", "%YAML 1.1\n---\n", "%YAML 9.9\n---\n", "%TAG ! x\n", "---\n", "...\n",
    "[" * 70, "[" * 500, "{" * 70, "\t", "@", "`", "\x85", "\u2028", "\x00", "\ufeff", "'", '"',
    "#x", "0o17", "0b1", "1_000", ".inf", ".nan", "1:30", "2001-01-01", "~", "yes", "[a, [b, {c: d",
    "a: &x [*x]\n", "? [a]\n: b\n", '"\\ud800"', '"\\x41"', "!!binary aa", "!!set {a}", "k" * 1100,
    "9" * 5000, "!!timestamp x", "=", "<<: [{a: 1}]\n", "!<tag:yaml.org,2002:str> x",
]  # fmt: skip
FREE = st.text(st.characters(), max_size=12) | st.sampled_from(NASTY)
TAKEN = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="$`"), max_size=12
) | st.sampled_from([text for text in NASTY if text.isprintable() and not set(text) & set("$`")])


@st.composite
def tampered(draw: st.DrawFn, texts: list[str], tokens: list[str]) -> str:
    """A text of the list with up to five places cut, doubled or filled."""
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        change = draw(st.sampled_from(["cut", "double", "token", "nasty", "end", "text"]))
        if change == "end":
            text = text[:end]
        elif change == "double":
            text = text[:end] + text[start:end] + text[end:]
        else:
            filling = {
                "cut": st.just(""),
                "token": st.sampled_from(tokens),
                "nasty": st.sampled_from(NASTY),
                "text": st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
            }[change]
            text = text[:start] + draw(filling) + text[end:]
    return text


@st.composite
def spliced(draw: st.DrawFn, texts: list[str]) -> bytes:
    """Bytes: any, or a valid file with some of them in it."""
    odd = draw(
        st.binary(max_size=40)
        | st.sampled_from([b"\xff\xfe", b"\xef\xbb\xbf", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90"])
    )
    if draw(st.booleans()):
        return odd * draw(st.sampled_from([1, 1, 2, 1000]))
    text = draw(st.sampled_from(texts)).encode()
    at = draw(st.integers(0, len(text)))
    return text[:at] + odd + text[at + draw(st.integers(0, 3)) :]


@st.composite
def worded(draw: st.DrawFn) -> dict[str, Any]:
    """A valid form of a job whose free texts are odd: most are taken, so their values are read."""
    text = TAKEN if draw(st.integers(0, 4)) else FREE
    names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,6}", fullmatch=True) | st.sampled_from(NASTY)
    value = text | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    job = minimal_job(customHyperparameters=draw(st.dictionaries(names, value, max_size=3)))
    channel = job["inputDataConfig"][0]
    for field in draw(st.sets(st.sampled_from(["bucket", "prefix", "labelName"]))):
        channel[field] = draw(text)
    if draw(st.booleans()):
        channel["endpoint"] = f"http://{draw(text)}"
    for second in job["inputDataConfig"][1:]:
        second |= {"bucket": channel["bucket"], "endpoint": channel["endpoint"]}
    if draw(st.booleans()):
        job["outputDataConfig"] = {"artifactUri": f"file:///home/ray/result-storage/{draw(text)}"}
    if not draw(st.integers(0, 3)):
        job["entrypoint"] = f"python {draw(text)}"
    if not draw(st.integers(0, 3)):
        job["rayjobs"] = {"ignore": [{"rule": "fleet/full-copies", "reason": draw(FREE)}]}
    return job


def _job_file(content: st.SearchStrategy[bytes]) -> st.SearchStrategy[Tree]:
    return content.map(lambda data: {"jobs/team/a/params.json": Item("file", data)})


def _encoded(document: Any) -> bytes:
    return json.dumps(document).encode()


def _bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


BYTES = _job_file(spliced(JSON_TEXTS))
JSON_FILES = _job_file(tampered(JSON_TEXTS, JSON_TOKENS).map(_bytes_of))
DOCUMENT_FILES = _job_file((mutated(DOCUMENTS) | worded() | worded()).map(_encoded))
PLATFORM_FILES = st.builds(
    lambda text, job: {
        "platform.yaml": Item("file", text),
        "jobs/team/a/params.json": Item("file", _encoded(job)),
    },
    tampered(YAML_TEXTS, YAML_TOKENS).map(_bytes_of)
    | mutated([PLATFORM]).map(_encoded)
    | mutated([PLATFORM]).map(lambda document: yaml.safe_dump(document).encode())
    | spliced(YAML_TEXTS),
    st.sampled_from([minimal_job(), EVERY_FIELD]),
)

TEMPLATE_TEXTS = [json.dumps(TEMPLATE, indent=2), json.dumps({"resources": {"instanceCount": 2}})]
TEMPLATE_FILES = st.builds(
    lambda template, job: {
        "platform.yaml": Item("file", json.dumps(PLATFORM).encode()),
        "templates/gpu-large.json": Item("file", template),
        "jobs/team/a/params.json": Item("file", job),
    },
    tampered(TEMPLATE_TEXTS, JSON_TOKENS).map(_bytes_of)
    | mutated([TEMPLATE]).map(_encoded)
    | spliced(TEMPLATE_TEXTS),
    mutated([FROM_TEMPLATE, SMALL_FROM_TEMPLATE]).map(_encoded),
)

_NAMES = st.sampled_from([
    "params.json", "PARAMS.json", "x.json", ".json", "a", "b", "team", "train-1", "train-1.yaml",
    "default", "storage", "results.yaml", "namespace.yaml", "credentials", "s3-credentials.yaml",
    ".rayjobs-1-0.tmp", ".git", "c\u0301", "\x1b[31m", "\u202e", "a\nb", "\udcff", "-x", "a b", "~",
    "n" * 255, "kham-pv-for-xgboost.yaml", "..a", "*", "::error::x", "$(id)",
])  # fmt: skip
_PATHS = st.builds(
    lambda top, names: "/".join([top, *names]),
    st.sampled_from(["jobs", "jobs", "rendered", "rendered/default", "platform.yaml", "other"]),
    st.lists(_NAMES, max_size=4),
)
_ITEMS = st.one_of(
    st.just(Item("directory")),
    st.just(Item("fifo")),
    st.sampled_from(
        ["../outside", "../../../outside/secret", ".", "..", "missing", "params.json", "/"]
    ).map(lambda target: Item("link", target.encode())),
    st.sampled_from(
        ["", HEADER, f"{HEADER}kind: RayJob\n", f"{HEADER}\x1b[31m\u202e\n", "x: y"]
    ).map(lambda text: Item("file", text.encode())),
    st.binary(max_size=20).map(lambda data: Item("file", HEADER.encode() + data)),
    st.sampled_from(JSON_TEXTS).map(lambda text: Item("file", text.encode())),
    worded().map(lambda job: Item("file", _encoded(job))),
    st.just(Item("file", b" " * (1024 * 1024 + 1))),
)
REPOSITORIES = st.dictionaries(_PATHS, _ITEMS, max_size=6).map(
    lambda tree: {**tree, "jobs/z/params.json": Item("file", JSON_TEXTS[2].encode())}
)

GROWN = st.builds(
    lambda name, parts: GROWING[name].build(parts),
    st.sampled_from(sorted(GROWING)),
    st.integers(0, 60),
)

KINDS: dict[str, st.SearchStrategy[Tree]] = {
    "bytes": BYTES,
    "json": JSON_FILES,
    "documents": DOCUMENT_FILES,
    "platform": PLATFORM_FILES,
    "templates": TEMPLATE_FILES,
    "repositories": REPOSITORIES,
    "rendered": changed_trees(),
    "growing": GROWN,
}
"""By name, what a case can be."""
