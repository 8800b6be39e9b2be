"""Labels as reading sessions in XML, as LIDC-IDRI has them: nodules of several readers on CT."""

from typing import Annotated, Literal

from pydantic import Field

from labelassemble.setting_types import Names, Settings


class LidcXml(Settings):
    """A nodule of 3 mm or more that a reader outlined is positive in that reader's reading.

    Each session is a reader, called by its place in the file: nobody says who is who. A session
    without a nodule is negative. The words are ``nodule >= 3 mm`` and ``nodule < 3 mm`` (a point);
    non-nodules are passed over. Each CT series is one image, called by its SeriesInstanceUID.
    """

    encoding: Literal["lidc_xml"]
    file: Names
    """Name below the source's folder, a pattern, or a list of these. Sessions on radiographs are
    passed over, and listed."""
    drawn_by: Annotated[int, Field(ge=1)] = 1
    """Detection is trained on voxels that so many readers outlined."""
