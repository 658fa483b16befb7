"""The page in headless Chromium: what who opens it sees, and that it asks for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from generator.commands.page.html import page
from tests.e2e.session.waiting import NotYetError, wait_for
from tests.helpers.browser import Tab, chromium, tab_of
from tests.helpers.pages import job, page_of, read, written

JOBS = (
    job("train-a", gpus=16, state="Running", kind="going", seconds=90),
    job("train-b", gpus=None, tenant="text", seconds=None, since=None),
    job("train-c", gpus=1024, state="Failed", kind="bad", by="Kim Roe", seconds=7200),
    job("train-d", gpus=2, clusters=("onprem-a100",), seconds=60),
)
ROWS = """[...document.querySelectorAll('#jobs-table tbody tr')].map(
    row => [...row.cells].map(cell => cell.textContent))"""
BACK = "getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(20, 23, 26)"
HACK = '<img src=x onerror="window.hacked=1"></script><script>window.hacked=1</script>'


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    """A tab for all tests of this module."""
    with tab_of(chromium()) as tab:
        yield tab


@pytest.fixture
def tab(browser: Tab) -> Iterator[Tab]:
    """The tab, of which nothing is known yet; afterwards it has asked nobody, and said nothing."""
    browser.requests.clear()
    browser.errors.clear()
    yield browser
    assert browser.errors == []
    assert {one.partition(":")[0] for one in browser.requests} <= {"file", "data"}
    assert len([one for one in browser.requests if one.startswith("file:")]) == 1


def written_to(directory: Path, *jobs: Any, **changes: Any) -> Path:
    """A page of these jobs, as a file."""
    file = directory / "index.html"
    file.write_text(page(page_of(*(jobs or JOBS), **changes)), encoding="utf-8")
    return file


def names(tab: Tab) -> list[str]:
    """The last letters of the jobs that are shown, in their order."""
    return [row[0][-1] for row in tab.run(ROWS)]


def count(tab: Tab) -> str:
    words: str = tab.run("document.getElementById('count').textContent")
    return words


def click(tab: Tab, title: str) -> str | None:
    """Click a column's title; gives what it then says of its order."""
    order: str | None = tab.run(
        "(() => { const head = [...document.querySelectorAll('#jobs-table thead th')]"
        f".find(one => one.textContent === '{title}'); head.firstElementChild.click();"
        "return head.getAttribute('aria-sort'); })()"
    )
    return order


def test_the_script_shows_what_is_written(tab: Tab, tmp_path: Path) -> None:
    file = written_to(tmp_path)
    tab.open(file)
    assert tab.run(ROWS) == written(read(file.read_text(encoding="utf-8")))
    assert count(tab) == "4 jobs"


def test_without_scripts_there_is_a_plain_table(tab: Tab, tmp_path: Path) -> None:
    tab.open(written_to(tmp_path), scripts=False)
    # Drawn first: laid out for an expression, which is a script, <noscript> is hidden.
    tab.picture(tmp_path / "page.png")
    text = tab.run("document.body.innerText")
    assert "default/train-a" in text
    for hidden in ("controls", "theme", "more"):
        assert not tab.run(f"document.getElementById('{hidden}').checkVisibility()")


def test_search_leaves_rows_with_every_word(tab: Tab, tmp_path: Path) -> None:
    tab.open(written_to(tmp_path))
    tab.run("document.getElementById('search').focus()")
    tab.type("TRAIN kim")
    assert names(tab) == ["c"]
    assert count(tab) == "1 of 4 jobs"
    tab.run("document.getElementById('search').value = ''")
    tab.type("a100")
    assert names(tab) == ["d"]
    tab.type(" nothing")
    assert (names(tab), count(tab)) == ([], "0 of 4 jobs")


def test_a_state_is_chosen(tab: Tab, tmp_path: Path) -> None:
    tab.open(written_to(tmp_path))
    choices = "[...document.getElementById('state').options].map(one => one.textContent)"
    assert tab.run(choices) == ["any", "Failed (1)", "Running (1)", "Succeeded (2)"]
    tab.run(
        "(() => { const one = document.getElementById('state'); one.value = 'Succeeded';"
        "one.dispatchEvent(new Event('change')); })()"
    )
    assert names(tab) == ["b", "d"]


def test_sort_by_numbers_and_by_texts(tab: Tab, tmp_path: Path) -> None:
    tab.open(written_to(tmp_path))
    assert click(tab, "GPUs") == "ascending"
    assert names(tab) == ["d", "a", "c", "b"]
    assert click(tab, "GPUs") == "descending"
    assert names(tab) == ["c", "a", "d", "b"]
    assert click(tab, "State") == "ascending"
    assert names(tab)[:2] == ["c", "a"]
    assert click(tab, "Took") == "ascending"
    assert names(tab) == ["d", "a", "c", "b"]
    assert tab.run("document.querySelectorAll('[aria-sort]').length") == 1


