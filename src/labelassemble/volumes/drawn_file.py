"""What a DICOM object or an XML file of readings draws on a volume, read when it is asked for."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from labelassemble.files.structure_set import read_structures
from labelassemble.sources.find_files import read_bytes
from labelassemble.sources.label_files.read_lidc import list_nodules, parse_lidc
from labelassemble.volumes.contour_mask import ContourMask
from labelassemble.volumes.drawn_mask import DrawnMask, DrawnRegion
from labelassemble.volumes.geometry import FileGeometry
from labelassemble.volumes.outline_mask import OutlineMask
from labelassemble.volumes.segment_mask import SegmentMask


@dataclass(frozen=True)
class DrawnFile:
    """A segment, a region, or the outlines of several readers: see ``DrawnMask``."""

    path: Path
    """Of the object, or of the XML file."""
    kind: Literal["segment", "region", "outlines"]
    """What is taken of it."""
    number: int = 0
    """Of the segment or region."""
    drawn_by: int = 1
    """How many readers' outlines must surround a voxel."""

    @cached_property
    def opened(self) -> DrawnMask:
        """What the file holds.

        Raises:
            SourceError: a damaged XML file.
        """
        if self.kind == "segment":
            return SegmentMask(self.path, self.number)
        if self.kind == "region":
            regions = read_structures(self.path).regions
            (region,) = [one for one in regions if one.number == self.number]
            return ContourMask(region.contours, f"region {region.words[0]!r} of {self.path}")
        sessions = parse_lidc(read_bytes(self.path), self.path).sessions
        return OutlineMask(list_nodules(sessions or ()), self.drawn_by, f"outlines of {self.path}")

    @property
    def digest(self) -> str:
        """Of what is drawn."""
        return self.opened.digest

    @property
    def place(self) -> str:
        """Its name within the file, and the file."""
        return self.opened.place

    def draw(self, like: FileGeometry) -> DrawnRegion:
        """Put it on the image's grid.

        Raises:
            ImageError: as the kind of mask does.
        """
        return self.opened.draw(like)
