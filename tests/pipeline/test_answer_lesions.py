"""Lesions as DICOM objects: in an image as outlines, in a series as segments where they lie."""

from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pytest
from tests.hospital_tools import list_errors
from tests.pipeline.conftest import write_tiny_run
from tests.pipeline.radiographs import make_radiograph
from tests.sources.dicom_annotations.conftest import OBLIQUE, Study

from labelassemble.cli import main
from labelassemble.detection.predict_files import predict_each
from labelassemble.inference.predictor import Predictor
from labelassemble.settings import DetectionSettings, ImageSettings, ModelSettings

CANDIDATES = {"rule": "dynamic_threshold", "threshold": 0.01, "peak_fraction": 0.98, "most": 3}
"""Of a network that learned nothing: what stands out least."""


def write_run(folder: Path, dimensions: int, **changes: Any) -> Path:
    settings = DetectionSettings.model_validate(
        {
            "task": "detection",
            "dimensions": dimensions,
            "width": 4,
            "levels": 2,
            "patches": {"size": (16,) * dimensions},
            "augment": {
                "flip": (0.0,) * dimensions,
                "rotation_degrees": (5.0,) * (2 * dimensions - 3),
            },
            "candidates": CANDIDATES,
            **changes,
        }
    )
    return write_tiny_run(
        folder,
        classes=("pdac", "pancreatic_cyst"),
        vocabulary="abdominal_ct",
        implied={},
        detection=settings,
        model=ModelSettings(query_features=8, adapter_hidden=16),
        images=ImageSettings(size=32, fit="stretch"),
    )


def answer(run: Path, study: Path, output: Path, *more: str) -> int:
    return main(["dicom", "answer", str(run), str(study), "--output", str(output), *more])


def test_lesions_of_an_image_are_outlined_where_predict_finds_them(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", 2)
    made = make_radiograph(np.random.default_rng(1).integers(0, 255, (60, 44)), 1)
    made.save_as(tmp_path / "one.dcm", enforce_file_format=True)
    assert answer(run, tmp_path / "one.dcm", tmp_path / "out", "--lesions", "4") == 0
    paths = {path.name.split(".")[0]: path for path in (tmp_path / "out").rglob("*.dcm")}
    assert set(paths) == {"SR", "SEG"}
    assert [list_errors(path) for path in paths.values()] == [[], []]
    [found] = predict_each(Predictor(run), [tmp_path / "one.dcm"])
    best = found.sort("score", descending=True, maintain_order=True).head(4)
    report = highdicom.sr.srread(paths["SR"])
    regions = report.content.get_planar_roi_measurement_groups()
    assert len(regions) == 4 < found.height
    for group, row in zip(regions, best.iter_rows(named=True), strict=True):
        points = group.roi.value
        assert (points[0] == points[-1]).all()
        for axis, name in enumerate("xy"):
            low, high = points[:, axis].min(), points[:, axis].max()
            # The line leads through centres of pixels, and the square is coarser than the file.
            assert low == pytest.approx(max(row[f"{name}_min_px"], 0), abs=1.6)
            assert high <= row[f"{name}_max_px"] + 1.6
        assert float(group.get_measurements()[0].value) == pytest.approx(row["score"], rel=2e-3)
    assert report.CurrentRequestedProcedureEvidenceSequence[0].StudyInstanceUID == (
        made.StudyInstanceUID
    )
    assert f"{found.height - 4} less probable lesions" in report.to_json()
    drawn = highdicom.seg.segread(paths["SEG"])
    masks = drawn.get_pixels_by_source_instance([made.SOPInstanceUID])[0]
    assert masks.shape == (60, 44, 4)
    assert masks.any(axis=(0, 1)).all()


@pytest.mark.parametrize("orientation", [(1, 0, 0, 0, 1, 0), OBLIQUE], ids=["straight", "oblique"])
def test_lesions_of_a_series_are_segmented_where_predict_finds_them(
    orientation: tuple[float, ...], tmp_path: Path
) -> None:
    study = Study(tmp_path / "study", orientation=orientation)
    other = Study(tmp_path / "study", "P2", flat=True)
    volumes = {"spacing_mm": (1.5, 1.5, 1.5)}
    run = write_run(tmp_path / "run", 3, volumes=volumes)
    assert answer(run, tmp_path / "study", tmp_path / "out") == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {study.study, other.study}
    folder = tmp_path / "out" / study.study
    paths = {path.name.split(".")[0]: path for path in folder.iterdir()}
    assert list_errors(paths["SR"]) == []
    [found] = predict_each(Predictor(run), [study.folder])
    assert found.height > 0
    best = found.sort("score", descending=True, maintain_order=True)
    drawn = highdicom.seg.segread(paths["SEG"])
    assert drawn.FrameOfReferenceUID == study.frame
    for number, row in enumerate(best.iter_rows(named=True), start=1):
        centres, volume = [], 0.0
        for group, pixels in zip(
            drawn.PerFrameFunctionalGroupsSequence, drawn.pixel_array, strict=True
        ):
            if group.SegmentIdentificationSequence[0].ReferencedSegmentNumber != number:
                continue
            place = np.array(group.PlanePositionSequence[0].ImagePositionPatient, dtype=float)
            along = study.orientation
            for down, across in np.argwhere(pixels):
                step = along[:3] * across * study.spacing[1] + along[3:] * down * study.spacing[0]
                centres.append(place + step)
            volume += pixels.sum() * study.spacing[0] * study.spacing[1] * study.gap
        middle = np.mean(centres, axis=0) * [-1, -1, 1]
        told = [row[f"{axis}_mm"] for axis in "xyz"]
        # A voxel of the network and a slice are this large.
        assert np.linalg.norm(middle - told) < 2.5, number
        assert volume == pytest.approx(row["size_mm3"], rel=1.0, abs=15.0)
    report = highdicom.sr.srread(paths["SR"])
    groups = report.content.get_volumetric_roi_measurement_groups()
    assert len(groups) == best.height
    sizes = [float(group.get_measurements()[1].value) for group in groups]
    assert sizes == pytest.approx(best["size_mm3"].to_list(), abs=1e-3)
    evidence = report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    referred = [len(one.ReferencedSOPSequence) for one in evidence]
    assert sorted(referred) == [1, len(study.slices)]


def test_no_lesion_is_said_and_a_broken_series_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = Study(tmp_path / "study")
    run = write_run(tmp_path / "run", 3, candidates={"threshold": 1.0})
    assert answer(run, tmp_path / "study", tmp_path / "out") == 0
    [path] = (tmp_path / "out").rglob("*.dcm")
    report = highdicom.sr.srread(path)
    counts = [
        int(group.get_measurements()[0].value)
        for group in report.content.get_image_measurement_groups()
    ]
    assert counts == [0, 0]
    (study.folder / "ct02.dcm").unlink()
    assert answer(run, tmp_path / "study", tmp_path / "new") == 2
    assert "about 1 missing" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_series_in_several_folders_is_one_series(tmp_path: Path) -> None:
    study = Study(tmp_path / "study")
    run = write_run(tmp_path / "run", 3)
    assert answer(run, tmp_path / "study", tmp_path / "out") == 0
    (tmp_path / "study" / "more").mkdir()
    for number in (0, 4):
        path = study.folder / f"ct{number:02}.dcm"
        path.rename(tmp_path / "study" / "more" / path.name)
    assert answer(run, tmp_path / "study", tmp_path / "new") == 0
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).rglob("*.dcm")}
        for name in ("out", "new")
    )
    assert first == second
    assert len(first) == 2
