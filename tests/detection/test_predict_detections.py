import json
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.open_cases import open_grounds
from labelassemble.detection.predict_detections import predict_detections
from labelassemble.errors import SettingsError
from labelassemble.images.store import ImageStore
from labelassemble.model.build import build_network
from labelassemble.settings import Recipe


def test_answers_lie_over_their_file(
    make_recipe: Callable[..., Recipe],
    volume_table: AssembledTable,
    hospitals: Path,
    tmp_path: Path,
) -> None:
    recipe = make_recipe(detection={"candidates": {"threshold": 0.3}})
    names = volume_table.pictures["picture"].to_list()[:2]
    network = build_network(
        recipe.model, "masked", volume_table.classes, 0, detection=recipe.detection
    )
    grounds = open_grounds(recipe, volume_table, names, None, ())
    found = predict_detections(network, grounds, recipe.detection, tmp_path)
    assert found.predictions["picture"].to_list() == [names[0]] * 2 + [names[1]] * 2
    assert found.predictions["class"].to_list() == [*volume_table.classes] * 2
    assert found.candidates.height > 0
    source, image = names[0].split("/", 1)
    stored = nibabel.load(hospitals / source / image)
    written = nibabel.load(tmp_path / names[0])
    assert written.shape == (*stored.shape, 2)
    assert np.allclose(written.affine, stored.affine)
    answer = np.asarray(written.dataobj)
    largest = found.predictions["answer"][0]
    assert answer[..., 0].max() == pytest.approx(largest, abs=1e-6)
    said = json.loads((tmp_path / names[0].replace(".nii.gz", ".json")).read_text())["lesions"]
    rows = found.candidates.filter(found.candidates["picture"] == names[0])
    assert [one["class"] for one in said] == rows["class"].to_list()
    for one, row in zip(said, rows.iter_rows(named=True), strict=True):
        assert one["centre_mm"] == pytest.approx([row["x_mm"], row["y_mm"], row["z_mm"]], abs=1e-3)
        assert one["volume_mm3"] == pytest.approx(row["size_mm3"])
        assert one["box_mm"][0] == pytest.approx(
            [row["x_min_mm"], row["y_min_mm"], row["z_min_mm"]], abs=1e-3
        )


def test_pictures_have_no_nifti(
    make_flat_recipe: Callable[..., Recipe],
    picture_table: AssembledTable,
    picture_store: ImageStore,
    tmp_path: Path,
) -> None:
    recipe = make_flat_recipe()
    network = build_network(recipe.model, "masked", ("nodule",), 0, detection=recipe.detection)
    names = picture_table.pictures["picture"].to_list()[:1]
    grounds = open_grounds(recipe, picture_table, names, picture_store, ())
    with pytest.raises(SettingsError, match="Leave the folder out"):
        predict_detections(network, grounds, recipe.detection, tmp_path)
    nothing = predict_detections(network, {}, recipe.detection)
    assert nothing.candidates.height == nothing.predictions.height == 0
