"""Who may ask, how often, how much, how long: a real server is asked wrongly, and stays sound."""

import http.client
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.serve.conftest import TOKEN, Served, form
from tests.serve.test_app import large_png, pack, write_dicom

Start = Callable[..., Served]


def refused(reply: Any, status: int, expected: str) -> None:
    assert reply.status == status
    assert set(reply.json) == {"error"}
    assert set(reply.json["error"]) == {"expected", "got", "do"}
    assert expected in reply.json["error"]["expected"]
    assert "content-security-policy" in reply.headers


def test_a_token_opens_what_is_worth_something(serve: Start, images: list[Path]) -> None:
    one = serve(token=TOKEN)
    data = images[0].read_bytes()
    assert one.send(("a.png", data)).status == 200
    for wrong in ("", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer ü"):
        headers = {"Authorization": wrong.encode().decode("latin-1")}
        refused(one.send(("a.png", data), **headers), 401, "token")
        refused(one.ask("GET", "/metrics", headers=headers), 401, "token")
        refused(one.ask("GET", "/v1/about", headers=headers), 401, "token")
    for path in ("/", "/page.css", "/page.mjs", "/icon.svg", "/healthz"):
        assert one.ask("GET", path, headers={"Authorization": ""}).status == 200


def test_pages_of_other_sites_are_refused(server: Served, images: list[Path]) -> None:
    file = ("a.png", images[0].read_bytes())
    refused(server.send(file, Origin="https://elsewhere.example"), 403, "own page")
    refused(server.send(file, Origin="null"), 403, "own page")
    refused(server.ask("GET", "/", headers={"Host": "elsewhere.example"}), 421, "this machine")
    assert server.send(file, Origin=server.url).status == 200


# Starlette of before 1.0 leaves what lies in memory to be closed by itself.
@pytest.mark.filterwarnings("ignore:Exception ignored in. .function SpooledTemporaryFile")
@pytest.mark.parametrize("told", [True, False], ids=["announced", "in pieces"])
def test_a_request_that_is_too_large_is_told_so(server: Served, told: bool) -> None:
    body, kind = form(("a.png", bytes(6 << 20)))
    sent: Any = body if told else (body[at : at + 65536] for at in range(0, len(body), 65536))
    reply = server.ask("POST", "/v1/answers", sent, {"Content-Type": kind})
    refused(reply, 413, "at most 4 MiB")


def test_many_parts_are_told_so(server: Served) -> None:
    reply = server.send(*((f"{number}.png", b"x") for number in range(10_000)))
    refused(reply, 400, "a form with images")
    assert "Too many files" in reply.json["error"]["got"]
    reply = server.send(("a.zip", pack(*((f"{number}.png", b"x") for number in range(10_000)))))
    refused(reply, 413, "at most 20 files")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b"hello"),
        ("", b""),
        ("multipart/form-data", b"hello"),
        ("multipart/form-data; boundary=x", b"hello"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nhello\r\n--x--\r\n"),
        ("multipart/form-data; boundary=BOUND", form()[0]),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nhello\r\n--x--\r\n',
        ),
        ("multipart/form-data; boundary=" + "x" * 500, b"--" + b"x" * 500),
    ],
)
def test_what_is_no_form_is_told_so(server: Served, kind: str, body: bytes) -> None:
    reply = server.ask("POST", "/v1/answers", body, {"Content-Type": kind})
    refused(reply, 400, "a form with images")


def test_other_paths_methods_and_values_are_told_in_our_words(server: Served) -> None:
    refused(server.ask("GET", "/../../etc/passwd"), 404, "/v1/answers")
    refused(server.ask("GET", "/page/%2e%2e/guard.py"), 404, "/v1/answers")
    refused(server.ask("DELETE", "/v1/about"), 405, "/v1/answers")
    refused(server.ask("POST", "/v1/answers?view=perhaps", b""), 400, "query.view")


