"""Pages that tests look at, and reading them back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

from generator.commands.page.data import ChangeRow, JobRow, Page, ProblemRow, UseRow

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
COMMIT = "9f3a52c1" * 5
VOID = frozenset({"meta", "link", "input", "br"})


def job(name: str = "train-1", **changes: Any) -> JobRow:
    """A job that has succeeded."""
    whole = JobRow(
        namespace="default",
        name=name,
        state="Succeeded",
        kind="good",
        clusters=("c1", "c2"),
        gpus=2,
        cpu_cores=8,
        algorithm="xgboost",
        tenant="vision",
        since=NOW - timedelta(days=1),
        seconds=1800,
        added=NOW - timedelta(days=2),
        by="Alex Doe",
    )
    return replace(whole, **changes)


def page_of(*jobs: JobRow, words: str = "plain", **changes: Any) -> Page:
    """A page with one of everything; ``words`` stand wherever a text may."""
    whole = Page(
        as_of=NOW,
        commit=COMMIT,
        is_live=True,
        jobs=jobs,
        problems=(
            ProblemRow("error", f"jobs/{words}", words, words),
            ProblemRow("on Karmada", words, words, words),
        ),
        problem_count=2,
        clusters=(UseRow(words, None, 2, 8, 2, 4), UseRow(words, words, 2, 8, 2)),
        tenants=(UseRow(words, None, 2, 8, 2),),
        changes=(ChangeRow(NOW, words, "added", words, COMMIT, words),),
        change_count=1,
        notes=(words,),
    )
    return replace(whole, **changes)


@dataclass
class Element:
    """An element with its text, and those in it."""

    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    own: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it; that of children in cells comes after its own."""
        return "".join((*self.own, *(child.text for child in self.children)))

    def all(self, *tags: str) -> list[Element]:
        """The elements in it of these kinds, in their order; of all kinds where none is named."""
        found = []
        for child in self.children:
            found += [child] if not tags or child.tag in tags else []
            found += child.all(*tags)
        return found

    @property
    def shape(self) -> tuple[Any, ...]:
        """What it is without any text: tags and names of attributes."""
        return self.tag, tuple(self.attributes), tuple(child.shape for child in self.children)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.top = Element("")
        self.open = [self.top]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, dict(attrs))
        assert len(made.attributes) == len(attrs), "an attribute stands twice"
        self.open[-1].children.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_endtag(self, tag: str) -> None:
        closed = self.open.pop()
        assert closed.tag == tag, f"{tag} ends {closed.tag}"

    def handle_data(self, data: str) -> None:
        self.open[-1].own.append(data)


def read(text: str) -> Element:
    """The elements of a page, each of which is closed where it has to be."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == [reader.top]
    return reader.top


def data_in(page: Element) -> dict[str, Any]:
    """What the script reads."""
    (found,) = (one for one in page.all("script") if one.attributes.get("id") == "data")
    data: dict[str, Any] = json.loads(found.text)
    return data


def rows_of(table: Element) -> list[list[str]]:
    """The texts of the cells of a table's body."""
    (body,) = table.all("tbody")
    return [[cell.text for cell in row.children] for row in body.all("tr")]


def written(page: Element) -> list[list[str]]:
    """The jobs as they stand in the page without its script."""
    tables = [table for one in page.all("noscript") for table in one.all("table")]
    return [row for table in tables for row in rows_of(table)]


def columns_of(table: Element) -> Sequence[str]:
    """The titles of its columns."""
    return [one.text for one in table.all("thead")[0].all("th")]
