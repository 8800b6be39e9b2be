"""What `dicom answer` says of a run with calibration and thresholds, in its folder or packed."""

import shutil
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pytest
from tests.hospital_tools import list_errors
from tests.pipeline.radiographs import make_radiograph

import labelassemble as la
from labelassemble.cli import main
from labelassemble.inference.operating_file import (
    ClassPoint,
    ShareInterval,
    read_operation,
    write_operation,
)
from labelassemble.pipeline.pack_run import pack_run


def calibrate(path: Path) -> None:
    """Give two of the classes what a longer training on more patients would give them."""
    before = read_operation(path)
    share = ShareInterval(score=0.8)
    every = dict(before.sources["all"])
    for name, threshold in (("mass", 0.01), ("nodule", 0.99)):
        point = ClassPoint(
            threshold=threshold,
            threshold_low=None,
            threshold_high=None,
            sensitivity=share,
            specificity=share,
        )
        every[name] = every[name].model_copy(
            update={"slope": 0.9, "intercept": -0.4, "points": {before.rule: point}, "note": ""}
        )
    changed = before.model_copy(update={"sources": {**before.sources, "all": every}})
    write_operation(changed, path)


def test_calls_and_thresholds_are_those_of_the_run(
    two_hospitals: tuple[Any, Path], draw_image: Any, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(two_hospitals[1], run)
    calibrate(run / "operating.json")
    radiograph = tmp_path / "one.dcm"
    make_radiograph(draw_image(1), 1).save_as(radiograph, enforce_file_format=True)
    pack_run(run, tmp_path / "model.laz")
    predictor = la.Predictor(run)
    each = predictor.predict([radiograph])
    calibrated = dict(zip(predictor.classes, predictor.calibrate(each)[0], strict=True))
    called = dict(zip(predictor.classes, predictor.call(each)[0], strict=True))
    words = {1.0: "Present", 0.0: "Absent"}
    for model in (run, tmp_path / "model.laz"):
        output = tmp_path / f"of {model.name}"
        asked = ["dicom", "answer", str(model), str(radiograph), "--maps", "0"]
        assert main([*asked, "--output", str(output)]) == 0
        [path] = output.rglob("*.dcm")
        assert list_errors(path) == []
        report = highdicom.sr.srread(path)
        assert report.ManufacturerModelName == model.name
        assert "RADLEX" in report.to_json()
        assert "SHA-256 of calibration" in report.to_json()
        for group in report.content.get_image_measurement_groups():
            name = group.tracking_identifier.split()[1]
            [evaluation] = group.get_qualitative_evaluations()
            assert evaluation.value.meaning == words.get(float(called[name]), "Undetermined")
            said = {one.name.meaning: float(one.value) for one in group.get_measurements()}
            if np.isnan(calibrated[name]):
                assert "Calibrated probability" not in said
            else:
                assert said["Calibrated probability"] == pytest.approx(calibrated[name], rel=2e-3)
            assert ("Threshold of the probability" in said) == (not np.isnan(called[name]))
        uncalled = bool(np.isnan(list(called.values())).any())
        assert ("is not called" in report.to_json()) == uncalled
    assert (called["mass"], called["nodule"]) == (1.0, 0.0)
