import base64
import io

import numpy as np
import pytest
from PIL import Image

from labelassemble.report.embed_image import embed_image


def decode(uri):
    kind, _, content = uri.partition(";base64,")
    return kind, base64.b64decode(content)


@pytest.mark.parametrize(
    ("shape", "side", "size"),
    [
        ((40, 20), 10, (5, 10)),
        ((8, 8), 100, (8, 8)),
        ((1, 500), 50, (50, 1)),
        ((6, 9, 3), 9, (9, 6)),
    ],
)
def test_an_image_shrinks_to_its_side_and_never_grows(shape, side, size):
    record = np.full(shape, 77, dtype=np.uint8)
    one = embed_image(record, "x-ray", side)
    kind, content = decode(one.uri)
    assert kind == "data:image/png"
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (one.width, one.height) == size
        assert np.unique(np.asarray(image)).tolist() == [77]
