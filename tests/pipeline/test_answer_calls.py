"""What `dicom answer` says of a run with calibration and thresholds, in its folder or packed."""

from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pytest
from tests.hospital_tools import list_errors
from tests.pipeline.radiographs import make_radiograph

import labelassemble as la
from labelassemble.cli import main
from labelassemble.pipeline.pack_run import pack_run


def test_calls_and_thresholds_are_those_of_the_run(
    two_hospitals: tuple[Any, Path], draw_image: Any, tmp_path: Path
) -> None:
    run = two_hospitals[1]
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
    assert set(map(float, called.values())) & {0.0, 1.0}
