"""OHIF at the server's own address, in Chromium, beside a real PACS."""

import base64
import json
import os
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from tests.orthanc import Orthanc
from tests.pipeline.radiographs import write_radiographs
from tests.serve.conftest import TOKEN, Served
from tests.serve.test_page import BROWSER, Seen, browser, look

from labelassemble.cli import main
from labelassemble.errors import SettingsError
from labelassemble.serve.viewer import Viewer

DIST = Path(os.environ.get("LABELASSEMBLE_OHIF", "no such folder"))
__all__ = ["browser", "look"]
STUDY = "1.2.826.0.1.77.1"


@pytest.fixture(scope="module")
def pacs(tmp_path_factory: pytest.TempPathFactory, two_runs: list[Path]) -> Iterator[Orthanc]:
    """Orthanc with one radiograph and what a run said of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Of an older one, about pydicom.
        from dicomweb_client import DICOMwebClient

    folder = tmp_path_factory.mktemp("pacs")
    pixels = np.random.default_rng(0).integers(0, 255, (64, 48), dtype=np.uint8)
    paths = write_radiographs([pixels], folder / "study")
    assert (
        main(
            ["dicom", "answer", str(two_runs[0]), *map(str, paths), "--output", str(folder / "out")]
        )
        == 0
    )
    one = Orthanc(folder)
    one.start()
    client = DICOMwebClient(one.url)
    client.store_instances(
        [pydicom.dcmread(path) for path in [*paths, *(folder / "out").rglob("*.dcm")]]
    )
    yield one
    one.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that stand where OHIF's do."""
    (tmp_path / "index.html").write_text('<!doctype html><script>let a = "1"</script>OHIF')
    for name in ("app-config.js", "app.bundle.js", "sw.js", "app.bundle.js.map"):
        (tmp_path / name).write_text(f"// {name}")
    return tmp_path


@pytest.fixture
def view(serve: Callable[..., Served], pacs: Orthanc, folder: Path) -> Callable[..., Served]:
    """Start a server with a viewer."""

    def start(**settings: Any) -> Served:
        asked = {"viewer": True, "viewer_folder": folder, "dicomweb": pacs.url, **settings}
        return serve(**asked)

    return start


def test_what_ohif_asks_is_read_from_the_pacs(view: Callable[..., Served], pacs: Orthanc) -> None:
    served = view()
    wanted = {"Accept": "application/dicom+json"}
    found = served.ask("GET", "/dicom-web/instances?Modality=DX", headers=wanted)
    assert found.headers["content-type"] == "application/dicom+json"
    there = json.dumps(pacs.query("instances?Modality=DX")).replace(
        str(pacs.http), str(served.port)
    )
    assert found.json == json.loads(there), "addresses in it lead back here"
    frame = f"/dicom-web/studies/{STUDY}/series/{STUDY}.1/instances/{STUDY}.1.1/frames/1"
    kind = {"Accept": 'multipart/related; type="application/octet-stream"; transfer-syntax=*'}
    assert len(served.ask("GET", frame, headers=kind).body) > 64 * 48 * 2
    assert served.ask("GET", f"/dicom-web/studies/{STUDY}9/metadata", headers=wanted).status == 404


def test_our_answers_are_put_so_that_ohif_shows_them(
    view: Callable[..., Served], pacs: Orthanc
) -> None:
    def read(given: list[dict[str, Any]]) -> dict[str, Any]:
        return {one["00080060"]["Value"][0]: one for one in given}

    served, way = view(), f"studies/{STUDY}/metadata"
    there = read(pacs.query(way))
    shown = read(served.ask("GET", f"/dicom-web/{way}").json)
    assert set(there) - set(shown) == {"SEG"}, "fractional ones it cannot show"
    title = ("0040A043", "Value", 0, "00080100", "Value", 0)
    assert (pick(there["SR"], title), pick(shown["SR"], title)) == ("126000", "18748-4")
    assert shown["SR"]["0040A730"] == there["SR"]["0040A730"]
    del shown["DX"]["7FE00010"], there["DX"]["7FE00010"]  # The address of its pixels.
    assert shown["DX"] == there["DX"]


def pick(content: Any, way: tuple[str | int, ...]) -> Any:
    for step in way:
        content = content[step]
    return content


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/dicom-web/studies", 405),
        ("DELETE", f"/dicom-web/studies/{STUDY}", 405),
        ("GET", "/dicom-web/../system", 404),
        ("GET", "/dicom-web/studies/../../system", 404),
        ("GET", "/dicom-web/studies/%2e%2e/%2e%2e/system", 404),
        ("GET", "/dicom-web/servers", 404),
        ("GET", "/app.bundle.js.map", 404),
        ("GET", "/..%2fetc/passwd", 404),
    ],
)
def test_nothing_else_is_read_and_nothing_written(
    view: Callable[..., Served], method: str, path: str, status: int
) -> None:
    reply = view().ask(method, path)
    assert reply.status == status
    assert set(reply.json["error"]) == {"expected", "got", "do"}


