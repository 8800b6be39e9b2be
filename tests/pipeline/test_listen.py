"""`dicom listen` between DCMTK, a run and Orthanc: killed, without a PACS, and with bad objects."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.hospital_tools import need
from tests.orthanc import Orthanc, free_port, wait_until
from tests.pipeline.radiographs import make_radiograph, write_radiographs
from tests.pipeline.test_answer_lesions import write_run
from tests.sources.dicom_annotations.conftest import Study

from labelassemble.dicom.listen_settings import ListenSettings
from labelassemble.errors import SettingsError
from labelassemble.pipeline.listen import listen


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    need("Orthanc")
    one = Orthanc(tmp_path_factory.mktemp("orthanc"))
    yield one
    one.stop()


def send(port: int, *paths: Path, called: str = "LABELASSEMBLE", own: str = "CT1") -> int:
    words = [need("storescu"), "-aet", own, "-aec", called, "127.0.0.1", str(port)]
    done = subprocess.run([*words, *map(str, paths)], capture_output=True, check=False)
    return done.returncode


def echo(port: int, called: str = "LABELASSEMBLE") -> bool:
    words = [need("echoscu"), "-to", "2", "-aec", called, "127.0.0.1", str(port)]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


class Listening:
    """A listener in a thread."""

    def __init__(self, run: Path, **settings: Any) -> None:
        self.port = free_port()
        self.said: list[str] = []
        self.stop = threading.Event()
        asked = ListenSettings.model_validate({"port": self.port, "reserve_mib": 1, **settings})
        self.thread = threading.Thread(
            target=listen, args=(run, asked, self.said.append, self.stop), daemon=True
        )
        self.thread.start()
        self.wait_for("listening on")

    def wait_for(self, words: str, times: int = 1) -> None:
        wait_until(lambda: sum(words in line for line in list(self.said)) >= times)

    def __enter__(self) -> "Listening":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(60)
        assert not self.thread.is_alive()
        assert "stopped" in self.said[-1]


def test_twenty_radiographs_through_kills_and_a_pacs_that_is_down(
    tiny_run: Path, orthanc: Orthanc, draw_image: Any, tmp_path: Path
) -> None:
    need("storescu")
    orthanc.stop()
    images = write_radiographs([draw_image(n, 40, 40) for n in range(20)], tmp_path / "images")
    port, log = free_port(), tmp_path / "log.txt"
    words = ["dicom", "listen", str(tiny_run), "--queue", str(tmp_path / "queue"), "--maps", "1"]
    words += ["--port", str(port), "--send-to", orthanc.url, "--retry-s", "0.2"]
    words += ["--retry-most-s", "1", "--reserve-mib", "1"]

    def start() -> "subprocess.Popen[bytes]":
        with log.open("ab") as out:
            made = subprocess.Popen(
                [sys.executable, "-m", "labelassemble", *words],
                stdout=out,
                stderr=out,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        wait_until(lambda: echo(port))
        return made

    first = start()
    assert send(port, *images[:12]) == 0
    wait_until(lambda: log.read_text().count("answered object") >= 4)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert log.read_text().count("sent answer") == 0
    assert "no server" in log.read_text()
    second = start()
    # Some again, some new, and those that nobody was told of.
    assert send(port, *images[6:]) == 0
    orthanc.start()
    wait_until(lambda: orthanc.count("SR") == 20)
    wait_until(lambda: (orthanc.count("SEG"), orthanc.count("OT")) == (20, 20))
    second.terminate()
    assert second.wait(60) == 0
    told = log.read_text()
    assert "stopped; 0 objects and 0 answers wait" in told
    assert "known already" in told
    assert not re.search(r"P00\d\d|M.ller|Anna|19600102|1\.2\.826", told)
    assert "Traceback" not in told
    assert [*(tmp_path / "queue" / "received").iterdir()] == []
    assert [*(tmp_path / "queue" / "answers").iterdir()] == []
    patients = {one["00100020"]["Value"][0] for one in orthanc.query("studies")}
    assert patients == {f"P{number:04}" for number in range(1, 21)}


def test_what_comes_is_judged_and_the_listener_stays_sound(
    tiny_run: Path, orthanc: Orthanc, tmp_path: Path
) -> None:
    pixels = np.random.default_rng(3).integers(0, 255, (40, 30))
    if not orthanc.is_there():
        orthanc.start()

    def save(number: int, **changes: Any) -> Path:
        path = tmp_path / f"{number}.dcm"
        made = make_radiograph(pixels, 100 + number, **changes)
        made.save_as(path, enforce_file_format=True)
        return path

    wrong = {"StudyInstanceUID": None}
    good, ct = save(1), save(2, Modality="CT", SOPClassUID="1.2.840.10008.5.1.4.1.1.2")
    asked = {"queue": tmp_path / "queue", "send_to": orthanc.store, "accept_from": ["CT1"]}
    with Listening(tiny_run, maps=0, view=["PA"], **asked) as here:
        assert echo(here.port) is False  # ECHOSCU is none of those that may call.
        assert send(here.port, good, called="OTHER") != 0
        assert send(here.port, good, own="STRANGER") != 0
        assert (
            send(here.port, ct, save(3, ViewPosition="LL"), save(4, Manufacturer="labelassemble"))
            == 0
        )
        here.wait_for("passed over", 3)
        assert send(here.port, save(5, **wrong)) != 0
        here.wait_for("refused object")
        assert send(here.port, save(6, PixelData=bytes(64))) == 0
        here.wait_for("no answer to object")
        assert send(here.port, good, good) == 0
        here.wait_for("sent answer")
        here.wait_for("known already")
        other = {"queue": tmp_path / "other", "send_to": orthanc.store, "port": here.port}
        settings = ListenSettings.model_validate(other)
        with pytest.raises(SettingsError, match="that are free"):
            listen(tiny_run, settings, here.said.append, threading.Event())
    assert len(orthanc.query("instances?Modality=SR&PatientID=P0101")) == 1
    assert not any("P01" in line or "ller" in line for line in here.said)


def test_a_dry_run_sends_nothing_and_a_full_disk_is_told(tiny_run: Path, tmp_path: Path) -> None:
    pixels = np.random.default_rng(3).integers(0, 255, (40, 30))
    make_radiograph(pixels, 1).save_as(tmp_path / "1.dcm", enforce_file_format=True)
    asked = {"queue": tmp_path / "queue", "send_to": f"NOBODY@127.0.0.1:{free_port()}"}
    with Listening(tiny_run, dry_run=True, maps=0, **asked) as here:
        assert send(here.port, tmp_path / "1.dcm") == 0
        here.wait_for("answered object")
        time.sleep(0.5)
    assert not any("sent" in line and "nothing is sent" not in line for line in here.said)
    assert "0 objects and 1 answer wait" in here.said[-1]
    asked["queue"] = tmp_path / "full"
    with Listening(tiny_run, **asked, reserve_mib=2**40) as here:
        assert send(here.port, tmp_path / "1.dcm") != 0
        here.wait_for("no room in the queue")


def test_a_series_is_answered_once_it_is_whole(orthanc: Orthanc, tmp_path: Path) -> None:
    need("storescu")
    if not orthanc.is_there():
        orthanc.start()
    study = Study(tmp_path / "study", "S7")
    run = write_run(tmp_path / "run", 3)
    slices = sorted(study.folder.iterdir())
    asked = {"queue": tmp_path / "queue", "send_to": orthanc.url, "series_quiet_s": 0.5}
    with Listening(run, **asked) as here:
        assert send(here.port, *slices[:2], *slices[3:]) == 0
        here.wait_for("as it is: expected every slice")
        assert send(here.port, slices[2]) == 0
        here.wait_for("answered series")
        here.wait_for("sent answer", 2)
    assert len(orthanc.query("instances?PatientID=S7")) == 2
