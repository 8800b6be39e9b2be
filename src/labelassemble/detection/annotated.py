"""One image and what was drawn on it, whoever asks: a volume's or an image's."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Shaped, UInt8

from labelassemble.sources.assessments import UNCERTAIN, UNKNOWN
from labelassemble.volumes.places import Coordinates

OUTSIDE = UNCERTAIN
"""State of what lies outside an image; nobody draws uncertain voxels."""

MAX_BACKGROUND = 2_000
"""Places of an image's body that are kept: one of them is drawn at a time."""

State = UInt8[np.ndarray, "classes *space"]
"""0 unknown, 1 negative, 3 positive (``sources.assessments``), as drawn; ``OUTSIDE`` in patches."""


@runtime_checkable
class Annotated(Protocol):
    """An image and what its sources drew on it, for all classes of the table.

    Attributes:
        shape: of the image.
        content: hash of the image and of what is drawn on it.
        spacing: distance of neighbours along each axis: mm in 3-D; in 2-D pixels of the image file.
        affine: from places of the array to the patient (mm, RAS+); in 2-D to x (right) and y
            (down) of the image file, in pixels from its edge.
    """

    @property
    def shape(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def content(self) -> str: ...  # noqa: D102
    @property
    def spacing(self) -> Float[np.ndarray, " axes"]: ...  # noqa: D102
    @property
    def affine(self) -> Float[np.ndarray, "axes_and_1 axes_and_1"]: ...  # noqa: D102

    def image(self) -> Shaped[np.ndarray, "*space"]:
        """Grey values in [0, 1]; a volume's stay on disk."""

    def cut(
        self, centre: Sequence[int], size: Sequence[int]
    ) -> tuple[Float[np.ndarray, "*space"], State]:
        """Cut a patch out: grey values in [0, 1], 0 outside, and what is drawn there."""

    def state(self) -> State:
        """Give what is drawn, of the whole image."""

    def state_at(self, points: Coordinates) -> UInt8[np.ndarray, "classes points"]:
        """Give what is drawn at some places."""

    def lesions(self, of_class: int) -> Coordinates:
        """Places of a class's lesions, many of them, evenly thinned out."""

    def body(self) -> Coordinates:
        """Some places where background patches may be centred, evenly spread."""


def join_states(states: Sequence[State]) -> State:
    """Let the first source that knows speak at each place.

    >>> first = np.array([[0, 1, 3]], dtype=np.uint8)
    >>> join_states([first, np.array([[3, 3, 1]], dtype=np.uint8)]).tolist()
    [[3, 1, 3]]
    """
    joined = states[0]
    for other in states[1:]:
        joined = np.where(joined == UNKNOWN, other, joined)
    return joined
