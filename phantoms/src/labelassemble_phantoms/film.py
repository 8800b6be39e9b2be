"""The image plane: millimetres of the patient to pixels of the image, and drawing on it."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, Int, UInt8

FIELD_MM = 370.0
"""Side of the square field that the detector sees, in the plane of the patient's middle."""

_SUBPIXEL_BITS = 4


@dataclass(frozen=True)
class Film:
    """A square image whose pixels know their place in the patient.

    The origin is the midline at the height of the lungs' tips; x grows towards the image's right
    (the patient's left), y grows towards the feet.
    """

    size: int
    """Side in pixels."""
    pixel_mm: float
    """Side of one pixel in mm."""
    x: Float[np.ndarray, "1 size"]
    """mm of every column's centre."""
    y: Float[np.ndarray, "size 1"]
    """mm of every row's centre."""

    def to_pixels(self, points_mm: Float[np.ndarray, "*shape 2"]) -> Int[np.ndarray, "*shape 2"]:
        """Turn (x, y) in mm into OpenCV's fixed-point pixel coordinates."""
        scale = (1 << _SUBPIXEL_BITS) / self.pixel_mm
        corner = scale * np.array([self.x[0, 0], self.y[0, 0]], np.float64)
        return np.rint(points_mm * scale - corner).astype(np.int32)

    def blank(self) -> UInt8[np.ndarray, "size size"]:
        """Make an empty layer to draw on."""
        return np.zeros((self.size, self.size), np.uint8)

    def fill(
        self,
        layer: UInt8[np.ndarray, "size size"],
        outlines_mm: Float[np.ndarray, "outlines points 2"],
        value: int,
    ) -> None:
        """Fill closed outlines with smooth edges, in place; the outlines must not overlap."""
        outlines = list(self.to_pixels(outlines_mm))
        cv2.fillPoly(layer, outlines, value, cv2.LINE_AA, _SUBPIXEL_BITS)

    def stroke(
        self,
        layer: UInt8[np.ndarray, "size size"],
        lines_mm: Float[np.ndarray, "lines points 2"],
        value: int,
        width_mm: float,
    ) -> None:
        """Draw open lines with smooth edges, in place.

        A line thinner than a pixel is drawn one pixel wide and fainter by as much.
        """
        width = width_mm / self.pixel_mm
        shade = round(value * min(1.0, width))
        if len(lines_mm) == 0 or shade < 1:
            return
        lines = list(self.to_pixels(lines_mm))
        thickness = max(1, round(width))
        cv2.polylines(layer, lines, False, shade, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)


def lay_film(
    size: int,
    zoom: float = 1.0,
    shift_x_mm: float = 0.0,
    top_mm: float = -58.0,
) -> Film:
    """Place a film of ``size`` pixels behind the patient.

    ``zoom`` above 1 shows less of the patient; ``shift_x_mm`` moves the film to the image's
    right; ``top_mm`` is the upper edge against the lungs' tips (negative: above).

    >>> film = lay_film(128)
    >>> film.x.shape, film.y.shape, round(film.pixel_mm, 2)
    ((1, 128), (128, 1), 2.89)
    """
    pixel = FIELD_MM / zoom / size
    centres = (np.arange(size, dtype=np.float32) + 0.5) * np.float32(pixel)
    x = centres + np.float32(shift_x_mm - FIELD_MM / zoom / 2)
    y = centres + np.float32(top_mm)
    return Film(size, pixel, x[None, :], y[:, None])


def step(distance_mm: Float[np.ndarray, "*shape"], width_mm: float) -> Float[np.ndarray, "*shape"]:
    """Rise linearly from 0 to 1 over ``width_mm`` around 0: the smooth edge of a shape."""
    share = distance_mm * np.float32(1 / width_mm) + np.float32(0.5)
    return np.asarray(np.clip(share, 0.0, 1.0))
