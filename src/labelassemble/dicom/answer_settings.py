"""How DICOM objects are answered."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from labelassemble.dicom.source_object import AskedObjects


class AnswerSettings(AskedObjects):
    """What is answered, and what an answer holds."""

    maps: Annotated[int, Field(ge=0, le=50)] = 3
    """Classes whose maps are written, those called present first, then the most probable."""
    lesions: Annotated[int, Field(ge=1, le=200)] = 20
    """Most lesions of an image or a volume that are drawn, the most probable; all are counted."""
    source: str = "all"
    """Whose images they are, of the sources that the run was calibrated on."""
    operating: Path | None = None
    """Calibration and thresholds that `recalibrate` wrote; none: the run's operating.json."""
