import bz2
import gzip
import io
import lzma

import pytest

from labelassemble.files.packed_stream import START_BYTES, unpack_stream


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_what_was_packed_comes_out(pack) -> None:
    data = pack(b"an image" * 100)
    stream = unpack_stream(data[:START_BYTES], io.BytesIO(data))
    assert stream is not None
    assert stream.read() == b"an image" * 100


def test_what_is_not_packed_is_nothing() -> None:
    assert unpack_stream(b"PK\x03\x04", io.BytesIO(b"PK\x03\x04")) is None
