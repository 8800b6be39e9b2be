"""How a run listens to a PACS and answers it."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from tyro.conf import UseAppendAction

from labelassemble.dicom.answer_settings import AnswerSettings

AeTitle = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[ -\[\]-~]+$")]
"""What a program is called in a DICOM network: 16 printed ASCII characters, no backslash."""


class ListenSettings(AnswerSettings):
    """Where to listen, where answers go, and what happens meanwhile."""

    queue: Path
    """Folder of what waits; it holds images of patients, and nobody else may read it."""
    send_to: str
    """Where answers go: AET@HOST:PORT by C-STORE, or http(s)://... of DICOMweb by STOW-RS."""
    port: Annotated[int, Field(ge=1, le=65_535)] = 11_112
    """Port to listen on."""
    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0: every one of this machine."""
    aet: AeTitle = "LABELASSEMBLE"
    """What this program is called; who calls another name is refused."""
    accept_from: Annotated[tuple[AeTitle, ...], UseAppendAction] = ()
    """AE titles that may send, once each; none: any."""
    series_quiet_s: Annotated[float, Field(gt=0)] = 30.0
    """Of a run on volumes: a series is tried when nothing of it has come for so long."""
    series_hours: Annotated[float, Field(gt=0)] = 24.0
    """A series that is not whole waits so long for the rest of it."""
    retry_s: Annotated[float, Field(gt=0)] = 5.0
    """Seconds until an answer that was not taken is sent again; twice as many each time."""
    retry_most_s: Annotated[float, Field(gt=0)] = 600.0
    """Most seconds until then."""
    reserve_mib: Annotated[int, Field(ge=0)] = 512
    """Room that stays free on the queue's disk: what comes beyond it is refused."""
    dry_run: bool = False
    """Answer and send nothing: answers wait in the queue for a listener that sends."""
