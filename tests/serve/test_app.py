"""The REST interface of a real server: its answers are those of `predict`."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from tests.pipeline.radiographs import make_radiograph
from tests.serve.conftest import Served

from labelassemble.cli import main
from labelassemble.inference.predictor import Predictor
from labelassemble.serve.answers import About, Answers


def pack(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def write_dicom(pixels: np.ndarray, **changes: object) -> bytes:
    buffer = io.BytesIO()
    make_radiograph(pixels, 1, **changes).save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def test_answers_are_those_of_predict_to_the_bit(
    server: Served, two_runs: list[Path], images: list[Path], tmp_path: Path, draw_image
) -> None:
    dicom = tmp_path / "one.dcm"
    dicom.write_bytes(write_dicom(draw_image(3, 80, 60)))
    paths = [*images, dicom]
    reply = server.send(*((one.name, one.read_bytes()) for one in paths), view=True)
    assert reply.status == 200
    told = Answers.model_validate_json(reply.body)
    assert [one.file for one in told.images] == [one.name for one in paths]
    for place, run in enumerate(two_runs):
        predictor = Predictor(run)
        output = tmp_path / f"{run.name}.jsonl"
        words = ["predict", str(run), *map(str, paths), "--batch-size", "1"]
        assert main([*words, "--output", str(output)]) == 0
        rows = [json.loads(line) for line in output.read_text().splitlines()]
        for path, one, row in zip(paths, told.images, rows, strict=True):
            answer = one.runs[place]
            assert answer.run == run.name
            own = {each.name: each for each in answer.classes}
            exact = predictor.predict(path)
            for name, value in zip(predictor.classes, exact, strict=True):
                assert own[name].probability == value
                # What the file of `predict` writes is rounded.
                assert row[name] == pytest.approx(value, abs=6e-5)
                assert own[name].call == row.get(f"{name}_call")
            if predictor.operation is not None:
                true = predictor.calibrate(exact[None])[0]
                for name, value in zip(predictor.classes, true, strict=True):
                    assert (own[name].calibrated is None) == np.isnan(value)
                    assert own[name].calibrated in (None, value)
            assert (answer.unlike or None) == row["unlike"]
            key = [(each.call != "present", -each.probability) for each in answer.classes]
            assert key == sorted(key)
    first = {one.name: one for one in told.images[0].runs[0].classes}
    assert (first["nodule"].threshold, first["nodule"].threshold_low) == (0.4, 0.3)
    assert first["edema"].call is None
    assert first["edema"].note == "too few patients"


def test_images_and_maps_come_for_the_page_alone(server: Served, images: list[Path]) -> None:
    one = (images[3].name, images[3].read_bytes())
    bare = Answers.model_validate_json(server.send(one).body).images[0]
    assert bare.image is None
    assert {each.map for run in bare.runs for each in run.classes} == {None}
    told = Answers.model_validate_json(server.send(one, view=True).body).images[0]
    assert told.image is not None
    assert (told.image.width, told.image.height, told.image.bits) == (131, 200, 8)
    assert all(str(each.map).startswith("data:image/png") for each in told.runs[0].classes)


def test_an_archive_is_answered_file_by_file(
    server: Served, images: list[Path], draw_image
) -> None:
    good = images[0].read_bytes()
    archive = pack(
        ("study/a.png", good),
        ("study/IM0001", write_dicom(draw_image(1, 40, 40))),
        ("study/readme.txt", b"nothing"),
        ("__MACOSX/study/._a.png", b"resource"),
        ("inner.zip", pack(("b.png", good))),
        ("bad.png", b"no image"),
        ("../../etc/passwd.png", good),
    )
    told = Answers.model_validate_json(server.send(("all.zip", archive)).body)
    by_name = {one.file: one for one in told.images}
    assert by_name["all.zip#study/a.png"].error is None
    assert by_name["all.zip#study/IM0001"].error is None
    assert "image" in by_name["all.zip#bad.png"].error.expected
    assert "leads out" in by_name["all.zip#../../etc/passwd.png"].error.got
    assert {one.file.partition("#")[2] for one in told.passed} == {
        "study/readme.txt",
        "__MACOSX/study/._a.png",
        "inner.zip",
    }
    alone = server.send(("a.png", good)).json["images"][0]["runs"]
    assert [one.model_dump(mode="json") for one in by_name["all.zip#study/a.png"].runs] == alone


def test_a_member_without_a_name_stops_no_other(server: Served, images: list[Path]) -> None:
    good = images[0].read_bytes()
    damaged = pack(("a.png", good), ("QZQZ.png", good)).replace(b"QZQZ.png", b"\0ZQZ.png")
    reply = server.send(("all.zip", damaged))
    assert reply.status == 200
    assert [one["error"] is None for one in reply.json["images"]] == [True, True]


@pytest.mark.filterwarnings("ignore:Invalid value:UserWarning")
def test_what_cannot_be_answered_is_said_in_three_parts_and_stops_nothing(
    server: Served, images: list[Path], draw_image
) -> None:
    script = "<script>alert(1)</script>"
    tags = dict.fromkeys(
        ("PatientName", "StudyDescription", "SeriesDescription", "Manufacturer"), script
    )
    odd = write_dicom(draw_image(2, 40, 40), **tags, BodyPartExamined="<B>", Modality="<I>")
    files = [
        ("empty.png", b""),
        ("noise.jpg", b"\xff\xd8\xff" + bytes(40)),
        ("cut.png", images[0].read_bytes()[:60]),
        ("text", b"hello"),
        ("broken.zip", b"PK\x03\x04" + bytes(30)),
        ("kind.dcm", odd.replace(b"\x18\x00\x15\x00CS", b"\x18\x00\x15\x00C\xcf")),
        ("syntax.dcm", odd.replace(b"\x02\x00\x10\x00UI", b"\x02\x00\x10\x00U\xea")),
        ("report.dcm", write_dicom(draw_image(2, 40, 40), Rows=None)),
        ("large.png", large_png(2000, 1000)),
        (f"{script}.dcm", odd),
        ("../up.png", images[0].read_bytes()),
        ("/root.png", images[0].read_bytes()),
        ("a\\..\\..\\up.png", images[0].read_bytes()),
        ("n" * 400 + ".png", images[0].read_bytes()),
        ("fine.png", images[0].read_bytes()),
    ]
    reply = server.send(*files)
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-content-type-options"] == "nosniff"
    told = Answers.model_validate_json(reply.body).images
    assert len(told) == len(files)
    for one in told[:-1]:
        if one.file in (f"{script}.dcm", "kind.dcm", "syntax.dcm"):
            # Odd words, or damage that the pixels may outlive.
            assert one.error is None or one.file != f"{script}.dcm"
            continue
        assert one.error is not None, one.file
        assert one.error.expected
        assert one.error.got
        assert one.error.do
        assert len(one.file) <= 300
    assert told[8].error.got == "2,000 x 1,000 in large.png"
    assert told[-1].error is None


def large_png(width: int, height: int) -> bytes:
    """Few bytes that are many pixels."""
    import cv2

    return cv2.imencode(".png", np.zeros((height, width), np.uint8))[1].tobytes()


def test_the_schema_names_every_part(server: Served) -> None:
    schema = server.ask("GET", "/openapi.json").json
    assert {"/v1/about", "/v1/answers", "/metrics", "/healthz"} == set(schema["paths"])
    post = schema["paths"]["/v1/answers"]["post"]
    assert "multipart/form-data" in post["requestBody"]["content"]
    assert {"200", "400", "401", "413", "429", "503"} <= set(post["responses"])
    parts = schema["components"]["schemas"]
    assert {"Answers", "RunAnswer", "ClassAnswer", "Refusal"} <= set(parts)
    assert About.model_validate_json(server.ask("GET", "/v1/about").body).runs[1].run == "second"


def test_counters_name_no_image(server: Served, images: list[Path]) -> None:
    server.send(("a-patients-name.png", images[0].read_bytes()))
    server.ask("GET", "/a-patients-name")
    told = server.ask("GET", "/metrics").body.decode()
    assert 'labelassemble_images_total{outcome="answered"}' in told
    assert 'labelassemble_requests_total{path="other",status="404"}' in told
    assert "process_resident_memory_bytes" in told
    assert "patient" not in told
