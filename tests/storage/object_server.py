"""A real S3 server of its own process on this machine, and a wire to it that can fail."""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any

SERVER = os.environ.get("LABELASSEMBLE_MOTO", "")

Fault = Callable[[str, str, int], str | None]
"""Method, path and how many of them came before, to what goes wrong; None: nothing does."""

_REFUSALS = {
    "AccessDenied": 403,
    "RequestTimeTooSkewed": 403,
    "InvalidAccessKeyId": 403,
    "ExpiredToken": 400,
    "PermanentRedirect": 301,
}


class Wire:
    """Passes requests on to the server, counts them, and fails where ``fault`` says so.

    Faults: ``cut`` (half of the answer, then no connection), ``flip`` (another byte), ``drop`` (no
    answer), or the code of an error of S3's.
    """

    def __init__(self, upstream: int) -> None:
        self.upstream, self.lock = upstream, Lock()
        self.counts: Counter[tuple[str, str]] = Counter()
        self.bytes: Counter[str] = Counter()
        self.fault: Fault = lambda method, path, before: None
        wire = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def pass_on(self) -> None:
                wire.pass_on(self)

        for method in ("GET", "HEAD", "PUT", "POST", "DELETE"):
            setattr(Handler, f"do_{method}", Handler.pass_on)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def reset(self) -> None:
        self.counts.clear()
        self.bytes.clear()
        self.fault = lambda method, path, before: None

    def pass_on(self, asked: BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers.get("Content-Length") or 0))
        path = asked.path.partition("?")[0]
        with self.lock:
            before = self.counts[asked.command, path]
            self.counts[asked.command, path] += 1
        fault = self.fault(asked.command, path, before)
        asked.close_connection = True
        if fault == "drop":
            asked.connection.shutdown(socket.SHUT_RDWR)
            return
        if fault in _REFUSALS:
            self.answer(asked, _REFUSALS[fault], {}, refuse(fault))
            return
        url = f"http://127.0.0.1:{self.upstream}{asked.path}"
        headers = {name: value for name, value in asked.headers.items() if name != "Host"}
        headers.setdefault("Content-Type", "application/octet-stream")
        request = urllib.request.Request(url, body or None, headers, method=asked.command)
        try:
            with urllib.request.urlopen(request, timeout=30) as told:
                status, given, data = told.status, dict(told.headers), told.read()
        except urllib.error.HTTPError as error:
            status, given, data = error.code, dict(error.headers), error.read()
        if fault == "flip" and data:
            data = bytes([data[0] ^ 1]) + data[1:]
        self.bytes[path] += len(data) if asked.command == "GET" else 0
        self.answer(asked, status, given, data, cut=fault == "cut")

    def answer(
        self,
        asked: BaseHTTPRequestHandler,
        status: int,
        headers: dict[str, str],
        data: bytes,
        cut: bool = False,
    ) -> None:
        asked.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("connection", "transfer-encoding", "content-length", "date"):
                asked.send_header(name, value)
        size = headers.get("Content-Length") if asked.command == "HEAD" else len(data)
        asked.send_header("Content-Length", str(size or 0))
        asked.send_header("Connection", "close")
        asked.end_headers()
        if asked.command != "HEAD":
            asked.wfile.write(data[: len(data) // 2] if cut else data)
            asked.wfile.flush()

    def gets(self, ending: str = "") -> int:
        return sum(
            count
            for (method, path), count in self.counts.items()
            if method == "GET" and path.count("/") > 1 and path.endswith(ending)
        )

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def refuse(code: str) -> bytes:
    region = "<Region>eu-west-1</Region>" if code == "PermanentRedirect" else ""
    told = f"<Code>{code}</Code><Message>{code}</Message>{region}"
    return f"<?xml version='1.0'?><Error>{told}</Error>".encode()


@contextmanager
def run_server(folder: Path) -> Iterator[int]:
    """Moto's server; gives its port."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    with (folder / "server.log").open("wb") as log:
        words = [SERVER, "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()
