from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from labelassemble.errors import ImageError
from labelassemble.files.image_size import ImageSize, refuse_size
from labelassemble.files.read_image import read_image
from labelassemble.files.read_size import read_size

Draw = Callable[..., np.ndarray]


@pytest.mark.parametrize(
    "ending", ["png", "jpg", "jfif", "bmp", "tif", "gif", "webp", "pgm", "jp2"]
)
def test_the_size_is_that_of_the_image(tmp_path: Path, draw_image: Draw, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    kind = {"jfif": "JPEG", "pgm": "PPM"}.get(ending)
    Image.fromarray(draw_image(0, 40, 56)).save(path, kind)
    assert read_size(path) == (56, 40)
    assert read_image(path).shape == (40, 56)


def test_the_size_inside_an_array_and_of_deep_files(tmp_path: Path, draw_image: Draw) -> None:
    np.savez(tmp_path / "a.npz", train_images=np.zeros((2, 40, 56, 3), np.uint8))
    assert read_size(Path(f"{tmp_path}/a.npz#train_images/1")) == (56, 40)
    cv2.imwrite(str(tmp_path / "deep.png"), draw_image(0, 40, 56).astype(np.uint16))
    assert read_size(tmp_path / "deep.png") == (56, 40)


def test_pixels_are_not_read(tmp_path: Path, draw_image: Draw, dicom: Callable[..., bytes]) -> None:
    grey = draw_image(0, 200, 280)
    for name in ("a.png", "a.jpg"):
        Image.fromarray(grey).save(tmp_path / name)
    (tmp_path / "a.dcm").write_bytes(dicom(grey))
    for path in sorted(tmp_path.iterdir()):
        path.write_bytes(path.read_bytes()[:3_000])
        assert read_size(path) == (280, 200)
        with pytest.raises(ImageError):
            read_image(path)


def test_what_has_no_size(tmp_path: Path) -> None:
    files = {
        "empty.png": b"",
        "text.png": b"<html>404 not found</html>",
        "signature.png": b"\x89PNG\r\n\x1a\n",
        "start.tif": b"II*\0",
        "start.jpg": b"\xff\xd8\xff\xe0",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ImageError) as caught:
            read_size(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)
        assert "\n" not in caught.value.got
    with pytest.raises(ImageError, match="No such file"):
        read_size(tmp_path / "none.png")
    with pytest.raises(ImageError, match="Is a directory"):
        read_size(tmp_path)


def test_sizes_that_no_image_has() -> None:
    refuse_size(ImageSize(20_000, 15_000))
    for size, words in (((0, 5), "0 x 5"), ((20_001, 15_000), "more than 300,000,000")):
        with pytest.raises(ValueError, match=words):
            refuse_size(ImageSize(*size))
