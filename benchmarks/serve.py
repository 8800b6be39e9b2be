"""A server under four clients: how long an upload of 1024 px takes, and whether memory stays."""

import http.client
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.predict import CALL, write_images, write_run
from benchmarks.row import Row
from benchmarks.take_turns import ROUNDS, tell_round
from labelassemble.serve.open_upload import UploadedFile
from labelassemble.serve.serve_settings import ServeSettings
from labelassemble.serve.service import Service

CLIENTS, TIMED, ALL = 4, 200, 10_000
"""Clients at a time; requests of a round; requests over which memory is watched."""
MOST_S = 480.0
"""Seconds after which no further request is sent."""
SIZES = (64, 224)


def measure() -> Iterator[Row]:
    """Seconds by the clock: what who waits at the page waits. Loopback alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = write_images(folder / "images")[:40]
        files = [UploadedFile(path.name, path.read_bytes()) for path in paths]
        for size in SIZES:
            run = write_run(folder / f"run{size}", size)
            service = Service([run], ServeSettings())

            def answer(file: UploadedFile, service: Service = service) -> None:
                service.answer([file], True, time.monotonic() + 60.0)

            taken: dict[str, list[float]] = {name: [] for name in ("served", "alone")}
            cpu: dict[str, list[float]] = {name: [] for name in taken}
            with start(run) as port:
                for number in range(ROUNDS):
                    begun = counter(port, "process_cpu_seconds_total")
                    taken["served"].append(p95(files, lambda file, port=port: send(port, file)))
                    spent = counter(port, "process_cpu_seconds_total") - begun
                    cpu["served"].append(spent / TIMED)
                    begun = time.process_time()
                    taken["alone"].append(p95(files, answer))
                    cpu["alone"].append((time.process_time() - begun) / TIMED)
                    tell_round(number, {name: each[-1] for name, each in taken.items()})
                what = (
                    f"of {TIMED} uploads of 1024 px with 14 maps, network small at {size} px, "
                    f"{CLIENTS} clients"
                )
                plain = "plain: the same answers without HTTP, in as many threads"
                for name, note, each in (
                    ("95th percentile", "by the clock; aim: under 0.1 s", taken),
                    ("an upload", "of processor time", cpu),
                ):
                    yield Row(
                        f"serve: {name} {what}",
                        f"{note}; {plain}",
                        "s",
                        each["served"],
                        each["alone"],
                    )
                if size == SIZES[0]:
                    yield from watch_memory(port, files)


def watch_memory(port: int, files: list[UploadedFile]) -> Iterator[Row]:
    """Resident memory of the server, thrice: after a tenth of all requests, and after all."""
    begun, sent, early, late = time.monotonic(), 0, list[float](), list[float]()
    for share, told in ((0.1, early), (1.0, late)):
        while sent < share * ALL and time.monotonic() - begun < MOST_S:
            seconds(files, lambda file: send(port, file), TIMED)
            sent += TIMED
        for _ in range(ROUNDS):
            seconds(files, lambda file: send(port, file), CLIENTS)
            told.append(counter(port, "process_resident_memory_bytes") / 1e6)
    yield Row(
        f"serve: resident memory after {sent:,} of these uploads",
        f"plain: after {0.1 * ALL:,.0f} of them",
        "MB",
        late,
        early,
    )


@contextmanager
def start(run: Path) -> Iterator[int]:
    """A server of its own; gives its port."""
    words = [sys.executable, *CALL, "serve", str(run), "--port", "0", "--per-minute", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r":(\d+)/", process.stdout.readline())
        assert found is not None
        try:
            yield int(found[1])
        finally:
            process.terminate()


def p95(files: list[UploadedFile], answer: Callable[[UploadedFile], None]) -> float:
    return float(np.percentile(seconds(files, answer, TIMED), 95))


def seconds(
    files: list[UploadedFile], answer: Callable[[UploadedFile], None], count: int
) -> list[float]:
    """How long each of them took, of ``CLIENTS`` that ask one after the other."""

    def ask(number: int) -> float:
        begun = time.perf_counter()
        answer(files[number % len(files)])
        return time.perf_counter() - begun

    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(ask, range(count)))


def send(port: int, file: UploadedFile) -> None:
    body = (
        b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        + file.data
        + b"\r\n--B--\r\n"
    )
    told = get(port, "POST", "/v1/answers?view=true", body)
    assert b'"error":null}' in told[-400:], told[-400:]


def counter(port: int, name: str) -> float:
    told = get(port, "GET", "/metrics").decode()
    found = re.search(rf"^{name} (\S+)", told, re.M)
    assert found is not None
    return float(found[1])


def get(port: int, method: str, path: str, body: bytes | None = None) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        kind = {"Content-Type": "multipart/form-data; boundary=B"}
        connection.request(method, path, body, kind)
        reply = connection.getresponse()
        told = reply.read()
        assert reply.status == 200, told
        return told
    finally:
        connection.close()
