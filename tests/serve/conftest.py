"""A real server in a thread, with two runs, and how to ask it."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.deploy.conftest import images, write_run

from labelassemble.inference.operating_file import (
    ClassOperation,
    ClassPoint,
    Operation,
    ShareInterval,
    write_operation,
)
from labelassemble.serve.run_server import make_server, open_socket
from labelassemble.serve.serve_settings import ServeSettings
from labelassemble.serve.service import Service

__all__ = ["images"]

TOKEN = "a token of this test"


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def form(*files: tuple[str, bytes], boundary: str = "BOUND") -> tuple[bytes, str]:
    """multipart/form-data with names as they are given, whatever stands in them."""
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="'.encode()
        + name.encode().replace(b'"', b"%22")
        + b'"\r\n\r\n'
        + data
        + b"\r\n"
        for name, data in files
    )
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


class Served:
    """A server and its address."""

    def __init__(self, service: Service, token: str) -> None:
        self.service, self.token = service, token
        self.socket = open_socket(service.settings)
        self.port: int = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.server = make_server(service, service.settings, token)
        self.thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [self.socket]}, daemon=True
        )
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            connection.request(method, path, body, {**own, **(headers or {})})
            reply = connection.getresponse()
            return Reply(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())
        finally:
            connection.close()

    def send(self, *files: tuple[str, bytes], view: bool = False, **headers: str) -> Reply:
        body, kind = form(*files)
        path = "/v1/answers" + ("?view=true" if view else "")
        return self.ask("POST", path, body, {"Content-Type": kind, **headers})

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(60)
        self.socket.close()
        assert not self.thread.is_alive()


@pytest.fixture(scope="session")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One that is calibrated and sees squares in bars, one that is neither and sees a part."""
    folder = tmp_path_factory.mktemp("served")
    first = write_run(folder / "first")
    second = write_run(folder / "second", classes=("edema", "mass"), implied={}, method="masked")
    point = ClassPoint(
        threshold=0.4,
        threshold_low=0.3,
        threshold_high=0.55,
        sensitivity=ShareInterval(score=0.8),
        specificity=ShareInterval(score=0.7),
    )
    known = ClassOperation(
        positive_patients=20,
        negative_patients=30,
        slope=0.7,
        intercept=-0.3,
        points={"youden": point},
    )
    few = ClassOperation(positive_patients=1, negative_patients=3, note="too few patients")
    operation = Operation(
        version="1",
        chosen_on="validation",
        rule="youden",
        asked={},
        min_patients=10,
        confidence=0.95,
        sources={"all": {"nodule": known, "nodule_or_mass": known, "edema": few}},
    )
    write_operation(operation, first / "operating.json")
    return [first, second]


@pytest.fixture
def serve(two_runs: list[Path]) -> Iterator[Callable[..., Served]]:
    """Start servers, which the end of the test stops."""
    started = list[Served]()

    def start(*, runs: list[Path] | None = None, token: str = "", **settings: Any) -> Served:
        asked = ServeSettings.model_validate({"port": 0, "per_minute": 0, **settings})
        started.append(Served(Service(runs or two_runs, asked), token))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture(scope="module")
def server(two_runs: list[Path]) -> Iterator[Served]:
    """One server for the tests that change nothing."""
    settings = ServeSettings(port=0, per_minute=0, upload_mib=4, image_megapixels=1.0, images=20)
    one = Served(Service(two_runs, settings), "")
    yield one
    one.stop()
