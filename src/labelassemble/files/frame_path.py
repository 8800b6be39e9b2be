"""One frame of a DICOM file or one page of a TIFF, as a path: ``cine.dcm#frame/3``."""

import re
from pathlib import Path

FRAME = re.compile(r"#frame/([0-9]{1,6})$")
"""What stands behind the name of a file that holds several images; counted from 1."""


def split_frame(path: str) -> tuple[str, int | None]:
    """Take the number of a frame off the path of its file; None where none is named.

    >>> split_frame("/data/cine.dcm#frame/3")
    ('/data/cine.dcm', 3)
    >>> split_frame("/data/a#frame.png")
    ('/data/a#frame.png', None)
    """
    found = FRAME.search(path)
    return (path[: found.start()], int(found[1])) if found else (path, None)


def choose_frame(count: int, number: int | None, kind: str, path: Path) -> int:
    """Give the place of the frame that was asked for, counted from 0.

    Args:
        count: how many the file holds.
        number: the one that was asked for, counted from 1; None where the path names none.
        kind: what the file calls them: frames, pages.
        path: of the file, for the advice.

    Raises:
        SeveralFramesError: several, and none was asked for.
        ValueError: the one that was asked for is not there, or more than ``frames`` of the bounds.

    >>> choose_frame(12, 3, "frames", Path("cine.dcm"))
    2
    """
    refuse_many_frames(count, kind)
    if number is not None and not 1 <= number <= count:
        raise ValueError(f"{count:,} {kind} in one file, and number {number} was asked for")
    if number is None and count > 1:
        raise SeveralFramesError(count, kind, path)
    return (number or 1) - 1


def refuse_many_frames(count: int, kind: str) -> None:
    """Refuse a file of more frames than ``frames`` of the bounds.

    Raises:
        BoundError: says how many.
    """
    # Here: who takes a path apart, as nearly everything does, needs no bound.
    from labelassemble.bounds import BoundError, read_bounds

    if count > (most := read_bounds().frames):
        raise BoundError(f"{count:,} {kind} in one file, more than {most:,}", "frames")


class SeveralFramesError(ValueError):
    """A file that holds several images, where one was wanted."""

    def __init__(self, count: int, kind: str, path: Path) -> None:
        super().__init__(f"{count:,} {kind} in one file")
        self.advice = (
            f"Name one of them in the image's name: {path.name}#frame/1 to "
            f"{path.name}#frame/{count}"
        )
