from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest

from labelassemble.images.fingerprint import (
    count_differing_bits,
    fingerprint_image,
)
from labelassemble.images.grey_range import stretch_range
from labelassemble.images.read_image import read_image

Draw = Callable[..., np.ndarray]


def other_clothes(image: np.ndarray) -> dict[str, np.ndarray]:
    """The same picture, stored otherwise."""
    grey = np.rint(image * 255).astype(np.uint8)
    jpeg = cv2.imdecode(cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 50])[1], 0)
    small = cv2.resize(image, (160, 160), interpolation=cv2.INTER_AREA)
    deep = np.rint(image.astype(np.float64) * 4000 + 90).astype(np.uint16)
    return {
        "jpeg": jpeg.astype(np.float32) / 255,
        "small": small,
        "large": cv2.resize(image, (1500, 1500), interpolation=cv2.INTER_LINEAR),
        "16 bit": stretch_range(deep),
        "brighter": np.clip(image * 0.9 + 0.05, 0, 1).astype(np.float32),
    }


def test_the_same_picture_in_other_clothes_and_other_pictures(real_data: Path) -> None:
    images = [read_image(path) for path in sorted((real_data / "originals").glob("*.png"))]
    prints = [fingerprint_image(image) for image in images]
    for image, own in zip(images[:4], prints, strict=False):
        for name, other in other_clothes(image).items():
            assert count_differing_bits(own, fingerprint_image(other)) <= 4, name
    assert min(count_differing_bits(*pair) for pair in combinations(prints, 2)) >= 10


def test_a_resized_jpeg_of_a_source_is_its_original(real_data: Path) -> None:
    """The reduced copies of published pictures are nearer to them than to any other."""
    pairs = [
        (path, real_data / "nih" / "images" / f"{path.stem}.jpg")
        for path in sorted((real_data / "originals").glob("*.png"))
    ]
    pairs = [pair for pair in pairs if pair[1].exists()]
    if not pairs:
        pytest.skip("no published picture is among the reduced ones")
    for original, reduced in pairs:
        left, right = (
            fingerprint_image(read_image(original)),
            fingerprint_image(read_image(reduced)),
        )
        assert count_differing_bits(left, right) <= 4


def test_a_fingerprint_fills_64_bits(draw_picture: Draw) -> None:
    prints = [fingerprint_image(draw_picture(seed).astype(np.float32) / 255) for seed in range(40)]
    assert all(0 <= one < 2**64 for one in prints)
    assert len(set(prints)) == 40
    assert max(prints) >= 2**63
    distances = [count_differing_bits(*pair) for pair in combinations(prints, 2)]
    assert 28 < np.mean(distances) < 36


def test_pictures_of_any_shape(draw_picture: Draw) -> None:
    for shape in ((1, 5), (5, 1), (20, 2000), (33, 31)):
        assert 0 <= fingerprint_image(draw_picture(0, *shape).astype(np.float32) / 255) < 2**64
