"""The bundle, run by MONAI's own loader."""

import json
import shutil

import numpy as np
import pytest

from labelassemble.deploy.write_model import MODEL_FORMS


@pytest.mark.filterwarnings("ignore")
def test_monai_loads_and_runs_it(toy, tmp_path):
    from monai.bundle import ConfigParser, ConfigWorkflow

    bundle = tmp_path / "bundle"
    MODEL_FORMS["monai"].write(toy.traced, toy.told, bundle)
    images = tmp_path / "images"
    images.mkdir()
    for path in toy.images:
        shutil.copy(path, images)
    workflow = ConfigWorkflow(
        config_file=str(bundle / "configs" / "inference.json"),
        meta_file=str(bundle / "configs" / "metadata.json"),
        logging_file=None,
        workflow_type="inference",
        init_id="",
        bundle_root=str(bundle),
        dataset_dir=str(images),
    )
    workflow.initialize()
    workflow.run()
    found = np.genfromtxt(bundle / "predictions.csv", delimiter=",", names=True)
    assert found.dtype.names == toy.predictor.classes
    rows = np.array([list(row) for row in found])
    wanted = toy.predictor.predict(toy.images)
    # Image 1 has the model's size; the others are resized by torch, in floats.
    np.testing.assert_allclose(rows[1], wanted[1], atol=1e-5)
    np.testing.assert_allclose(rows, wanted, atol=2e-2)
    told = ConfigParser.load_config_file(str(bundle / "configs" / "metadata.json"))
    assert told["network_data_format"]["outputs"]["pred"]["channel_def"]["0"] == "nodule"
    assert json.dumps(told["labelassemble"])
