"""Codecs are tried, not asked for by name."""

import numpy as np
import pytest
from pydicom.pixels.decoders import JPEGLosslessSV1Decoder

from labelassemble.pipeline import try_codecs as tried
from labelassemble.pipeline.try_codecs import CodecTrial, draw, list_trials, try_codecs


def test_every_kind_of_file_is_decoded_to_what_went_in() -> None:
    pytest.importorskip("gdcm")
    found = try_codecs()
    assert [one for one in found if one.state != "ok"] == []
    assert len(found) == len({one.name for one in found}) >= 16


def test_a_missing_decoder_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(JPEGLosslessSV1Decoder, "_available", {})
    monkeypatch.setattr(JPEGLosslessSV1Decoder, "_unavailable", {"gdcm": ("gdcm>=3.0.10",)})
    (lossless,) = [one for one in try_codecs() if one.name == "DICOM, lossless JPEG"]
    assert lossless.state == "note", "readers of other sources work without it"
    assert "pip install 'labelassemble[dicom]'" in lossless.text


@pytest.mark.parametrize("needed", [True, False])
def test_a_decoder_that_decodes_to_something_else_is_found(
    needed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(data: bytes) -> np.ndarray:
        raise OSError("no such library\nat all")

    trials = [
        CodecTrial("turned", needed, bytes, lambda data: draw()[::-1].astype(np.float32)),
        CodecTrial("smaller", needed, bytes, lambda data: draw()[1:].astype(np.float32)),
        CodecTrial("failing", needed, bytes, fail),
        CodecTrial("slightly off", needed, bytes, lambda data: draw() + np.float32(3), 4.0),
    ]
    monkeypatch.setattr(tried, "list_trials", lambda: iter(trials))
    *wrong, right = try_codecs()
    assert {one.state for one in wrong} == {"broken" if needed else "note"}
    assert "wrong by" in wrong[0].text
    assert wrong[2].text == "no such library"
    assert right.state == "ok"


def test_lossy_files_are_not_what_went_in() -> None:
    """Else the tolerance would hide a reader that gives back what it was given."""
    (jpeg,) = [one for one in list_trials() if one.name == "JPEG"]
    assert 0 < np.abs(jpeg.read(jpeg.write()) - draw()).max() <= jpeg.max_error
