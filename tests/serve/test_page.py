"""The page in Chromium: what it shows, by keyboard, on a phone, to a screen reader."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.serve.conftest import TOKEN, Served

from labelassemble.inference.predictor import Predictor

RUNTIME = os.environ.get("LABELASSEMBLE_WEB")
AXE = Path(RUNTIME).parents[1] / "axe-core" / "axe.min.js" if RUNTIME else Path("none")
"""``make tests`` fetches it, where there is npm."""
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.skipif(BROWSER is None, reason="no Chromium: apt-get install chromium"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


class Seen:
    """A page, what it asked for, and what went wrong in it."""

    def __init__(self, page: Any) -> None:
        self.page, self.asked, self.errors = page, list[str](), list[str]()
        page.on("request", lambda one: self.asked.append(one.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console", lambda one: self.errors.append(one.text) if one.type == "error" else None
        )

    def open(self, served: Served) -> None:
        self.page.goto(served.url)
        self.page.get_by_text("Ready.").wait_for()

    def send(self, *files: Path) -> None:
        self.page.set_input_files("#choose", list(files))
        self.page.get_by_text(f"{files[-1].name}: answered").wait_for()
        if self.page.locator("#wrong").is_hidden():
            shown = json.dumps(self.page.locator("#name").inner_text())
            self.page.locator(f"#shown[data-drawn={shown}]").wait_for()

    def rows(self) -> list[list[list[Any]]]:
        """Of each run name, probability and calibrated probability of each row."""
        return self.page.locator(".run").evaluate_all(
            "runs => runs.map(run => [...run.querySelectorAll('tbody tr')].map(row => "
            "[row.dataset.class, +row.dataset.probability, row.dataset.calibrated]))"
        )

    def list_serious(self) -> list[str]:
        """What axe-core finds of serious or critical barriers."""
        if not AXE.is_file():
            assert not os.environ.get("CI"), "no axe-core: make tests fetches it by npm"
            pytest.skip("no axe-core: make tests fetches it by npm")
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run()")
        assert len(found["passes"]) > 10
        return [
            f"{one['id']}: {one['nodes'][0]['html'][:200]}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]

    def keep(self, name: str) -> None:
        """Take a screenshot, where somebody wants to look at it."""
        if folder := os.environ.get("LABELASSEMBLE_SCREENSHOTS"):
            self.page.screenshot(path=Path(folder) / f"serve-{name}.png", full_page=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as play:
        one = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield one
        one.close()


@pytest.fixture
def look(browser: Any) -> Iterator[Callable[..., Seen]]:
    contexts = []

    def start(width: int = 1400, height: int = 900, **options: Any) -> Seen:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **options))
        return Seen(contexts[-1].new_page())

    yield start
    for one in contexts:
        one.close()


def test_the_page_shows_what_predict_says_and_asks_nobody_else(
    look: Callable[..., Seen], server: Served, two_runs: list[Path], images: list[Path]
) -> None:
    seen = look()
    seen.open(server)
    seen.keep("start")
    for image in images:
        seen.send(image)
        for run, rows in zip(two_runs, seen.rows(), strict=True):
            predictor = Predictor(run)
            exact = dict(zip(predictor.classes, predictor.predict(image).tolist(), strict=True))
            assert {name: value for name, value, _ in rows} == exact
            if predictor.operation is not None:
                told = {name: value for name, _, value in rows}
                assert told["edema"] == "null"
                assert float(told["nodule"]) > 0
                assert seen.page.locator(".run").first.get_by_text("from .400 [.300, .550]").count()
    seen.keep("two-runs")
    assert seen.errors == []
    assert {url.split("/")[2] for url in seen.asked if not url.startswith(("data:", "blob:"))} == {
        server.url.removeprefix("http://")
    }


def test_keys_move_through_images_classes_and_maps(
    look: Callable[..., Seen], server: Served, images: list[Path]
) -> None:
    seen = look()
    page = seen.page
    seen.open(server)
    seen.send(*images[:3])
    # The first of what was sent stays; what comes later does not push it away.
    assert page.locator("#name").inner_text() == images[0].name
    page.keyboard.press("n")
    assert page.locator("#name").inner_text() == images[1].name
    page.keyboard.press("p")
    first = page.locator(".run").first
    chosen = first.locator("input:checked")
    names = [row[0] for row in seen.rows()[0]]
    assert chosen.input_value() == names[0]
    page.keyboard.press("j")
    assert chosen.input_value() == names[1]
    assert names[1].replace("_", " ").capitalize()[:4] in str(
        first.locator(".seen").get_attribute("aria-label")
    )
    page.keyboard.press("k")
    assert chosen.input_value() == names[0]
    opacity = "Number(getComputedStyle(document.querySelector('.map')).opacity)"
    assert page.evaluate(opacity) == pytest.approx(0.4)
    page.keyboard.press(".")
    assert page.evaluate(opacity) == pytest.approx(0.5)
    page.keyboard.press("m")
    assert page.evaluate(opacity) == 0
    page.keyboard.press("m")
    pixel = "[...document.querySelector('.seen').getContext('2d').getImageData(9, 9, 1, 1).data]"
    before = page.evaluate(pixel)
    page.keyboard.press("i")
    after = page.evaluate(pixel)
    assert before[0] + after[0] == pytest.approx(255, abs=1)
    page.locator("#width").fill("2")
    assert page.evaluate(pixel)[0] in (0, 255)
    page.keyboard.press("r")
    assert page.evaluate(pixel) == before
    page.locator("#keys summary").click()
    page.locator("#keyed").uncheck()
    page.keyboard.press("n")
    assert page.locator("#name").inner_text() == images[0].name
    assert seen.errors == []


def test_what_cannot_be_answered_and_what_is_unlike_is_said_and_html_stays_text(
    look: Callable[..., Seen], server: Served, tmp_path: Path
) -> None:
    seen = look()
    seen.open(server)
    broken = tmp_path / "<img src=x onerror=alert(1)>.png"
    broken.write_bytes(b"no image")
    seen.send(broken)
    assert seen.page.locator("#name").inner_text() == broken.name
    told = seen.page.locator("#wrong").inner_text()
    assert "no image of a known kind" in told
    assert "Send another copy of the file" in told
    assert seen.page.locator("img").count() == 0
    large = tmp_path / "large.png"
    large.write_bytes(bytes(5 << 20))
    seen.page.set_input_files("#choose", large)
    seen.page.get_by_text("large.png is not answered").wait_for()
    seen.page.keyboard.press("n")
    assert "at most 4 MiB" in seen.page.locator("#wrong").inner_text()
    assert seen.errors == []


@pytest.mark.parametrize(
    ("width", "day"), [(1400, False), (1400, True), (390, False)], ids=["dark", "day", "phone"]
)
def test_a_screen_reader_meets_no_serious_barrier(
    look: Callable[..., Seen], server: Served, images: list[Path], width: int, day: bool
) -> None:
    seen = look(width, bypass_csp=True, has_touch=width < 400)
    seen.open(server)
    if day:
        seen.page.locator("#day").click()
    assert seen.list_serious() == []
    seen.send(*images[:2])
    seen.page.locator("#keys summary").click()
    assert seen.list_serious() == []
    seen.keep(f"{width}-{'day' if day else 'dark'}")
    # Nothing lies beside the screen, and no name of a finding is squeezed.
    names = seen.page.locator(".run tbody th").evaluate_all(
        "all => all.map(one => one.clientWidth)"
    )
    assert min(names) > 100
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_token_is_asked_for_and_stays_in_the_page(
    look: Callable[..., Seen], serve: Callable[..., Served], images: list[Path]
) -> None:
    one, seen = serve(token=TOKEN), look()
    page = seen.page
    page.goto(one.url)
    page.locator("#token").wait_for()
    page.locator("#token").fill("another token, which is wrong")
    page.keyboard.press("Enter")
    page.get_by_text("This is not the server's token.").wait_for()
    page.locator("#token").fill(TOKEN)
    page.keyboard.press("Enter")
    page.get_by_text("Ready.").wait_for()
    seen.send(images[0])
    assert all(TOKEN not in url for url in seen.asked)
    assert json.loads(
        page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    ) == [
        {},
        {},
    ]
