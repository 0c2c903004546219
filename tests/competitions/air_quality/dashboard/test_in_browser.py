"""The page as a browser shows it: what it asks for, what its controls do, and that a keyboard reaches all of them."""

from __future__ import annotations

import dataclasses
import io
import time

import numpy as np
import pandas as pd
import pytest

from competitions.air_quality.dashboard.classes import aqi_class
from competitions.air_quality.dashboard.dashboard import write_dashboard
from tests.competitions.air_quality.dashboard.made import CARD, predictions
from tests.core.report.test_in_browser import CONTRAST
from tests.support.browser import CHROMIUM, Browser

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]

CODES = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "PageUp": 33, "End": 35, "Home": 36, "ArrowLeft": 37,
         "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}  # fmt: skip
VIEW = "document.querySelector('.land').getAttribute('transform')"
CHOSEN = "[...document.querySelectorAll('#chosen li')].map(item => item.textContent.slice(0, -1).trim())"
COLUMN = "[...document.querySelectorAll('#table tbody tr')].map(row => row.cells[{}].firstChild.textContent)"


def the_frame():
    frame = predictions(60, 400, gaps=0.1)
    frame["observed"] = (frame["prediction"] * 1.25).where(frame["city"].isin(["City 3", "City 4"]))
    frame["date"] = frame["date"].astype(str).str[:10]
    holes = (frame["city"] == "City 3") & frame["date"].between("2019-05-01", "2019-06-10")
    return frame[~holes]


@pytest.fixture(scope="module")
def frame():
    return the_frame()


@pytest.fixture(scope="module")
def page(frame, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "dashboard.html"
    write_dashboard(frame, CARD, path)
    return path


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def browser(shared, page):
    shared.events.clear()
    show(shared, page)
    return shared


def show(browser, page, width=1280, **options):
    """Open a page anew, without what an earlier address has kept."""
    browser.call("Page.navigate", url="about:blank")
    browser.open(page, width, **options)
    settle(browser)


def settle(browser):
    """Wait for the next picture, and for what is written a moment after a change."""
    expression = "new Promise(done => requestAnimationFrame(() => setTimeout(done, 350)))"
    browser.call("Runtime.evaluate", expression=expression, awaitPromise=True)


def press(browser, *keys):
    for key in keys:
        text = "\r" if key == "Enter" else key if len(key) == 1 else ""
        code = CODES.get(key, ord(key[0].upper()))
        for kind in ("keyDown" if text else "rawKeyDown", "keyUp"):
            browser.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code,
                         text=text if kind == "keyDown" else "")  # fmt: skip


def set_control(browser, name, value):
    browser.value(
        f"(() => {{ const it = document.getElementById('{name}'); it.value = '{value}';"
        " it.dispatchEvent(new Event('change')); })()"
    )
    settle(browser)


def middle(browser, selector):
    browser.value(f"document.querySelector(`{selector}`).scrollIntoView({{block: 'center'}})")
    box = browser.value(
        f"(({{x, y, width, height}}) => [x + width / 2, y + height / 2])"
        f"(document.querySelector(`{selector}`).getBoundingClientRect())"
    )
    return dict(zip("xy", box, strict=True))


def mouse(browser, kind, x, y, **more):
    browser.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **({"button": "left", "clickCount": 1} | more))


def click(browser, selector):
    at = middle(browser, selector)
    mouse(browser, "mousePressed", **at)
    mouse(browser, "mouseReleased", **at)
    settle(browser)


def matrix(browser):
    """The width of a tenth of a degree, and where the map has the point 0°, 0°."""
    parts = [float(part) for part in browser.value(VIEW)[len("matrix(") : -1].split(",")]
    return parts[0], parts[4], parts[5]


def downloaded(browser, button, folder):
    browser.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    before = set(folder.glob("*.csv"))
    click(browser, f"#{button}")
    until = time.monotonic() + 20
    while time.monotonic() < until:
        new = set(folder.glob("*.csv")) - before
        if new and not list(folder.glob("*.crdownload")):
            return new.pop()
        time.sleep(0.05)
    raise AssertionError(f"{button}: no file came")


def test_the_page_needs_nothing_but_itself_and_fits_its_window(browser, page):
    for width in (1280, 390):
        for dark in (False, True):
            show(browser, page, width, dark=dark)
            assert browser.value("document.documentElement.scrollWidth") <= width
            assert browser.value("document.querySelectorAll('#map .dot').length") == 60
            assert browser.value("document.querySelectorAll('#chart .line').length") == 1
    for name in ("whole", "zoom-in", "pan-left", "later", "compare", "more"):
        browser.value(f"document.getElementById('{name}').click()")
    set_control(browser, "smooth", 7)
    # Icons of its own controls the browser holds as text.
    asked = {address for address in browser.asked_for() if not address.startswith("data:")}
    assert asked == {page.as_uri()}
    assert browser.said() == []


