"""The page in a real browser (Debian's Chromium)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.report.page import html
from tests.harness.report.page.test_page import long_report
from tests.harness.report.test_reports import failed, passed, report

pytestmark = pytest.mark.browser
RECORDS = 10_000
TRIES = 3


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium without a window."""
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "install Chromium (Debian's package chromium)"
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Open a report as a file; an error of its script fails the test."""
    context = browser.new_context()
    errors: list[str] = []

    def opened(document: dict[str, Any], width: int = 1280, scheme: str = "light") -> Any:
        file = tmp_path / "report.html"
        file.write_text(html(document), "utf-8")
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: errors.append(request.url)
                if request.url != file.as_uri() else None)
        page.goto(file.as_uri())
        return page

    yield opened
    context.close()
    assert not errors


def two_failures() -> dict[str, Any]:
    return report(passed("PRJ-01"), failed("PRJ-02"), failed("PRJ-03"))


def test_filters(show: Any) -> None:
    """Words and outcomes choose the requirements that are shown; Escape shows all again."""
    page = show(two_failures())
    rows = page.locator("#matrix tbody tr:visible")
    page.keyboard.press("/")
    page.keyboard.type("any order")
    assert rows.count() == 1
    page.keyboard.press("Escape")
    assert rows.count() == 3
    page.locator(".chip.failed").click()
    assert rows.count() == 1
    page.locator(".chip.passed").click()
    assert page.locator("#none").is_visible()


def test_keys_go_through_the_failures(show: Any) -> None:
    """Without a mouse: n opens the next failure, p goes back, e opens and closes all."""
    page = show(two_failures())
    focused = "document.activeElement.closest('.failure')?.id"
    page.keyboard.press("n")
    page.keyboard.press("n")
    assert page.evaluate(focused) == "PRJ-03"
    page.keyboard.press("p")
    assert page.evaluate(focused) == "PRJ-02"
    page.keyboard.press("e")
    assert page.locator(".failure[open]").count() == 0


def test_a_row_opens(show: Any) -> None:
    """A click on a row shows its details, such as the line of the user's code."""
    page = show(two_failures())
    row = page.locator("#PRJ-02 details.differs")
    assert not row.locator("dl").is_visible()
    row.locator("summary").click()
    assert "app/view,1.py:12" in row.locator("dl").inner_text()


def test_an_arrow_joins_its_lanes(show: Any) -> None:
    """The arrow of a projection's write goes from the projection to the read model."""
    page = show(two_failures())
    arrow = page.locator("#PRJ-02 .differs .right").bounding_box()
    heads = {head.inner_text(): head.bounding_box()
             for head in page.locator("#PRJ-02 .head").all()}
    for side, lane in ((arrow["x"], "projection"), (arrow["x"] + arrow["width"], "read model")):
        middle = heads[lane]["x"] + heads[lane]["width"] / 2
        assert abs(side - middle) < 3


def test_copies(show: Any) -> None:
    """A button copies its command."""
    page = show(two_failures())
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#PRJ-02 .copied", has_text="replay").locator(".copy").click()
    page.locator("#PRJ-02 .copy", has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "replay"


def test_dark_and_light(show: Any) -> None:
    """The page follows the system's colours, and a key switches them."""
    page = show(two_failures(), scheme="dark")
    colour = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(colour)
    page.keyboard.press("t")
    assert page.evaluate(colour) == "rgb(255, 255, 255)" != dark


def test_a_phone_has_no_sideways_scrolling(show: Any) -> None:
    """At the width of a phone the picture is a list that names the lanes."""
    page = show(two_failures(), width=380)
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    assert page.locator("#PRJ-02 .differs .who").inner_text().startswith("projection → read model")


def test_print_opens_all(show: Any) -> None:
    """A printed page shows every failure."""
    page = show(two_failures())
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".failure[open]").count() == 2


def test_ten_thousand_records_open_in_two_seconds(show: Any) -> None:
    """A long history is open and laid out within two seconds, and its end can be reached."""
    page = show(long_report(RECORDS))
    taken = [page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
             for _ in range(TRIES) if page.reload()]
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#PRJ-02 .row").count() > RECORDS
    assert min(taken) < 2000


def test_scrolling_unfolds_the_next_rows(show: Any) -> None:
    """The rows of a long picture come when the last one that is shown comes near."""
    page = show(long_report(500))
    while page.locator("#PRJ-02 template").count():
        page.locator("#PRJ-02 .row").last.scroll_into_view_if_needed()
    assert page.locator("#PRJ-02 .row").count() > 500
