from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from labelassemble.errors import ImageError, RunError
from labelassemble.images.store import ImageStore
from labelassemble.inference.checkpoint_file import PREFIX
from labelassemble.inference.predictions import predict_pictures
from labelassemble.inference.predictor import Predictor, load_network
from labelassemble.model.network import Network

Save = Callable[[Any], Path]
CPU = torch.device("cpu")


def test_the_network_comes_back_from_its_checkpoint_alone(
    checkpoint: dict[str, Any], save: Save, network: Network
) -> None:
    state = torch.get_rng_state()
    loaded = load_network(save(checkpoint))
    assert torch.equal(state, torch.get_rng_state())
    assert not loaded.training
    assert loaded.classes == network.classes
    image = torch.rand(3, 1, 32, 32).to(next(loaded.parameters()).device)
    with torch.inference_mode():
        assert torch.equal(loaded(image).cpu(), network(image.cpu()))


def test_files_are_answered_as_the_store_is(
    checkpoint: dict[str, Any], save: Save, files: dict[str, Path], store: ImageStore
) -> None:
    predictor = Predictor(save(checkpoint).parents[1], CPU)
    assert predictor.classes == ("effusion", "nodule", "edema")
    wide = predictor.predict_files(list(files.values()))
    assert wide.columns == ["file", *predictor.classes]
    assert wide["file"].to_list() == [str(path) for path in files.values()]
    stored = predict_pictures(predictor.network, store, list(files), 3, CPU)
    np.testing.assert_allclose(
        wide.drop("file").to_numpy().ravel(), stored["answer"].to_numpy(), atol=1e-6
    )
    alone = predictor.predict_file(files["toy/4"])
    assert alone.schema == {"class": pl.String, "answer": pl.Float32}
    assert alone["class"].to_list() == list(predictor.classes)
    # An answer does not depend on what else is asked for.
    assert tuple(alone["answer"]) == wide.row(4)[1:]
    picture = predictor.prepare_file(files["toy/0"])
    assert (picture == store.read(np.array([store.row["toy/0"]]))[0]).all()


def test_no_files_no_rows(checkpoint: dict[str, Any], save: Save) -> None:
    answers = Predictor(save(checkpoint).parents[1]).predict_files([])
    assert answers.height == 0
    assert answers.width == 4


def test_a_broken_image_is_told(checkpoint: dict[str, Any], save: Save, tmp_path: Path) -> None:
    predictor = Predictor(save(checkpoint).parents[1], CPU)
    with pytest.raises(ImageError):
        predictor.predict_file(tmp_path / "none.png")


@pytest.mark.parametrize("there", [True, False])
def test_not_a_run_folder(there: bool, tmp_path: Path) -> None:
    folder = tmp_path if there else tmp_path / "none"
    with pytest.raises(RunError) as caught:
        Predictor(folder)
    assert caught.value.got == ("no such checkpoint in it" if there else "no such folder")
    assert "OUTPUT/runs/label-assemble-seed0" in caught.value.do


@pytest.mark.parametrize("change", ["missing", "shape"])
def test_weights_that_do_not_fit(change: str, checkpoint: dict[str, Any], save: Save) -> None:
    weights = dict(checkpoint["state_dict"])
    name = f"{PREFIX}head.queries.query"
    if change == "missing":
        del weights[name]
    else:
        weights[name] = torch.zeros(7, 4)
    with pytest.raises(RunError) as caught:
        load_network(save({**checkpoint, "state_dict": weights}))
    assert "head.queries.query" in caught.value.got
    assert str(caught.value).count("\n") == 2
