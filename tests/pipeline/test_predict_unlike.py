"""`predict` says which images are unlike those that a run has learned from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import polars as pl
import pytest
from tests.pacs_tree import make_object

from labelassemble.errors import RunError
from labelassemble.inference.predictor import Predictor
from labelassemble.pipeline.predict_images import predict_images
from labelassemble.pipeline.predict_options import PredictOptions

CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
EDITS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "inverted": lambda image: 255 - image,
    "turned": lambda image: np.rot90(image).copy(),
    "noise": lambda image: np.random.default_rng(0).integers(0, 256, image.shape, np.uint8),
    "boxed": lambda image: np.pad(cv2.resize(image, None, fx=0.5, fy=0.5), 16, constant_values=255),
}


@pytest.fixture(scope="module")
def run(finished: Any) -> Path:
    return finished.recipe.output / "runs" / "masked-seed0"


def predict(run: Path, images: Path, output: Path) -> pl.DataFrame:
    predict_images(run, [images], str, str, PredictOptions(output=output))
    return pl.read_csv(output)


def test_unlike_images_are_told_and_those_of_the_test_split_are_not(
    finished: Any, run: Path, tmp_path: Path
) -> None:
    records = pl.read_parquet(finished.recipe.output / "assembled" / "records.parquet")
    test = records.filter(pl.col("split") == "test")["path"].to_list()
    told = Predictor(run).find_unlike(test)
    assert set(told) <= {"yes", "no"}
    assert told.count("yes") <= 0.2 * len(told)
    for name, edit in EDITS.items():
        for number, path in enumerate(test[:10]):
            image = edit(cv2.imread(path, cv2.IMREAD_GRAYSCALE))
            cv2.imwrite(str(tmp_path / f"{name}{number}.png"), image)
    rows = predict(run, tmp_path, tmp_path / "out.csv")
    assert rows.columns[-1] == "unlike"
    name = pl.col("file").str.extract(r"([a-z]+)\d\.png")
    caught = rows.group_by(name=name).agg((pl.col("unlike") == "yes").mean())
    assert caught.height == len(EDITS)
    assert caught["unlike"].min() >= 0.9, caught


def test_dicom_headers_are_asked_before_the_pixels(run: Path, tmp_path: Path) -> None:
    for name, elements in {
        "chest": {},
        "head": {"modality": "CT", "BodyPartExamined": "HEAD"},
        "hand": {"BodyPartExamined": "HAND"},
        "page": {"SOPClassUID": CAPTURE, "Modality": "OT"},
        "seg": {"modality": "SEG"},
    }.items():
        made = make_object(**elements)
        made.save_as(tmp_path / f"{name}.dcm", enforce_file_format=True)
    rows = {
        Path(row["file"]).stem: row for row in predict(run, tmp_path, tmp_path / "o.csv").to_dicts()
    }
    assert rows["head"]["unlike"] == "yes: Modality CT"
    assert rows["hand"]["unlike"] == "yes: BodyPartExamined HAND"
    assert rows["chest"]["unlike"] == "yes", "noise"
    for name in ("page", "seg"):
        assert rows[name]["unlike"] is None
        assert rows[name]["atelectasis"] is None
    assert "a DICOM Secondary Capture" in rows["page"]["error"]
    assert "Modality OT" in rows["page"]["error"]


def test_a_changed_byte_is_refused_and_a_run_without_the_file_tells_nothing(
    run: Path, tmp_path: Path
) -> None:
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    best = Path("checkpoints") / "best.ckpt"
    (tmp_path / "run" / best).write_bytes((run / best).read_bytes())
    image = np.random.default_rng(0).integers(0, 256, (40, 40), np.uint8)
    assert Predictor(tmp_path / "run").find_unlike([image]) == [""]
    cv2.imwrite(str(tmp_path / "noise.png"), image)
    said = list[str]()
    predict_images(tmp_path / "run", [tmp_path / "noise.png"], str, said.append)
    assert any("does not tell images that look unlike" in one for one in said)
    data = bytearray((run / "unlike.safetensors").read_bytes())
    data[-1] ^= 1
    (tmp_path / "run" / "unlike.safetensors").write_bytes(data)
    with pytest.raises(RunError, match="bytes that were changed since"):
        Predictor(tmp_path / "run")
