"""The page as text: escaped, well formed, and the same for the same data."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator.commands.page.html import MARK, page
from generator.diagnostics.wording import visible
from tests.helpers.pages import (
    COMMIT,
    Element,
    columns_of,
    data_in,
    job,
    page_of,
    read,
    rows_of,
    written,
)

HOSTILE = st.text(max_size=30) | st.sampled_from(
    [
        "</script><script>alert(1)</script>",
        "</noscript><img src=x onerror=alert(1)>",
        "<!--<script>",
        "-->",
        "\" onload='alert(1)' x=\"",
        "&lt;b&gt; &amp;amp;",
        "$style ${script}",
        "\u202egnp.exe\u2066",
        "]]>\u2028\x00\x1b[2J",
        "x" * 500,
    ]
)


def written_page(**changes: Any) -> Element:
    return read(page(page_of(job(), job("train-2"), **changes)))


def test_it_says_whose_it_is_and_of_when() -> None:
    text = page(page_of(job()))
    assert text.startswith(MARK)
    assert "As of" in text
    (time,) = read(text).all("time")
    assert (time.text, time.attributes["datetime"]) == ("2026-11-24 12:00", "2026-11-24T12:00:00Z")
    assert f"commit {COMMIT[:8]}" in text


def test_the_same_data_give_the_same_bytes() -> None:
    assert page(page_of(job(), job("b"))) == page(page_of(job(), job("b")))


@settings(max_examples=60, deadline=None)
@given(HOSTILE)
@example("</script>")
def test_what_jobs_and_clusters_say_is_text_and_nothing_else(words: str) -> None:
    hostile = job(
        words, namespace=words, state=words, clusters=(words,), algorithm=words, tenant=words,
        by=words,
    )  # fmt: skip
    plain = job("x", state="x", clusters=("x",), algorithm="x", tenant="x", by="x")
    found = read(page(page_of(hostile, words=words)))
    assert found.shape == read(page(page_of(plain, words="x"))).shape
    shown = visible(words)
    label = f"{shown}/{shown}" if words else shown
    assert written(found)[0][:3] == [label, shown, shown]
    (cells,) = data_in(found)["jobs"]
    assert cells[:3] == [label, [shown, "good"], shown]
    problems = next(one for one in found.all("table") if "What to do" in columns_of(one))
    assert rows_of(problems)[1] == ["on Karmada", shown, shown, shown]


@given(HOSTILE)
def test_data_never_end_the_script_that_holds_them(words: str) -> None:
    text = page(page_of(job(words)))
    held = text.partition('id="data">')[2].partition("</script>")[0]
    assert not set("<>&") & set(held)


def test_only_its_own_style_and_script_may_run() -> None:
    found = written_page()
    (policy,) = (
        one.attributes["content"] or ""
        for one in found.all("meta")
        if one.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    (style,) = found.all("style")
    (script,) = (one for one in found.all("script") if "type" not in one.attributes)
    for kind, element in (("style", style), ("script", script)):
        digest = base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_nothing_is_asked_for_and_links_resolve() -> None:
    found = written_page()
    ids = [one.attributes["id"] for one in found.all() if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    for one in found.all():
        for name, value in one.attributes.items():
            assert name not in ("src", "srcset", "style", "action")
            assert not name.startswith("on")
            if name == "href":
                assert value == "data:," or (value or "").removeprefix("#") in ids
            if name in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
                assert value in ids
    (style,) = found.all("style")
    assert not re.search(r"url\(|@import|@font-face", style.text)


def test_headings_are_in_order_and_tables_have_heads() -> None:
    found = written_page()
    assert [one.tag for one in found.all("h1", "h2", "h3")] == ["h1", "h2", "h2", "h2", "h2"]
    assert found.children[0].attributes == {"lang": "en"}
    for table in found.all("table"):
        assert {one.attributes["scope"] for one in table.all("thead")[0].all("th")} == {"col"}
        for row in table.all("tbody")[0].all("tr"):
            assert row.children[0].attributes["scope"] == "row"
            assert len(row.children) == len(columns_of(table))
    labels = {one.attributes["for"] for one in found.all("label")}
    assert {one.attributes["id"] for one in found.all("input", "select")} == labels


def test_what_a_row_shows() -> None:
    found = read(page(page_of(job(gpus=1024), job("empty", gpus=None, since=None, seconds=None))))
    first, second = written(found)
    assert first == [
        "default/train-1", "Succeeded", "c1, c2", "1,024", "8", "xgboost", "vision",
        "2026-11-23 12:00", "30m", "2026-11-22", "Alex Doe",
    ]  # fmt: skip
    assert (second[3], second[7], second[8]) == ("", "", "")
    assert data_in(found)["jobs"][0][7:9] == [
        ["2026-11-23 12:00", "2026-11-23T12:00:00Z"],
        ["30m", 1800],
    ]


def test_without_karmada_nothing_is_said_of_what_runs() -> None:
    found = read(page(page_of(job(state="Committed", kind="plain"), is_live=False)))
    (table,) = (one for one in found.all("table") if one.attributes.get("id") == "jobs-table")
    assert not {"Since", "Took"} & set(columns_of(table))
    assert "What all jobs in Git ask for" in found.text


def test_a_page_of_nothing() -> None:
    none = page_of(problems=(), problem_count=0, clusters=(), tenants=(), changes=(), notes=())
    text = read(page(none)).text
    for words in ("There is no job.", "Nothing is wrong.", "Git says nothing of any job."):
        assert words in text


def test_what_is_left_out_is_said() -> None:
    found = written_page(problem_count=700, change_count=9000)
    assert "The first 2 of 700 problems." in found.text
    assert "The first 1 of 9,000 changes, newest first." in found.text


def test_many_jobs_stand_in_tables_of_their_own() -> None:
    jobs = [job(f"train-{number}") for number in range(1200)]
    found = read(page(page_of(*jobs)))
    (hidden,) = found.all("noscript")
    assert [len(rows_of(one)) for one in hidden.all("table")] == [500, 500, 200]
    assert [one.attributes["aria-label"] for one in hidden.children] == [
        "Jobs 1 to 500", "Jobs 501 to 1,000", "Jobs 1,001 to 1,200",
    ]  # fmt: skip
    assert len(data_in(found)["jobs"]) == 1200


def luminance(color: str) -> float:
    """WCAG 2.2, relative luminance of ``#rrggbb``."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_texts_have_contrast_in_each_scheme(at: int) -> None:
    (style,) = written_page().all("style")
    schemes = re.findall(r"color-scheme: \w+;\s*((?:--\w+: #\w{6};\s*)+)", style.text)
    assert len(schemes) == 3
    assert re.findall(r"#\w+", schemes[1]) == re.findall(r"#\w+", schemes[2])
    colors = dict(re.findall(r"--(\w+): (#\w{6})", schemes[at]))
    for name in ("text", "quiet", "link", "good", "bad", "wrong", "going"):
        for back in ("back", "band"):
            assert contrast(colors[name], colors[back]) >= 4.5, (name, back)
    assert contrast(colors["field"], colors["back"]) >= 3
