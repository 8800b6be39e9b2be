import io

import numpy as np
import pytest
from PIL import Image

from labelassemble.sources.peek_mask import peek_mask

DRAWN = np.zeros((64, 64), np.uint8)
DRAWN[10:30, 15:40] = 255


def save(path, image, **options):
    image.save(path, **options)
    return peek_mask(path)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA"])
def test_alpha_and_channels_are_no_values(tmp_path, mode):
    seen = save(tmp_path / "a.png", Image.fromarray(DRAWN).convert(mode))
    assert seen == (frozenset({"255"}), True, False)


def test_ringing_of_jpeg_is_soft(tmp_path):
    seen = save(tmp_path / "a.jpg", Image.fromarray(DRAWN), quality=70)
    assert seen.few
    assert seen.soft
    assert len(seen.values) == 1


def test_colours(tmp_path):
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:2], pixels[4:6] = (255, 0, 0), (0, 0, 255)
    seen = save(tmp_path / "a.png", Image.fromarray(pixels))
    assert seen.values == {"#ff0000", "#0000ff"}


def test_a_photograph_is_no_mask(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (32, 32), dtype=np.uint8)
    assert not save(tmp_path / "a.png", Image.fromarray(noise)).few


def test_what_cannot_be_opened(tmp_path):
    (tmp_path / "a.png").write_bytes(io.BytesIO(b"no image").read())
    assert peek_mask(tmp_path / "a.png") is None
