"""Every form of a model, opened by its own runtime and held against the run."""

import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from labelassemble.deploy.hold_parity import hold_parity
from labelassemble.deploy.write_model import MODEL_FORMS
from labelassemble.metrics.platt import Platt, apply_platt

PAGE = Path(__file__).parents[2] / "docs" / "deploy.md"
WITHOUT_NPM = [name for name in MODEL_FORMS if name != "web"]
"""The page has a test of its own, in a browser."""


@pytest.fixture(scope="module")
def written(toy, tmp_path_factory) -> dict[str, Path]:
    """Each form of one program."""
    folder = tmp_path_factory.mktemp("models")
    outputs = {name: folder / f"{name}{MODEL_FORMS[name].suffix}" for name in WITHOUT_NPM}
    for name, output in outputs.items():
        MODEL_FORMS[name].write(toy.traced, toy.told, output)
    return outputs


@pytest.mark.parametrize("form", WITHOUT_NPM)
def test_probabilities_are_the_run_s_in_every_batch(toy, written, form):
    compute = MODEL_FORMS[form].open(written[form])
    assert hold_parity(compute, toy.checked, form) <= 1e-5


@pytest.mark.parametrize("form", ["onnx", "openvino", "torch-export"])
def test_sides_are_free_where_the_network_is_convolutional(toy, written, form):
    assert toy.traced.free_sides
    image = torch.rand(2, 1, 96, 128, generator=torch.Generator().manual_seed(1))
    found = MODEL_FORMS[form].open(written[form])(image.numpy())
    with torch.inference_mode():
        wanted = toy.predictor.network(image).sigmoid().numpy()
    wanted[:, 1] = wanted[:, :2].max(axis=1)  # A nodule is a nodule or a mass.
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_every_form_says_how_an_image_is_prepared_and_calibrated(toy, written):
    import onnx

    model = onnx.load(written["onnx"])
    (told,) = [json.loads(one.value) for one in model.metadata_props if one.key == "labelassemble"]
    assert told["input"]["size"] == 64
    assert told["input"]["fit"] == "pad"
    assert told["calibration"]["nodule"] == {"slope": 0.7, "intercept": -0.3}
    assert told["calibration"]["edema"] is told["threshold"]["edema"] is None
    assert told["threshold"]["nodule"] == 0.4
    assert "Not a medical device" in told["intended_use"]
    assert json.loads((written["openvino"] / "model.json").read_text()) == told
    extra = {"labelassemble.json": ""}
    torch.export.load(written["torch-export"], extra_files=extra)
    assert json.loads(extra["labelassemble.json"]) == told
    bundle = json.loads((written["monai"] / "configs" / "metadata.json").read_text())
    assert bundle["labelassemble"] == told
    assert zipfile.is_zipfile(written["monai"] / "models" / "model.pt2")


def test_the_reader_of_the_page_gives_what_predict_gives(toy, written):
    (code,) = re.findall(r"```python\n(.*?)^```", PAGE.read_text("utf-8"), re.S | re.M)
    lines = [line for line in code.splitlines() if line.strip()]
    assert len(lines) <= 40
    imported = {line.split()[1] for line in lines if re.match(r"(import|from) ", line)}
    assert imported == {"json", "numpy", "onnxruntime", "PIL"}
    names: dict = {}
    exec(compile(code, str(PAGE), "exec"), names)
    classes, probability, calibrated = names["predict"](str(written["onnx"]), toy.images)
    assert tuple(classes) == toy.predictor.classes
    wanted = toy.predictor.predict(toy.images)
    np.testing.assert_allclose(probability, wanted, atol=1e-4)
    own = apply_platt(wanted[:, 0], Platt(0.7, -0.3))
    np.testing.assert_allclose(calibrated[:, 0], own, atol=1e-4)
    assert np.isnan(calibrated[:, 2]).all()
