from pathlib import Path

import pytest

from labelassemble.bounds import BoundError
from labelassemble.files.frame_path import SeveralFramesError, choose_frame, split_frame


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("/a/b.dcm#frame/12", ("/a/b.dcm", 12)),
        ("b#frame/1", ("b", 1)),
        ("/a/b.dcm", ("/a/b.dcm", None)),
        ("/a/b#frame", ("/a/b#frame", None)),
        ("/a#frame/3/b.png", ("/a#frame/3/b.png", None)),
        ("/a/b.dcm#frame/-1", ("/a/b.dcm#frame/-1", None)),
        ("/a/b.npz#train_images/3", ("/a/b.npz#train_images/3", None)),
    ],
)
def test_taking_the_frame_off(path: str, split: tuple[str, int | None]) -> None:
    assert split_frame(path) == split


def test_choosing() -> None:
    path = Path("a.dcm")
    assert choose_frame(1, None, "frames", path) == 0
    assert choose_frame(5, 5, "frames", path) == 4
    with pytest.raises(SeveralFramesError, match="5 frames in one file") as caught:
        choose_frame(5, None, "frames", path)
    assert "a.dcm#frame/1 to a.dcm#frame/5" in caught.value.advice
    for wrong in (0, 6):
        with pytest.raises(ValueError, match=f"number {wrong} was asked for"):
            choose_frame(5, wrong, "pages", path)


def test_more_frames_than_the_bound_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELASSEMBLE_FRAMES", "5")
    for asked in (None, 3):
        with pytest.raises(BoundError, match="6 pages in one file, more than 5") as caught:
            choose_frame(6, asked, "pages", Path("a.tif"))
    assert "LABELASSEMBLE_FRAMES" in caught.value.advice
