"""The page as a browser shows it: it asks for nothing, says nothing, and is no wider than its window."""

from __future__ import annotations

import pytest

from core.report import write_report
from tests.core.report.runs import a_run
from tests.support.browser import CHROMIUM, Browser

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]

KINDS = {
    "two classes": {"task": "class"},
    "fifty classes": {"task": "class", "outputs": tuple(f"class number {k}" for k in range(50)), "rows": 400},
    "values": {"task": "value", "outputs": ("price",), "rows": 5000},
    "many members": {"task": "class", "members": 60, "outputs": ("a", "b", "c")},
    "names without a break": {"task": "class", "outputs": ("x" * 150, "y" * 150), "competition": "z" * 150,
                              "notes": ["n" * 300]},
}  # fmt: skip


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_needs_nothing_but_itself_and_fits_its_window(kind, browser, tmp_path):
    page = write_report(a_run(tmp_path, **KINDS[kind]))
    assert page.stat().st_size < 6_000_000
    browser.events.clear()
    for width in (1280, 390):
        for dark in (False, True):
            browser.open(page, width, dark=dark)
            assert browser.value("document.documentElement.scrollWidth") <= width
            assert browser.value("document.querySelectorAll('main svg').length") > 3
    assert set(browser.asked_for()) == {page.as_uri()}
    assert browser.said() == []


@pytest.mark.parametrize(("dark", "media"), [(False, "screen"), (True, "screen"), (True, "print")])
def test_text_stands_out_from_what_is_behind_it(dark, media, browser, tmp_path):
    """A contrast of 4.5 or more (WCAG 2.1, AA) for every colour that text has in the page."""
    findings = [{"severity": s, "check": "c", "message": "m", "advice": "a"} for s in ("leak", "warning", "note")]
    browser.open(write_report(a_run(tmp_path, findings=findings)), dark=dark, media=media)
    assert browser.value(CONTRAST) >= 4.5


def test_on_paper_everything_is_unfolded(browser, tmp_path):
    page = write_report(a_run(tmp_path, members=30))
    seen = "[...document.querySelectorAll('details td')].map(cell => cell.checkVisibility())"
    browser.open(page)
    folded = browser.value(seen)
    assert folded
    assert not any(folded)
    browser.open(page, media="print")
    assert browser.value(seen) == [True] * len(folded)


#: The least contrast between the colour of a text and the nearest background behind it.
CONTRAST = """
(() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const channels = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const light = (colour) => {
    const parts = [...channels(colour)].slice(0, 3).map((value) => value / 255)
      .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (channels(colour)[3] === 255) return colour;
    }
    return "white";
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let least = 21;
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || node.tagName === "title") continue;
    const style = getComputedStyle(node);
    const a = light(node.closest("svg") ? style.fill : style.color), b = light(behind(node));
    least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  return least;
})()
"""
