import io

import numpy as np
import pytest
import tifffile

from labelassemble.files.tiff_plane import isolate_plane


@pytest.mark.parametrize("options", [{}, {"bigtiff": True}, {"byteorder": ">"}, {"tile": (16, 16)}])
def test_one_plane_becomes_a_plain_file(options: dict[str, object]) -> None:
    values = np.random.default_rng(0).integers(0, 65536, (3, 40, 50), dtype=np.uint16)
    buffer = io.BytesIO()
    extra = [(274, "H", 1, 6, True)]
    tifffile.imwrite(
        buffer, values, photometric="rgb", planarconfig="separate", extratags=extra, **options
    )
    with tifffile.TiffFile(io.BytesIO(buffer.getvalue())) as file:
        page = file.pages[0]
        for plane in range(3):
            alone = isolate_plane(buffer.getvalue(), page, plane)
            with tifffile.TiffFile(io.BytesIO(alone)) as again:
                assert len(again.pages) == 1
                assert 274 not in again.pages[0].tags
                assert np.array_equal(again.pages[0].asarray(), values[plane])


def test_one_page_of_several_becomes_the_only_one() -> None:
    values = np.random.default_rng(0).integers(0, 65536, (3, 40, 50), dtype=np.uint16)
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, photometric="miniswhite", compression="zlib", predictor=True)
    with tifffile.TiffFile(io.BytesIO(buffer.getvalue())) as file:
        alone = isolate_plane(buffer.getvalue(), file.pages[2], None)
    with tifffile.TiffFile(io.BytesIO(alone)) as again:
        assert np.array_equal(again.pages[0].asarray(), values[2])
        assert again.pages[0].photometric == 1