def test_bombs_are_refused_before_they_fill_the_memory(
    serve: Start, images: list[Path], draw_image
) -> None:
    one = serve(unpacked_mib=70, upload_mib=16, image_megapixels=1.0)
    zeros = pack(("zeros.png", bytes(80 << 20)))
    assert len(zeros) < 1 << 20
    refused(one.send(("bomb.zip", zeros)), 413, "grows at most")
    told = one.send(("wide.png", large_png(12_000, 10_000))).json["images"][0]
    assert "at most 1,000,000 pixels" in told["error"]["expected"]
    # A DICOM file that inflates a thousandfold.
    plain = write_dicom(draw_image(1, 20, 20))
    start = plain.index(b"\x08\x00\x05\x00")
    meta = plain[:start].replace(b"1.2.840.10008.1.2.1\x00", b"1.2.840.10008.1.2.1.99")
    length = struct.unpack("<I", meta[140:144])[0] + len(meta) - start
    meta = meta[:140] + struct.pack("<I", length) + meta[144:]
    at = meta.index(b"1.2.840.10008.1.2.1.99") - 2
    meta = meta[:at] + struct.pack("<H", 22) + meta[at + 2 :]

    def deflate(data: bytes) -> bytes:
        squeeze = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        return meta + squeeze.compress(data) + squeeze.flush()

    fine = one.send(("fine.dcm", deflate(plain[start:]))).json["images"][0]
    assert fine["error"] is None
    told = one.send(("bomb.dcm", deflate(plain[start:] + bytes(200 << 20)))).json["images"][0]
    assert "grows at most" in told["error"]["expected"]
    # A member whose size the directory understates.
    lied = bytearray(pack(("a.png", bytes(80 << 20))))
    place = lied.index(b"PK\x01\x02") + 24
    lied[place : place + 4] = struct.pack("<I", 100)
    told = one.send(("lied.zip", bytes(lied)))
    assert told.status in (200, 413)
    assert b'"expected"' in told.body
    assert one.send(("a.png", images[0].read_bytes())).json["images"][0]["error"] is None


def test_a_pause_is_asked_for(serve: Start) -> None:
    one = serve(per_minute=5)
    replies = [one.ask("GET", "/v1/about") for _ in range(6)]
    assert [reply.status for reply in replies] == [200] * 5 + [429]
    refused(replies[-1], 429, "5 requests a minute")
    assert 1 <= int(replies[-1].headers["retry-after"]) <= 60
    assert one.ask("GET", "/healthz").status == 200


def test_no_more_uploads_at_once_than_may_be_and_none_for_ever(
    serve: Start, images: list[Path]
) -> None:
    one = serve(at_once=1, time_s=1.5)
    slow = socket.create_connection(("127.0.0.1", one.port))
    slow.sendall(
        b"POST /v1/answers HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
    )
    time.sleep(0.2)
    file = ("a.png", images[0].read_bytes())
    busy = one.send(file)
    refused(busy, 503, "at most 1 uploads")
    assert busy.headers["retry-after"] == "1"
    slow.settimeout(30)
    with slow:
        told = b"".join(iter(lambda: slow.recv(4096), b""))
    assert b" 408 " in told.splitlines()[0]
    assert b"within 1.5 s" in told
    assert one.send(file).status == 200


def test_a_connection_that_says_nothing_is_closed(serve: Start, images: list[Path]) -> None:
    one = serve(time_s=0.5)
    waiting = [socket.create_connection(("127.0.0.1", one.port)) for _ in range(3)]
    waiting[1].sendall(b"GET /healthz HTT")
    waiting[2].sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert waiting[2].recv(4096).startswith(b"HTTP/1.1 200")
    waiting[2].sendall(b"GET /healthz HTT")
    for each in waiting:
        each.settimeout(10)
        with each:
            while each.recv(4096):
                pass
    assert one.send(("a.png", images[0].read_bytes())).status == 200


def test_a_client_that_goes_away_costs_nothing(serve: Start, images: list[Path]) -> None:
    one = serve(at_once=2)
    for _ in range(5):
        gone = socket.create_connection(("127.0.0.1", one.port))
        gone.sendall(
            b"POST /v1/answers HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
        )
        gone.close()
    time.sleep(0.3)
    assert one.send(("a.png", images[0].read_bytes())).status == 200


def test_a_stop_lets_what_is_there_be_answered(serve: Start, images: list[Path]) -> None:
    one = serve()
    body, kind = form(*((f"{n}.png", images[n % 5].read_bytes()) for n in range(20)))
    found = list[int]()
    connection = http.client.HTTPConnection("127.0.0.1", one.port, timeout=60)
    connection.request("POST", "/v1/answers?view=true", body, {"Content-Type": kind})

    def wait() -> None:
        with connection.getresponse() as reply:
            found.append(reply.status)

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.05)
    one.stop()
    waiting.join(60)
    connection.close()
    assert found == [200]


def test_nothing_lies_on_the_disk_unless_it_is_asked_for(
    serve: Start, images: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    opened = list[str]()
    monkeypatch.setattr(
        "tempfile.SpooledTemporaryFile.rollover", lambda self: opened.append("to the disk")
    )
    large = images[0].read_bytes() + bytes(3 << 20)  # Behind the end of a PNG, more than a buffer.
    assert serve().send(("a.png", large)).status == 200
    assert opened == []
    assert [*scratch.iterdir()] == []
    kept = tmp_path / "kept"
    one = serve(keep=kept)
    assert one.send(("../a.png", b"x"), ("b.png", images[1].read_bytes()), view=True).status == 200
    stored = sorted(kept.iterdir())
    assert [path.suffix for path in stored] == ["", ".json"]
    assert stored[0].read_bytes() == images[1].read_bytes()
    assert '"file": "b.png"' in stored[1].read_text()
    assert "data:image" not in stored[1].read_text()
    assert kept.stat().st_mode & 0o777 == 0o700
