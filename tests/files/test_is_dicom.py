import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labelassemble.files.is_dicom import is_dicom, starts_as_dicom


@pytest.mark.parametrize("preamble", [True, False])
def test_dicom_of_any_name(
    tmp_path: Path,
    draw_image: Callable[..., np.ndarray],
    dicom: Callable[..., bytes],
    preamble: bool,
) -> None:
    for name in ("a.dcm", "IM0001", "1.2.840.1", "a.png"):
        (tmp_path / name).write_bytes(dicom(draw_image(), preamble=preamble))
        assert is_dicom(tmp_path / name)


def test_other_files_are_none(tmp_path: Path, draw_image: Callable[..., np.ndarray]) -> None:
    for kind in ("PNG", "JPEG", "BMP", "TIFF", "GIF", "WEBP", "PPM"):
        buffer = io.BytesIO()
        Image.fromarray(draw_image()).save(buffer, kind)
        assert not starts_as_dicom(buffer.getvalue())
    for text in (
        b"",
        b"\0",
        b"\0" * 400,
        b"image,patient\n",
        b"PK\x03\x04",
        b"\x08\0",
        b"SIMPLE  =",
    ):
        assert not starts_as_dicom(text)
    assert not is_dicom(tmp_path)
    assert not is_dicom(tmp_path / "none")


def test_noise_is_none() -> None:
    generator = np.random.default_rng(0)
    noise = generator.integers(0, 256, (20_000, 140), dtype=np.uint8)
    assert not any(starts_as_dicom(one.tobytes()) for one in noise)