def test_the_keyboard_is_enough(tab: Tab, tmp_path: Path) -> None:
    tab.open(written_to(tmp_path))
    reached = []
    for _ in range(20):
        tab.press("Tab", 9)
        reached.append(tab.run("document.activeElement.id || document.activeElement.textContent"))
        if reached[-1] == "GPUs" and "Job" in reached:
            break
    assert reached[0] == "Skip to the jobs"
    assert reached.index("search") < reached.index("state") < reached.index("Job")
    assert tab.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.press("Enter", 13)
    assert names(tab) == ["d", "a", "c", "b"]


def test_more_rows_are_shown_when_asked_for(tab: Tab, tmp_path: Path) -> None:
    jobs = [job(f"train-{number:04}") for number in range(260)]
    tab.open(written_to(tmp_path, *jobs))
    assert count(tab) == "The first 50 of 260 jobs"
    assert len(tab.run(ROWS)) == 50
    tab.run("document.getElementById('more-button').click()")
    assert count(tab) == "The first 250 of 260 jobs"
    assert tab.run("document.activeElement.cells[0].textContent") == "default/train-0050"
    assert tab.run("document.getElementById('more-button').textContent") == "Show 10 more"
    tab.run("document.getElementById('more-button').click()")
    assert len(tab.run(ROWS)) == 260
    assert not tab.run("document.getElementById('more').checkVisibility()")


def choose(tab: Tab, theme: str) -> None:
    tab.run(
        "(() => { const one = document.getElementById('theme-choice');"
        f"one.value = '{theme}'; one.dispatchEvent(new Event('change')); }})()"
    )


def open_until_light(tab: Tab, file: Path) -> None:
    """Choose light and open the file where all else is dark, and again, until it is light.

    A page that is opened at once may ask Chromium for what is stored before the choice reaches it
    (two of 160 on a busy machine), and its process may then go on with what it was told.
    """

    def look() -> None:
        choose(tab, "light")
        assert tab.run(BACK) == LIGHT
        tab.requests.clear()
        tab.open(file, dark=True)
        if (seen := tab.run(BACK)) != LIGHT:
            raise NotYetError(seen)

    wait_for("the page's background is light", look, 60)


def test_dark_and_light(tab: Tab, tmp_path: Path) -> None:
    file = written_to(tmp_path)
    tab.open(file)
    assert tab.run(BACK) == LIGHT
    tab.requests.clear()
    tab.open(file, dark=True)
    assert tab.run(BACK) == DARK
    open_until_light(tab, file)
    choose(tab, "")
    assert tab.run(BACK) == DARK
    tab.requests.clear()
    tab.open(file)
    choose(tab, "dark")
    assert tab.run(BACK) == DARK
    choose(tab, "")


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_nothing_overflows(width: int, tab: Tab, tmp_path: Path) -> None:
    long = "x" * 300
    hostile = job(long, state=long, by=long, tenant=long, algorithm=long, clusters=(long,))
    jobs = (*JOBS, hostile)
    tab.open(written_to(tmp_path, *jobs, words=long), width=width, height=800)
    assert tab.run("document.documentElement.scrollWidth") <= width
    outside = f"""[...document.querySelectorAll('body *')].filter(one => !one.closest('.scroll')
        && one.className !== 'skip' && one.getBoundingClientRect().right > {width})
        .map(one => one.outerHTML)"""
    assert tab.run(outside) == []


def test_what_jobs_say_never_runs(tab: Tab, tmp_path: Path) -> None:
    hostile = job(HACK, namespace=None, state=HACK, clusters=(HACK,), by=HACK, tenant=HACK)
    tab.open(written_to(tmp_path, hostile, words=HACK))
    assert tab.run("window.hacked") is None
    assert tab.run("document.images.length") == 0
    assert tab.run(ROWS)[0][:3] == [HACK] * 3


def test_nothing_else_may_run(browser: Tab, tmp_path: Path) -> None:
    browser.open(written_to(tmp_path))
    browser.run(
        "(() => { const one = document.createElement('script'); one.textContent = 'window.ran = 1';"
        "document.body.append(one); })()"
    )
    assert browser.run("window.ran") is None
    asked = "fetch('data:,x').then(() => 'answered', () => 'refused')"
    assert browser.run(asked) == "refused"


def test_ten_thousand_jobs_stay_usable(tab: Tab, tmp_path: Path) -> None:
    states = ("Running", "Succeeded", "Failed")
    jobs = [
        replace(JOBS[0], name=f"train-{number:05}", state=states[number % 3], gpus=number % 7)
        for number in range(10_000)
    ]
    file = written_to(tmp_path, *jobs)
    assert file.stat().st_size < 8_000_000
    tab.open(file)
    # Rows that are laid out are what takes a browser's time.
    assert tab.run("document.querySelectorAll('tr').length") < 80
    assert count(tab) == "The first 50 of 10,000 jobs"
    click(tab, "GPUs")
    click(tab, "GPUs")
    assert {row[3] for row in tab.run(ROWS)} == {"6"}
    tab.run("document.getElementById('search').focus()")
    tab.type("failed 00042")
    assert count(tab) == "0 of 10,000 jobs"
