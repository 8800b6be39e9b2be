"""From a run folder to a model file, or to one clear error and no file."""

import pytest
from tests.deploy.conftest import write_run

from labelassemble.cli import main
from labelassemble.deploy import hold_parity
from labelassemble.errors import ModelError, RunError, SettingsError
from labelassemble.pipeline.benchmark_model import benchmark_model, describe_speeds
from labelassemble.pipeline.export_model import export_model
from labelassemble.settings import DenseAugmentSettings, DetectionSettings, PatchSettings


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("runs") / "toy")


def test_a_model_is_written_and_its_parity_told(run, images, tmp_path, capsys):
    words = [word for image in images for word in ("--check", str(image))]
    output = tmp_path / "deep" / "model.pt2"
    assert main(["export-model", str(run), "torch-export", str(output), *words]) == 0
    said = capsys.readouterr().out
    assert "5 images in batches of 1, 3 and 16" in said
    assert "any multiple of 32 pixels" in said
    assert [one.name for one in output.parent.iterdir()] == ["model.pt2"]
    assert main(["export-model", str(run), "torch-export", str(output), *words]) == 2
    assert "which is there" in capsys.readouterr().err


def test_where_probabilities_differ_no_file_is_left(run, images, tmp_path, monkeypatch):
    monkeypatch.setattr(hold_parity, "LARGEST_DIFFERENCE", -1.0)
    with pytest.raises(ModelError, match="Nothing was written"):
        export_model(run, "torch-export", tmp_path / "model.pt2", images)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_exported_is_told_before_anything_is_traced(run, images, tmp_path):
    def refuse(match, error, folder=run, form="onnx", output="m.onnx", check=images):
        with pytest.raises(error, match=match):
            export_model(folder, form, tmp_path / output, check)
        assert list(tmp_path.iterdir()) == []

    refuse("no form 'onx'; nearest: onnx", SettingsError, form="onx")
    refuse(r"a new file called \*\.onnx", SettingsError, output="m.pt2")
    refuse("npm install onnxruntime-web", SettingsError, form="web", output="page")
    refuse("--check FILE", RunError, check=())
    refuse("a folder that holds none", RunError, folder=run.parent)
    refuse("a finished run", RunError, folder=run / "checkpoints")
    refuse("begin as one", RunError, folder=images[0])


def test_forms_of_whole_images_refuse_a_run_that_finds_lesions(images, tmp_path):
    settings = DetectionSettings(
        task="detection",
        dimensions=2,
        width=8,
        levels=2,
        patches=PatchSettings(size=(16, 16)),
        augment=DenseAugmentSettings(flip=(0.0, 0.0), rotation_degrees=(5.0,)),
    )
    run = write_run(tmp_path / "run", detection=settings)
    with pytest.raises(ModelError, match=r"finds lesions(.|\n)*onnx, openvino, torch-export"):
        export_model(run, "monai", tmp_path / "bundle", images)
    made = export_model(run, "torch-export", tmp_path / "m.pt2", images)
    assert made.difference <= 1e-5
    assert not made.free_sides


def test_runtimes_are_measured_and_agree(run, images):
    speeds = benchmark_model(run, images, seconds=0.05)
    assert [one.name for one in speeds] == ["torch", "onnxruntime", "OpenVINO"]
    assert all(rate > 0 for one in speeds for rate in one.images_a_second)
    assert max(one.difference for one in speeds) <= 1e-4
    assert "batch 16  differs by" in describe_speeds(speeds, 1)