def test_pages_of_the_viewer_have_a_policy_of_their_own(view: Callable[..., Served]) -> None:
    served = view()
    for path, words in {
        "/ohif": b"OHIF",
        "/ohif/viewer?StudyInstanceUIDs=1": b"OHIF",
        "/app.bundle.js": b"// app.bundle.js",
        "/sw.js": b"",
        "/app-config.js": b'"wadoRoot": "/dicom-web"',
    }.items():
        reply = served.ask("GET", path)
        assert (reply.status, words in reply.body) == (200, True), path
        assert "'sha256-" in reply.headers["content-security-policy"]
        assert reply.headers["cache-control"] == "no-store"
    policy = served.ask("GET", "/").headers["content-security-policy"]
    assert "unsafe" not in policy
    assert served.ask("GET", "/v1/about").json["viewer"] == "/ohif"


def test_a_browser_asks_for_the_token(view: Callable[..., Served]) -> None:
    served = view(token=TOKEN)
    for path in ("/ohif", "/app.bundle.js", "/dicom-web/studies"):
        closed = served.ask("GET", path, headers={"Authorization": ""})
        assert closed.status == 401
        assert closed.headers["www-authenticate"].startswith("Basic")
        given = base64.b64encode(f"anybody:{TOKEN}".encode()).decode()
        assert served.ask("GET", path, headers={"Authorization": f"Basic {given}"}).status == 200
    wrong = base64.b64encode(b"anybody:x").decode()
    assert served.ask("GET", "/ohif", headers={"Authorization": f"Basic {wrong}"}).status == 401


def test_without_a_pacs_the_page_says_what_to_do(view: Callable[..., Served]) -> None:
    served = view(dicomweb="http://127.0.0.1:9/dicom-web")
    page = served.ask("GET", "/ohif/")
    assert page.status == 502
    assert b"apt-get install orthanc orthanc-dicomweb" in page.body
    reply = served.ask("GET", "/dicom-web/studies")
    assert (reply.status, reply.json["error"]["expected"]) == (
        502,
        "a PACS with DICOMweb at http://127.0.0.1:9/dicom-web",
    )


def test_no_part_of_a_study_passes_for_the_whole(
    view: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labelassemble.serve.viewer._READ_BYTES", 100)
    reply = view().ask("GET", f"/dicom-web/studies/{STUDY}/metadata")
    assert (reply.status, reply.json["error"]["got"]) == (502, "more")


def test_a_pacs_that_dies_while_it_answers_is_told(view: Callable[..., Served]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as pacs:

        def break_off() -> None:
            taken, _ = pacs.accept()
            taken.recv(4096)
            taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n[{")
            taken.close()

        thread = threading.Thread(target=break_off)
        thread.start()
        served = view(dicomweb=f"http://127.0.0.1:{pacs.getsockname()[1]}/dicom-web")
        reply = served.ask("GET", f"/dicom-web/studies/{STUDY}/metadata")
        thread.join()
    assert (reply.status, "broke off" in reply.json["error"]["got"]) == (502, True)


def test_without_ohif_the_server_says_how_to_install_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="npm pack"):
        Viewer(tmp_path, "http://127.0.0.1:8042/dicom-web")


@pytest.mark.skipif(BROWSER is None, reason="no Chromium: apt-get install chromium")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_radiologist_finds_study_report_and_maps(
    view: Callable[..., Served], look: Callable[..., Seen]
) -> None:
    if not (DIST / "index.html").is_file():
        reason = "OHIF is not installed: make .venv/ohif/.ready, which needs npm"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    served, seen = view(viewer_folder=DIST), look()
    page = seen.page
    page.goto(served.url)
    page.get_by_text("Studies of the PACS").click()
    page.get_by_text("Müller1").first.wait_for()
    page.goto(f"{served.url}/ohif/viewer?StudyInstanceUIDs={STUDY}")
    page.get_by_text("Confirm and hide").click()
    page.get_by_text("OT", exact=True).first.wait_for()
    page.get_by_text("SR", exact=True).first.dblclick()
    page.get_by_text("For research, not a medical device").first.wait_for()
    seen.keep("viewer")
    assert [url for url in seen.asked if not url.startswith((served.url, "data:", "blob:"))] == []
