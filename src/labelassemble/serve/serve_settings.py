"""How runs are served, and what an upload may cost."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from labelassemble.setting_types import Settings


class ServeSettings(Settings):
    """Where to listen, what is shown, and what an upload may cost."""

    host: str = "127.0.0.1"
    """Address to listen on. Any but this machine's own needs a token, in the environment variable
    LABELASSEMBLE_TOKEN (16 characters or more)."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8090
    """Port to listen on; 0: one that is free."""
    source: str = "all"
    """Whose images they are, of the sources that every run was calibrated on."""
    neighbours: Annotated[int, Field(ge=0, le=50)] = 0
    """Nearest training images to show, which are images of patients; 0: none, whoever asks."""
    viewer: bool = False
    """Show studies of a PACS, and what runs said of them, in OHIF at /ohif (docs/serve.md)."""
    viewer_folder: Path = Path("ohif/package/dist")
    """OHIF's dist."""
    dicomweb: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] = (
        "http://127.0.0.1:8042/dicom-web"
    )
    """Address of the PACS's DICOMweb for the viewer, which only reads; an Authorization header
    comes from the environment variable LABELASSEMBLE_DICOMWEB_AUTHORISATION."""
    keep: Path | None = None
    """Folder for uploads and their answers, called by hashes; none: nothing is written."""
    review: str | None = None
    """Cells of the first run's table to go through at /review, answers being kept: a list as
    `review` writes it, or conflicts, or uncertain. Images of patients are shown."""
    readings: Path | None = None
    """Folder for readers' answers; none: `readings` in the first run's folder."""
    upload_mib: Annotated[int, Field(ge=1)] = 64
    """Size of a request."""
    image_megapixels: Annotated[float, Field(gt=0)] = 40.0
    """Pixels of an image, in millions; its header is asked before it is decoded."""
    unpacked_mib: Annotated[int, Field(ge=1)] = 512
    """What the files of a request come to once archives and deflated DICOM are unpacked."""
    images: Annotated[int, Field(ge=1)] = 50
    """Files of a request, those in archives included."""
    at_once: Annotated[int, Field(ge=1)] = 8
    """Requests with uploads that are received or answered at a time."""
    per_minute: Annotated[int, Field(ge=0)] = 600
    """Requests that an address may send a minute; 0: any number."""
    time_s: Annotated[float, Field(gt=0)] = 60.0
    """Until a request must have come and be answered."""