def test_on_paper_it_is_no_wider_than_the_sheet_and_has_no_controls(browser, page):
    show(browser, page, 720, media="print")
    assert browser.value("document.documentElement.scrollWidth") <= 720
    controls = (
        "[...document.querySelectorAll('input, select, #save-table, .map-buttons')].some(it => it.checkVisibility())"
    )
    assert not browser.value(controls)


@pytest.mark.parametrize(("dark", "media"), [(False, "screen"), (True, "screen"), (True, "print")])
def test_text_stands_out_from_what_is_behind_it(dark, media, browser, page):
    """A contrast of 4.5 or more (WCAG 2.1, AA); digits on dots are tested with their classes."""
    show(browser, page, dark=dark, media=media)
    browser.value("document.querySelectorAll('.dot, :disabled').forEach(node => node.remove())")
    assert browser.value(CONTRAST) >= 4.5


def test_tab_reaches_all_controls(browser, page):
    """Those that can be used, in the order in which they stand in the page."""
    mark = """[...document.querySelectorAll("a, button, input, select, [tabindex]")]
        .filter(node => !node.disabled && node.checkVisibility())
        .map((node, k) => { node.dataset.order = k; return k })"""
    wanted = browser.value(mark)
    assert len(wanted) > 70
    seen = []
    for _ in range(len(wanted) + 30):  # a date has three fields
        press(browser, "Tab")
        found = browser.value("document.activeElement.dataset.order")
        if found is not None and int(found) not in seen:
            seen.append(int(found))
    assert seen == wanted


def test_every_control_has_a_name(browser):
    nameless = """[...document.querySelectorAll("button, input, select, [role=slider], [role=application], [tabindex]")]
        .filter(node => !(node.labels?.length || node.ariaLabel || node.textContent.trim()))
        .map(node => node.outerHTML)"""
    assert browser.value(nameless) == []
    ids = browser.value("[...document.querySelectorAll('[id]')].map(node => node.id)")
    assert len(ids) == len(set(ids))


def test_keys_move_the_map_and_choose_a_place(browser):
    browser.value("document.getElementById('map').focus()")
    start = matrix(browser)
    moved = {}
    for key in ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "+", "-"):
        before = matrix(browser)
        press(browser, key)
        settle(browser)
        moved[key] = np.sign(np.round(np.subtract(matrix(browser), before), 6)).tolist()
    assert [moved[key][:3] for key in ("ArrowLeft", "ArrowRight")] == [[0, 1, 0], [0, -1, 0]]
    assert [moved[key][:3] for key in ("ArrowUp", "ArrowDown")] == [[0, 0, 1], [0, 0, -1]]
    assert (moved["+"][0], moved["-"][0]) == (1, -1)
    press(browser, "+", "ArrowLeft", "0")
    settle(browser)
    np.testing.assert_allclose(matrix(browser), start)
    press(browser, "Enter")
    settle(browser)
    assert len(browser.value(CHOSEN)) == 1
    assert browser.value(CHOSEN)[0] in browser.value("document.getElementById('summary').textContent")


def test_buttons_move_the_map_too(browser):
    for name, part, sign in (("zoom-in", 0, 1), ("zoom-out", 0, -1), ("pan-left", 1, 1), ("pan-right", 1, -1),
                             ("pan-up", 2, 1), ("pan-down", 2, -1)):  # fmt: skip
        before = matrix(browser)[part]
        click(browser, f"#{name}")
        assert np.sign(matrix(browser)[part] - before) == sign


def test_the_mouse_moves_the_map_and_the_wheel_zooms_about_the_pointer(browser):
    at = middle(browser, "#map")
    before = matrix(browser)
    mouse(browser, "mousePressed", **at)
    for step in (1, 2, 3):
        mouse(browser, "mouseMoved", at["x"] + 20 * step, at["y"] + 10 * step, buttons=1)
    mouse(browser, "mouseReleased", at["x"] + 60, at["y"] + 30)
    settle(browser)
    np.testing.assert_allclose(np.subtract(matrix(browser), before), [0, 60, 30], atol=0.01)
    assert len(browser.value(CHOSEN)) == 1  # the one of the beginning: a drag is no click
    box = browser.value("(({x, y}) => [x, y])(document.getElementById('map').getBoundingClientRect())")
    point = (200, 100)
    before = matrix(browser)
    scrolled = browser.value("scrollY")
    mouse(browser, "mouseWheel", box[0] + point[0], box[1] + point[1], button="none", deltaX=0, deltaY=-120)
    settle(browser)
    after = matrix(browser)
    assert after[0] > before[0] * 1.2
    for axis in (0, 1):
        np.testing.assert_allclose(
            (point[axis] - after[axis + 1]) / after[0], (point[axis] - before[axis + 1]) / before[0], rtol=1e-3
        )
    assert browser.value("scrollY") == scrolled


