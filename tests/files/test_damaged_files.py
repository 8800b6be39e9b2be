"""Whatever happens to a file's bytes: an image comes, or one error that names the file."""

import io
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from labelassemble.errors import ImageError, MachineError
from labelassemble.files import read_image as module
from labelassemble.files.read_image import decode_image, read_image
from labelassemble.files.read_size import read_size

Draw = Callable[..., np.ndarray]
Files = dict[str, bytes]


@pytest.fixture
def files(draw_image: Draw, dicom: Callable[..., bytes]) -> Files:
    """A small file of every kind."""
    grain = np.random.default_rng(0).integers(0, 30, (40, 56))
    grey = (draw_image(0, 40, 56) * 0.85 + grain).astype(np.uint8)
    deep = grey.astype(np.uint16) * 200

    def by_pillow(kind: str, mode: str = "L", **options: object) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(grey).convert(mode).save(buffer, kind, **options)
        return buffer.getvalue()

    def tiff(values: np.ndarray, **options: object) -> bytes:
        buffer = io.BytesIO()
        tifffile.imwrite(buffer, values, photometric="minisblack", **options)
        return buffer.getvalue()

    deep_png = io.BytesIO()
    Image.fromarray(deep).save(deep_png, "PNG")
    return {
        "png": by_pillow("PNG"),
        "palette png": by_pillow("PNG", "P"),
        "alpha png": by_pillow("PNG", "LA"),
        "deep png": deep_png.getvalue(),
        "jpeg": by_pillow("JPEG"),
        "progressive jpeg": by_pillow("JPEG", "RGB", progressive=True),
        "cmyk jpeg": by_pillow("JPEG", "CMYK"),
        "tiff": tiff(grey),
        "deep tiff": tiff(deep),
        "packed tiff": tiff(deep, compression="zlib"),
        "lzw tiff": by_pillow("TIFF", compression="tiff_lzw"),
        "float tiff": tiff(deep.astype(np.float32)),
        "webp": by_pillow("WEBP", "RGB"),
        "lossless webp": by_pillow("WEBP", "RGB", lossless=True),
        "bmp": by_pillow("BMP"),
        "jp2": by_pillow("JPEG2000"),
        "dicom": dicom(deep, BitsStored=16, WindowCenter=20_000, WindowWidth=30_000),
        "bare dicom": dicom(grey, preamble=False, RescaleSlope=2, RescaleIntercept=-5),
    }


def test_every_cut_is_refused(files: Files) -> None:
    for kind, data in files.items():
        decode_image(data, Path(kind))
        for tenth in range(1, 10):
            with pytest.raises(ImageError):
                decode_image(data[: len(data) * tenth // 10], Path(kind))


def attempt(read: Callable[[Path], object], path: Path) -> object:
    """What comes of it: an image, a size, or the one error that may come."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return read(path)
        except ImageError as error:
            return error


def test_changed_bytes_give_a_image_or_an_error(files: Files, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    path, images = tmp_path / "a", 0
    for data in [one for one in files.values() for _ in range(60)]:
        damaged = np.frombuffer(data, np.uint8).copy()
        # Headers are where most can go wrong.
        most = len(damaged) if generator.random() < 0.5 else min(400, len(damaged))
        places = generator.integers(0, most, generator.integers(1, 4))
        damaged[places] = generator.integers(0, 256, len(places))
        path.write_bytes(damaged.tobytes())
        came = attempt(read_image, path)
        for one in (came, attempt(read_size, path)):
            assert not isinstance(one, ImageError) or str(path) in one.expected
        if isinstance(came, np.ndarray):
            images += 1
            assert came.dtype == np.float32
            assert 0.0 <= came.min() < came.max() <= 1.0
    assert images > 100


def test_too_little_memory_is_no_damaged_file(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_out(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(module, "decode_jpeg", run_out)
    with pytest.raises(MachineError, match=r"enough memory to decode a\.jpg") as caught:
        decode_image(files["jpeg"], Path("a.jpg"))
    assert not isinstance(caught.value, ImageError)
