"""Orthanc, a PACS with DICOMweb, in a process of its own."""

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.hospital_tools import need

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_until(there: Callable[[], Any], seconds: float = 120.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := there():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


class Orthanc:
    """A PACS with DICOMweb, which can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.http, self.dicom, self.folder = free_port(), free_port(), folder
        self.url = f"http://127.0.0.1:{self.http}/dicom-web"
        self.store = f"ORTHANC@127.0.0.1:{self.dicom}"
        self.process: subprocess.Popen[bytes] | None = None
        settings = {
            "Name": "test",
            "StorageDirectory": str(folder / "storage"),
            "IndexDirectory": str(folder / "storage"),
            "HttpPort": self.http,
            "DicomPort": self.dicom,
            "DicomAet": "ORTHANC",
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
            "DicomAlwaysAllowStore": True,
            "DicomAlwaysAllowEcho": True,
            "HttpThreadsCount": 4,
            "Plugins": [str(PLUGIN)],
        }
        (folder / "orthanc.json").write_text(json.dumps(settings))

    def start(self) -> None:
        words = [need("Orthanc"), str(self.folder / "orthanc.json")]
        with (self.folder / "orthanc.log").open("ab") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log)
        wait_until(self.is_there)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()

    def is_there(self) -> bool:
        try:
            self.query("studies")
        except OSError:
            return False
        return True

    def query(self, what: str) -> list[dict[str, Any]]:
        """Ask by QIDO."""
        request = urllib.request.Request(
            f"{self.url}/{what}", headers={"Accept": "application/dicom+json"}
        )
        with urllib.request.urlopen(request, timeout=30) as reply:
            found: list[dict[str, Any]] = json.loads(reply.read() or b"[]")
        return found

    def count(self, modality: str) -> int:
        return len(self.query(f"instances?Modality={modality}&limit=1000"))
