"""The page in a browser: what it answers, and what it asks of others."""

import functools
import os
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from labelassemble.deploy.write_model import write_web

RUNTIME = os.environ.get("LABELASSEMBLE_WEB")
"""Folder dist of onnxruntime-web; ``make tests`` fetches it, where there is npm."""
if RUNTIME and not Path(RUNTIME).is_dir() and not os.environ.get("CI"):
    RUNTIME = None
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.mark.skipif(RUNTIME is None, reason="no onnxruntime-web: make tests fetches it by npm")
@pytest.mark.skipif(BROWSER is None, reason="no Chromium: apt-get install chromium")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_browser_answers_as_the_run_does_and_asks_nobody(toy, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api")
    page_folder = tmp_path / "web"
    write_web(toy.traced, toy.told, page_folder, Path(str(RUNTIME)))
    handler = functools.partial(Quiet, directory=str(page_folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{server.server_port}/"
    asked, errors = [], []
    try:
        with playwright.sync_playwright() as play:
            browser = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
            page = browser.new_page()
            page.on("request", lambda one: asked.append((one.method, one.url)))
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(here)
            page.get_by_text("Ready.").wait_for(timeout=120_000)
            rows = []
            for image in toy.images:
                page.set_input_files("#file", image)
                page.get_by_text(f"{image.name}: answered").wait_for(timeout=60_000)
                each = page.locator("#result tbody tr").evaluate_all(
                    "rows => rows.map(row => [row.cells[0].innerText, +row.dataset.probability, "
                    "row.cells[2].innerText, row.cells[3].innerText])"
                )
                probabilities = [one[1] for one in each]
                assert probabilities == sorted(probabilities, reverse=True)
                told = {one[0]: one[1:] for one in each}
                assert told["edema"][1:] == ["–", "–"]
                assert told["nodule"][2] == ("present" if told["nodule"][0] >= 0.4 else "absent")
                rows.append([told[name][0] for name in toy.predictor.classes])
            broken = tmp_path / "broken.png"
            broken.write_bytes(b"no image")
            page.set_input_files("#file", broken)
            page.get_by_text("broken.png cannot be read").wait_for()
            if folder := os.environ.get("LABELASSEMBLE_SCREENSHOTS"):
                page.set_input_files("#file", toy.images[3])
                page.get_by_text(f"{toy.images[3].name}: answered").wait_for()
                page.screenshot(path=Path(folder) / "page.png", full_page=True)
            browser.close()
    finally:
        server.shutdown()
        server.server_close()
    np.testing.assert_allclose(rows, toy.predictor.predict(toy.images), atol=1e-4)
    assert errors == []
    outside = [url for _, url in asked if not url.startswith((here, "blob:", "data:"))]
    assert outside == []
    assert {method for method, _ in asked} == {"GET"}
