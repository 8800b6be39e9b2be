"""`explain`: one page a call, from a run folder, a packed model, or one whose images are gone."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import labelassemble as la
from labelassemble.cli import main
from labelassemble.errors import ImageError, RunError, SettingsError
from labelassemble.pipeline.explain_images import explain_images
from labelassemble.pipeline.pack_run import pack_run


@pytest.fixture(scope="module")
def run(finished: Any) -> Path:
    return finished.recipe.output / "runs" / "masked-seed0"


@pytest.fixture(scope="module")
def test_images(hospitals: Path) -> list[Path]:
    return sorted((hospitals.parent / "reference" / "images").glob("*.png"))[:2]


def explain(model: Path, images: list[Path], output: Path, **more: Any) -> str:
    explain_images(model, images, output, **more)
    return output.read_text(encoding="utf-8")


def test_a_page_shows_what_predict_says_and_the_nearest_training_images(
    finished: Any, run: Path, test_images: list[Path], tmp_path: Path
) -> None:
    page = explain(run, test_images, tmp_path / "page.html", neighbours=4)
    predictor = la.Predictor(run)
    for probability in predictor.predict(test_images):
        for value in probability:
            assert f"{value:.3f}".removeprefix("0") in page
    # The image, a map a class, four neighbours.
    assert page.count("data:image/") == 2 * (1 + len(predictor.classes) + 4)
    assert page.count("distance 0.") + page.count("distance 1.") == 8
    assert re.search(r"Searched: \d+ training images\.", page)
    assert "has trained on this image" not in page
    assert "https://" not in page
    north = sorted((test_images[0].parents[2] / "north" / "images").glob("*.png"))
    page = explain(run, north, tmp_path / "own.html", neighbours=1)
    # Most of north's images are training images, and each finds itself.
    assert page.count("has trained on this image") > 0.4 * len(north)


def test_a_packed_model_and_a_run_whose_images_are_gone_say_so(
    finished: Any, run: Path, test_images: list[Path], tmp_path: Path
) -> None:
    pack_run(run, tmp_path / "model.laz")
    page = explain(tmp_path / "model.laz", test_images, tmp_path / "packed.html")
    assert "A packed model holds none of its training images" in page
    assert "distance 0." not in page
    shutil.copytree(run, tmp_path / "away" / "runs" / "copy")
    settings = tmp_path / "away" / "runs" / "copy" / "settings.json"
    settings.with_name("sums.json").unlink()
    output = str(finished.recipe.output)
    settings.write_text(settings.read_text().replace(output, str(tmp_path / "gone")))
    page = explain(tmp_path / "away" / "runs" / "copy", test_images, tmp_path / "alone.html")
    assert "labels alone are shown" in page
    assert page.count("image not at hand") == 12
    assert "absent: " in page
    (tmp_path / "away" / "runs" / "copy" / "neighbours.safetensors").unlink()
    page = explain(tmp_path / "away" / "runs" / "copy", test_images, tmp_path / "old.html")
    assert "trained before runs kept one" in page


def test_what_cannot_be_read_stands_on_the_page_and_what_cannot_be_done_is_refused(
    run: Path, test_images: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.png").touch()
    words = ["explain", str(run), str(tmp_path / "empty.png"), str(test_images[0]), "--output"]
    assert main([*words, str(tmp_path / "page.html")]) == 3
    assert f"Page: {tmp_path / 'page.html'}" in capsys.readouterr().out
    page = (tmp_path / "page.html").read_text()
    assert "It cannot be read: " in page
    assert "an empty file" in page
    for images, more, kind, told in (
        (test_images, {"output": tmp_path / "page.html"}, SettingsError, "no file yet"),
        ([tmp_path / "empty.png"], {}, ImageError, "an empty file"),
        (test_images * 60, {}, SettingsError, "at most 100 images"),
        (test_images, {"source": "nowhere"}, SettingsError, "calibrated on"),
        ([], {}, SettingsError, "at least one image"),
    ):
        with pytest.raises(kind, match=told):
            explain_images(run, images, **{"output": tmp_path / "new.html", **more})
    with pytest.raises(RunError, match="no such folder"):
        explain_images(tmp_path / "nothing", test_images, tmp_path / "new.html")
    assert not (tmp_path / "new.html").exists()
