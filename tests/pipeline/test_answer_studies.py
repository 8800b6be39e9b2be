"""`dicom answer`: objects that a validator and other readers take, the same each time."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pydicom
import pytest
from tests.hospital_tools import list_errors
from tests.pipeline.conftest import write_tiny_run
from tests.pipeline.radiographs import make_radiograph, write_radiographs

import labelassemble as la
from labelassemble.cli import main
from labelassemble.files.measurement_report import read_report
from labelassemble.inference.explain_image import explain_image
from labelassemble.inference.operating_file import hash_weights
from labelassemble.volumes.square_to_file import square_to_file

INVALID = pytest.mark.filterwarnings("ignore:Invalid value for VR:UserWarning")
"""pydicom's remark on values that are written wrong on purpose."""

Objects = dict[str, list[pydicom.Dataset]]


@pytest.fixture(scope="module")
def run(tiny_run: Path) -> Path:
    return tiny_run


@pytest.fixture(scope="module")
def radiographs(
    draw_image: Callable[..., np.ndarray], tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    images = [draw_image(number, 64, 48) for number in range(3)]
    return write_radiographs(images, tmp_path_factory.mktemp("study"))


def answer(run: Path, studies: list[Path], output: Path, *more: str) -> int:
    return main(["dicom", "answer", str(run), *map(str, studies), "--output", str(output), *more])


def read_answers(output: Path) -> Objects:
    found: Objects = {"SR": [], "SEG": [], "OT": []}
    for path in sorted(output.rglob("*.dcm")):
        found[path.name.split(".")[0]].append(pydicom.dcmread(path))
    return found


def read_bytes(output: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in output.rglob("*.dcm")}


@pytest.fixture(scope="module")
def answers(run: Path, radiographs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("answers") / "out"
    assert answer(run, [radiographs[0].parent], output, "--maps", "2") == 0
    return output


def test_a_validator_finds_nothing_wrong(answers: Path) -> None:
    paths = sorted(answers.rglob("*.dcm"))
    assert len(paths) == 3 * (1 + 1 + 2)
    assert {path.name: told for path in paths if (told := list_errors(path))} == {}


def test_a_report_says_what_predict_says(answers: Path, run: Path, radiographs: list[Path]) -> None:
    predictor = la.Predictor(run)
    paths = {path.parent.name: path for path in answers.rglob("SR.*")}
    for image, row in zip(radiographs, predictor.predict(radiographs), strict=True):
        source = pydicom.dcmread(image)
        report = highdicom.sr.srread(paths[source.StudyInstanceUID])
        # The name was written in Latin-1, and is in UTF-8 now.
        assert (report.PatientID, report.PatientName) == (source.PatientID, source.PatientName)
        assert "ü" in str(report.PatientName)
        assert report.SpecificCharacterSet == "ISO_IR 192"
        assert report.VerificationFlag == "UNVERIFIED"
        groups = report.content.get_image_measurement_groups()
        said = {
            group.tracking_identifier.split()[1]: float(group.get_measurements()[0].value)
            for group in groups
        }
        assert said == pytest.approx(dict(zip(predictor.classes, row, strict=True)), rel=2e-3)
        assert len(said) == 3
        assert groups[0].source_images[0].referenced_sop_instance_uid == source.SOPInstanceUID
        schemes = {group.finding_type.scheme_designator for group in groups}
        assert schemes <= {"SCT", "RADLEX", "99LABELASSEMBLE"}
        assert "RADLEX" in schemes
        read = read_report(paths[source.StudyInstanceUID])
        assert read is not None
        assert read.images == {source.SOPInstanceUID}
        told = report.to_json()
        assert "For research, not a medical device" in told
        assert hash_weights(run) in told


def test_maps_lie_over_the_image(answers: Path, run: Path, radiographs: list[Path]) -> None:
    predictor, found = la.Predictor(run), read_answers(answers)
    assert (len(found["SEG"]), len(found["OT"])) == (3, 6)
    source = pydicom.dcmread(radiographs[0])
    drawn = highdicom.seg.segread(next((answers / source.StudyInstanceUID).glob("SEG.*")))
    assert drawn.segmentation_fractional_type.value == "PROBABILITY"
    assert (drawn.Rows, drawn.Columns) == (source.Rows, source.Columns)
    maps = drawn.get_pixels_by_source_instance([source.SOPInstanceUID])[0]
    assert 0.0 < maps.max() <= 1.0
    found_here = explain_image(predictor, radiographs[0])
    images = predictor.description.images
    for number, segment in enumerate(drawn.SegmentSequence):
        place = predictor.classes.index(segment.TrackingID.split()[1])
        told = found_here.maps[place].astype(np.float32)
        there = square_to_file(told, maps.shape[:2], images.size, images.fit)
        np.testing.assert_allclose(maps[..., number], there, atol=0.5 / 255 + 1e-4)
    [one, *_] = (p for p in found["OT"] if p.StudyInstanceUID == source.StudyInstanceUID)
    assert one.SourceImageSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
    assert one.pixel_array.shape[2] == 3
    assert max(one.Rows, one.Columns) >= 256


def test_the_same_call_gives_the_same_bytes(
    answers: Path, run: Path, radiographs: list[Path], tmp_path: Path
) -> None:
    # One after the other, and in another order.
    for path in reversed(radiographs):
        assert answer(run, [path], tmp_path / "again", "--maps", "2") == 0
    assert read_bytes(tmp_path / "again") == read_bytes(answers)
    uids = [one.SOPInstanceUID for each in read_answers(answers).values() for one in each]
    assert len(set(uids)) == len(uids)


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Write a radiograph with other elements into a folder of its own."""
    pixels = np.random.default_rng(0).integers(0, 255, (40, 30))

    def write(folder: str = "study", number: int = 1, **changes: Any) -> Path:
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        path = place / f"{len(list(place.iterdir()))}.dcm"
        made = make_radiograph(pixels, number, **changes)
        made.save_as(path, enforce_file_format="SOPInstanceUID" in made)
        return path

    return write


@INVALID
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"Modality": "CT"}, "Modality 'CT'"),
        ({"NumberOfFrames": 3}, "3"),
        (
            {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.104.1", "Rows": None},
            "Encapsulated PDF Storage",
        ),
        ({"StudyInstanceUID": None, "SeriesInstanceUID": ""}, "no SeriesInstanceUID and no Study"),
        ({"StudyInstanceUID": "../../../etc/passwd"}, "StudyInstanceUID '../../../etc/passwd'"),
        ({"Modality": "<b>DX</b>"}, "Modality '<B>DX</B>'"),
        ({"PixelData": bytes(100)}, "pixel data is less than expected (100 vs 2400 bytes)"),
        ({"Manufacturer": "labelassemble"}, "an answer of labelassemble"),
        ({"Rows": 0}, "0"),
    ],
)
def test_what_cannot_be_answered_is_told_and_nothing_is_written(
    changes: dict[str, Any],
    told: str,
    save: Callable[..., Path],
    run: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert answer(run, [save(**changes)], tmp_path / "out") == 2
    said = capsys.readouterr().err
    assert told in said
    assert "Do this:" in said
    assert not (tmp_path / "out").exists()


@INVALID
def test_what_is_in_order_is_answered_beside_what_is_not(
    save: Callable[..., Path], run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(number=1)
    save(number=2, StudyInstanceUID=None)
    save(number=3, PatientID=None, PatientName=None, PatientBirthDate="<script>")
    save(number=4, Modality="CT")
    save(number=5, StudyInstanceUID="1.2.3.5")
    save(number=6, StudyInstanceUID="1.2.3.5")
    shutil.copy(tmp_path / "study" / "0.dcm", tmp_path / "study" / "copy.dcm")
    (tmp_path / "study" / "notes.txt").write_text("no image")
    (tmp_path / "study" / "cut.dcm").write_bytes(bytes(200))
    assert answer(run, [tmp_path / "study"], tmp_path / "out", "--maps", "1") == 3
    output = capsys.readouterr()
    assert "2 answered: 2 OT, 2 SEG, 2 SR" in output.out
    for told in (
        "no StudyInstanceUID",
        "2 patient IDs under one StudyInstanceUID",
        "1 answer without a patient ID",
        "1 x Modality 'CT'",
        "again, at",
        "another file",
    ):
        assert told in output.err
    found = read_answers(tmp_path / "out")
    assert {one.PatientID for one in found["SR"]} == {"P0001", ""}
    for path in (tmp_path / "out").rglob("*.dcm"):
        assert list_errors(path) == []


def test_it_answers_what_it_is_asked_for(
    save: Callable[..., Path], run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(number=1, ViewPosition="LL")
    save(number=2, ViewPosition="AP")
    save(number=3, BodyPartExamined="HAND")
    asked = ["--view", "pa", "--view", "AP", "--body-part", "CHEST", "--maps", "0"]
    assert answer(run, [tmp_path / "study"], tmp_path / "out", *asked) == 0
    assert [one.PatientID for one in read_answers(tmp_path / "out")["SR"]] == ["P0002"]
    assert "1 x ViewPosition 'LL', 1 x BodyPartExamined 'HAND'" in capsys.readouterr().err
    assert answer(run, [tmp_path / "gone"], tmp_path / "new") == 2
    assert "no such file" in capsys.readouterr().err
    words = ["--source", "nowhere"]
    assert answer(run, [tmp_path / "study"], tmp_path / "new", *words) == 2
    assert not (tmp_path / "new").exists()


def test_a_run_of_other_classes_has_codes_of_its_own(
    save: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    title = "a_class_with_a_name_that_is_longer_than_a_code_may_be_in_dicom_before_it_is_a_long_one"
    other = write_tiny_run(
        tmp_path / "other", classes=("nodule", title), vocabulary="ours", implied={}
    )
    assert answer(other, [save()], tmp_path / "out") == 0
    for path in (tmp_path / "out").rglob("*.dcm"):
        assert list_errors(path) == []
    [report] = read_answers(tmp_path / "out")["SR"]
    assert title in report.to_json()
    # Calibration of another run is no calibration of this one.
    own = tmp_path / "operating.json"
    own.write_text("{}")
    words = ["--operating", str(own)]
    assert answer(other, [save()], tmp_path / "new", *words) == 2
    assert "calibration and thresholds" in capsys.readouterr().err
