"""Answers to a PACS that takes them, refuses them, breaks off or is not there."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.uid import ExplicitVRLittleEndian, RLELossless
from pynetdicom import AE, evt
from tests.pipeline.radiographs import make_radiograph

from labelassemble.dicom.send_objects import open_destination
from labelassemble.errors import SettingsError

Serve = Callable[..., tuple[int, list[Any]]]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A real provider that answers with a status, in the syntaxes that it takes."""
    running = []

    def start(status: int = 0, kinds: str = "1.2.840.10008.5.1.4.1.1.1.1", **syntax: Any) -> Any:
        got: list[Any] = []

        def store(event: Any) -> int:
            got.append(event.dataset)
            got[-1].file_meta = event.file_meta
            if status < 0:
                event.assoc.abort()
            return max(status, 0)

        entity, port = AE(ae_title="PACS"), free_port()
        entity.add_supported_context(kinds, syntax.get("syntax", ExplicitVRLittleEndian))
        server = entity.start_server(
            ("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_STORE, store)]
        )
        running.append(server)
        return port, got

    yield start
    for one in running:
        one.shutdown()


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    made = []
    for number in (1, 2):
        one = make_radiograph(np.full((8, 8), 7 * number), number)
        one.compress(RLELossless, generate_instance_uid=False)
        made.append(tmp_path / f"{number}.dcm")
        one.save_as(made[-1], enforce_file_format=True)
    return made


def test_they_are_taken_as_they_are_or_unpacked(serve: Serve, paths: list[Path]) -> None:
    for syntax in (RLELossless, ExplicitVRLittleEndian):
        port, got = serve(syntax=syntax)
        sent = list(open_destination(f"PACS@127.0.0.1:{port}", "US").send(paths))
        assert [(one.path, one.reason) for one in sent] == [(path, "") for path in paths]
        assert [one.file_meta.TransferSyntaxUID for one in got] == [syntax, syntax]
        assert got[1].pixel_array[0, 0] == 14 << 4


def test_what_is_not_taken_is_told(serve: Serve, paths: list[Path]) -> None:
    port, _ = serve(status=0xA700)
    sent = list(open_destination(f"PACS@127.0.0.1:{port}", "US").send(paths))
    assert [(one.reason, one.reached) for one in sent] == [("PACS says 0xA700", True)] * 2
    port, _ = serve(kinds="1.2.840.10008.5.1.4.1.1.7")
    sent = list(open_destination(f"PACS@127.0.0.1:{port}", "US").send(paths))
    assert all(one.reason for one in sent)
    port, got = serve(status=-1)
    sent = list(open_destination(f"PACS@127.0.0.1:{port}", "US").send(paths))
    assert sent[-1].reason == "PACS broke off"
    assert not any(one.reason == "" for one in sent)
    assert len(got) == 1


@pytest.mark.parametrize("words", ["PACS@127.0.0.1:{}", "http://127.0.0.1:{}/dicom-web"])
def test_nobody_is_there(words: str, paths: list[Path]) -> None:
    [one] = open_destination(words.format(free_port()), "US").send(paths)
    assert one.reason
    assert not one.reached


@pytest.mark.parametrize("words", ["", "PACS", "PACS@host", "@host:104", "A@h:0", "ftp://h/x"])
def test_no_destination(words: str) -> None:
    with pytest.raises(SettingsError, match="AET@HOST:PORT"):
        open_destination(words, "US")