def test_fingers_move_and_spread_the_map(browser, page):
    browser.call("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=2)
    try:
        show(browser, page, 390)
        at = middle(browser, "#map")

        def touch(kind, *points):
            spots = [{"x": at["x"] + x, "y": at["y"] + y, "id": k} for k, (x, y) in enumerate(points)]
            browser.call("Input.dispatchTouchEvent", type=kind, touchPoints=spots)

        before = matrix(browser)
        touch("touchStart", (0, 0))
        for step in (10, 20, 30, 40):
            touch("touchMove", (step, 0))
        touch("touchEnd")
        settle(browser)
        assert matrix(browser)[0] == before[0]
        assert 25 < matrix(browser)[1] - before[1] <= 40
        before = matrix(browser)
        touch("touchStart", (-30, 0), (30, 0))
        for step in (40, 50, 60):
            touch("touchMove", (-step, 0), (step, 0))
        touch("touchEnd")
        settle(browser)
        assert 1.5 < matrix(browser)[0] / before[0] < 2.5
    finally:
        browser.call("Emulation.setTouchEmulationEnabled", enabled=False)


def test_a_click_on_a_dot_chooses_its_place(browser, frame):
    lone = frame.drop_duplicates("city").set_index("city")[["lat", "lon"]]
    gap = np.hypot(*(lone.to_numpy()[:, None] - lone.to_numpy()).transpose(2, 0, 1))
    city = lone.index[np.sort(gap, axis=1)[:, 1].argmax()]
    middle(browser, "#map")
    scale, x, y = matrix(browser)
    box = browser.value("(({x, y}) => [x, y])(document.getElementById('map').getBoundingClientRect())")
    squeeze = browser.value(VIEW).split(",")[3]
    at = {
        "x": box[0] + x + lone.loc[city, "lon"] * scale * 10,
        "y": box[1] + y + lone.loc[city, "lat"] * float(squeeze) * 10,
    }
    mouse(browser, "mouseMoved", **at, button="none")
    assert browser.value("document.getElementById('tip').textContent").startswith(city)
    mouse(browser, "mousePressed", **at)
    mouse(browser, "mouseReleased", **at)
    settle(browser)
    assert browser.value(CHOSEN) == [city]


def test_a_place_is_found_by_typing_and_up_to_four_are_compared(browser):
    for city in ("City 3", "City 4", "City 5", "City 6", "City 7"):
        browser.value("document.getElementById('search').focus()")
        press(browser, *city.lower(), "Enter")
        settle(browser)
        if city == "City 3":
            assert browser.value(CHOSEN) == ["City 3"]
            browser.value("document.getElementById('compare').focus()")
            press(browser, " ")
    assert browser.value(CHOSEN) == ["City 4", "City 5", "City 6", "City 7"]
    assert browser.value("document.querySelectorAll('#chart .line').length") == 4
    assert browser.value("document.querySelectorAll('#chart .observed').length") > 100
    assert browser.value("document.querySelectorAll('#comparison tbody tr').length") == 4
    browser.value("document.getElementById('search').focus()")
    press(browser, "ArrowDown", "ArrowDown", "Escape")
    assert browser.value("document.getElementById('matches').hidden")
    click(browser, "#chosen li:nth-child(2) button")
    assert browser.value(CHOSEN) == ["City 4", "City 6", "City 7"]
    assert browser.value("document.activeElement.closest('#chosen') !== null")


def test_the_day_of_the_chart_moves_by_keys_and_by_the_mouse(browser, frame):
    browser.value("document.getElementById('chart').focus()")
    press(browser, "Home")
    chart = "document.getElementById('chart').getAttribute('aria-{}')"
    assert browser.value(chart.format("valuenow")) == "0"
    press(browser, "ArrowRight", "ArrowRight", "ArrowLeft")
    assert browser.value(chart.format("valuenow")) == "1"
    assert browser.value(chart.format("valuetext")).startswith("2 Jan 2019 – ")
    at = middle(browser, "#chart")
    mouse(browser, "mouseMoved", **at, button="none")
    assert 150 < int(browser.value(chart.format("valuenow"))) < 250


def test_averages_follow_the_period_and_the_rule(browser, frame):
    set_control(browser, "from", "2019-04-01")
    set_control(browser, "to", "2019-06-30")
    chosen = frame[frame["date"].between("2019-04-01", "2019-06-30")]
    expected = chosen.groupby("city")["prediction"].mean().sort_values(ascending=False)
    click(browser, "#more")
    names = browser.value(COLUMN.format(0))
    assert sorted(names) == sorted(expected.index)
    np.testing.assert_allclose([float(text) for text in browser.value(COLUMN.format(2))], expected[names], atol=0.11)
    np.testing.assert_allclose(expected[names], expected, atol=0.1)
    days = chosen.groupby("city").size()
    assert browser.value(COLUMN.format(3))[0].startswith(f"{days[names[0]]} of 91 ")
    set_control(browser, "least", 75)
    assert days["City 3"] < 0.75 * 91
    assert "which 1 of 60 places lack" in browser.value("document.getElementById('rule').textContent")
    assert browser.value(COLUMN.format(0))[-1] == "City 3"
    assert browser.value(COLUMN.format(2))[-1] == "–"
    click(browser, "#earlier")
    assert browser.value("document.getElementById('to').value") == "2019-04-01"
    set_control(browser, "to", "")
    assert browser.value("document.getElementById('to').value") == "2019-04-01"
    click(browser, "#whole")
    assert browser.value("document.getElementById('to').value") == frame["date"].max()


def test_the_table_is_sorted_and_filtered(browser):
    click(browser, "[data-key=days]")
    assert browser.value("document.activeElement.dataset.key") == "days"
    assert browser.value("document.querySelector('[aria-sort]').ariaSort") == "descending"
    counts = [int(text.split()[0]) for text in browser.value(COLUMN.format(3))]
    assert counts == sorted(counts, reverse=True)
    press(browser, "Enter")
    counts = [int(text.split()[0]) for text in browser.value(COLUMN.format(3))]
    assert counts == sorted(counts)
    browser.value("document.getElementById('filter').focus()")
    press(browser, *"land 7")
    assert set(browser.value(COLUMN.format(1))) == {"Land 7"}


def test_the_days_that_are_shown_can_be_downloaded(browser, frame, tmp_path):
    browser.value("document.getElementById('compare').click()")
    browser.value("[...document.querySelectorAll('#table .link')].find(it => it.textContent === 'City 3').click()")
    set_control(browser, "from", "2019-03-01")
    text = downloaded(browser, "save-series", tmp_path).read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    found = pd.read_csv(io.BytesIO(text))
    columns = "place,city,country,lat,lon,date,prediction,low,high,aqi_class,unit,model_id,mean_of_days,observed"
    assert list(found.columns) == columns.split(",")
    mine = found[found["city"] == "City 3"].reset_index(drop=True)
    expected = frame[(frame["city"] == "City 3") & (frame["date"] >= "2019-03-01")].reset_index(drop=True)
    assert list(mine["date"]) == list(expected["date"])
    for name in ("prediction", "low", "high", "observed"):
        np.testing.assert_allclose(mine[name], expected[name], atol=0.101)
    assert list(mine["aqi_class"]) == list(expected["aqi_class"])
    assert set(mine["unit"]) == {"ug/m3"}
    assert set(mine["model_id"]) == {"run-7"}
    assert browser.said() == []


def test_smoothing_is_a_mean_of_days_that_are_there(browser, frame, tmp_path):
    browser.value("document.getElementById('search').focus()")
    press(browser, *"city 3", "Enter")
    set_control(browser, "smooth", 10)
    found = pd.read_csv(downloaded(browser, "save-series", tmp_path)).set_index("date")
    values = (
        frame[frame["city"] == "City 3"]
        .assign(date=lambda rows: pd.to_datetime(rows["date"]))
        .set_index("date")["prediction"]
    )
    days = pd.date_range(frame["date"].min(), frame["date"].max())
    expected = values.reindex(days).rolling(10, min_periods=5).mean().dropna()
    assert list(found.index) == list(expected.index.astype(str))
    np.testing.assert_allclose(found["prediction"], expected, atol=0.07)
    assert set(found["mean_of_days"]) == {10}
    assert browser.value("document.querySelector('#chart .line').getAttribute('d').split('M').length") > 2  # gaps


def test_the_table_can_be_downloaded_as_it_is_shown(browser, frame, tmp_path):
    browser.value("document.getElementById('filter').focus()")
    press(browser, *"land 7")
    found = pd.read_csv(downloaded(browser, "save-table", tmp_path))
    assert list(found["place"]) == browser.value(COLUMN.format(0))
    expected = frame[frame["country"] == "Land 7"].groupby("city")["prediction"].mean()
    np.testing.assert_allclose(found.set_index("city")["average"].sort_index(), expected.sort_index(), atol=0.03)
    assert list(found["aqi_class"]) == aqi_class(found["average"], "ug/m3")
    np.testing.assert_allclose(found.filter(like="share_").sum(axis=1), 1, atol=1e-3)
    every = pd.read_csv(downloaded(browser, "save-all", tmp_path))
    assert len(every) == (frame["country"] == "Land 7").sum()


def test_the_address_brings_a_view_back(browser, page):
    browser.value("document.getElementById('compare').click()")
    for city in ("City 9", "City 12"):
        browser.value(f"[...document.querySelectorAll('#table .link')].find(it => it.textContent === '{city}').click()")
    set_control(browser, "smooth", 30)
    set_control(browser, "from", "2019-02-03")
    click(browser, "#zoom-in")
    kept = "[location.hash, document.getElementById('from').value, document.getElementById('smooth').value]"
    before, places, view = browser.value(kept), browser.value(CHOSEN), matrix(browser)
    browser.call("Page.navigate", url="about:blank")
    browser.call("Page.navigate", url=page.as_uri() + before[0])
    settle(browser)
    assert browser.value(kept) == before
    assert browser.value(CHOSEN) == places
    np.testing.assert_allclose(matrix(browser), view, rtol=1e-3, atol=0.5)
    browser.value("location.hash = '#from=never&to=9999-01-01&smooth=5&place=Nowhere&map=1,x&sort=--'")
    settle(browser)
    assert browser.value("document.getElementById('smooth').value") == "1"
    assert browser.said() == []


def test_names_that_look_like_markup_or_formulas_are_text(browser, frame, tmp_path):
    name = "=<img src=x onerror=alert(1)>\"'</script>"
    few = frame[frame["city"].isin(["City 1", "City 2"])].replace({"city": {"City 1": name}})
    path = tmp_path / "page.html"
    write_dashboard(few, dataclasses.replace(CARD, title=name), path)
    show(browser, path)
    assert browser.value("document.title") == name
    assert browser.value("document.images.length") == 0
    assert name in browser.value(COLUMN.format(0))
    found = pd.read_csv(downloaded(browser, "save-table", tmp_path))
    assert "'" + name in set(found["city"])
    assert browser.said() == []


def test_without_positions_the_rest_of_the_page_works(browser, frame, tmp_path):
    path = tmp_path / "page.html"
    write_dashboard(frame[frame["city"] == "City 3"].assign(lat=np.nan, lon=np.nan), CARD, path)
    for width in (1280, 390):
        show(browser, path, width)
        assert not browser.value("document.getElementById('map-section').checkVisibility()")
        assert browser.value(CHOSEN) == ["City 3"]
        assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.said() == []


def test_points_of_the_index_have_their_own_classes(browser, tmp_path):
    path = tmp_path / "page.html"
    write_dashboard(predictions(5, 60, unit="AQI points"), dataclasses.replace(CARD, unit="AQI points"), path)
    show(browser, path)
    assert "2 Moderate 51 to 100" in browser.value("document.getElementById('legend').textContent")
    assert "AQI points" in browser.value("document.getElementById('chart').textContent")
    assert "WHO" not in browser.value("document.getElementById('chart').textContent")


def test_a_day_of_one_place_is_a_page_too(browser, frame, tmp_path):
    path = tmp_path / "page.html"
    write_dashboard(frame.head(1), CARD, path)
    show(browser, path)
    assert browser.value("document.querySelectorAll('#map .dot').length") == 1
    assert browser.said() == []


def test_the_largest_page_answers_at_once(browser, tmp_path):
    """1,466 places and 579 days: opened, and a period changed, within a second or so."""
    path = tmp_path / "page.html"
    write_dashboard(predictions(1466, 579), CARD, path)
    show(browser, path)
    assert browser.value("document.querySelectorAll('#map .dot').length") == 1466
    took = browser.value(
        "(() => { const start = performance.now(); document.getElementById('whole').click();"
        " return performance.now() - start; })()"
    )
    assert took < 1500
    assert browser.said() == []
