import json
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.open_cases import open_annotated
from labelassemble.detection.predict_detections import predict_detections
from labelassemble.errors import SettingsError
from labelassemble.images.store import ImageStore
from labelassemble.model.build import build_network
from labelassemble.settings import Recipe


def test_predictions_lie_over_their_file(
    make_recipe: Callable[..., Recipe],
    volume_table: AssembledTable,
    hospitals: Path,
    tmp_path: Path,
) -> None:
    recipe = make_recipe(detection={"candidates": {"threshold": 0.3}})
    names = volume_table.records["record"].to_list()[:2]
    network = build_network(
        recipe.model, "masked", volume_table.classes, 0, detection=recipe.detection
    )
    annotated = open_annotated(recipe, volume_table, names, store=None, drawn_on=())
    found = predict_detections(network, annotated, recipe.detection, tmp_path)
    assert found.predictions["record"].to_list() == [names[0]] * 2 + [names[1]] * 2
    assert found.predictions["class"].to_list() == [*volume_table.classes] * 2
    assert found.candidates.height > 0
    source, image = names[0].split("/", 1)
    stored = nibabel.load(hospitals / source / image)
    written = nibabel.load(tmp_path / names[0])
    assert written.shape == (*stored.shape, 2)
    assert np.allclose(written.affine, stored.affine)
    probability = np.asarray(written.dataobj)
    largest = found.predictions["probability"][0]
    assert probability[..., 0].max() == pytest.approx(largest, abs=1e-6)
    said = json.loads((tmp_path / names[0].replace(".nii.gz", ".json")).read_text())["lesions"]
    rows = found.candidates.filter(found.candidates["record"] == names[0])
    assert [one["class"] for one in said] == rows["class"].to_list()
    for one, row in zip(said, rows.iter_rows(named=True), strict=True):
        assert one["centre_mm"] == pytest.approx([row["x_mm"], row["y_mm"], row["z_mm"]], abs=1e-3)
        assert one["volume_mm3"] == pytest.approx(row["size_mm3"])
        assert one["box_mm"][0] == pytest.approx(
            [row["x_min_mm"], row["y_min_mm"], row["z_min_mm"]], abs=1e-3
        )


def test_images_have_no_nifti(
    make_flat_recipe: Callable[..., Recipe],
    record_table: AssembledTable,
    record_store: ImageStore,
    tmp_path: Path,
) -> None:
    recipe = make_flat_recipe()
    network = build_network(recipe.model, "masked", ("nodule",), 0, detection=recipe.detection)
    names = record_table.records["record"].to_list()[:1]
    annotated = open_annotated(recipe, record_table, names, store=record_store, drawn_on=())
    with pytest.raises(SettingsError, match="Leave the folder out"):
        predict_detections(network, annotated, recipe.detection, tmp_path)
    nothing = predict_detections(network, {}, recipe.detection)
    assert nothing.candidates.height == nothing.predictions.height == 0
