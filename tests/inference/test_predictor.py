from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch

from labelassemble.errors import ImageError, ModelError, RunError
from labelassemble.images.store import ImageStore
from labelassemble.inference.checkpoint_file import CHECKPOINT_KEY, PREFIX, NetworkDescription
from labelassemble.inference.heat_map import predict_heat_map
from labelassemble.inference.load_network import load_network
from labelassemble.inference.predictions import predict_records
from labelassemble.inference.predictor import Predictor
from labelassemble.model.build import add_class, build_network
from labelassemble.model.name_vectors import name_vectors
from labelassemble.model.network import Network
from labelassemble.settings import Method

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


def test_files_are_predicted_as_the_store_is(
    checkpoint: dict[str, Any], save: Save, files: dict[str, Path], store: ImageStore
) -> None:
    predictor = Predictor(save(checkpoint).parents[1], CPU)
    assert predictor.classes == ("effusion", "nodule", "edema")
    predictions = predictor.predict(list(files.values()))
    stored = predict_records(predictor.network, store, list(files), 3, CPU)
    np.testing.assert_allclose(predictions.ravel(), stored["probability"].to_numpy(), atol=1e-6)
    # A prediction does not depend on what else is asked for, but for the rounding of batches.
    assert predictor.predict(files["toy/4"]) == pytest.approx(predictions[4], abs=1e-6)
    assert (predictions == predictor.predict(list(files.values()))).all()
    record = predictor.prepare_file(files["toy/0"])
    assert (record == store.read(np.array([store.row["toy/0"]]))[0]).all()


def test_no_files_no_rows(checkpoint: dict[str, Any], save: Save) -> None:
    assert Predictor(save(checkpoint).parents[1]).predict([]).shape == (0, 3)


def test_a_broken_image_is_told(checkpoint: dict[str, Any], save: Save, tmp_path: Path) -> None:
    predictor = Predictor(save(checkpoint).parents[1], CPU)
    with pytest.raises(ImageError):
        predictor.predict(tmp_path / "none.png")


@pytest.mark.parametrize("there", [True, False])
def test_not_a_run_folder(there: bool, tmp_path: Path) -> None:
    folder = tmp_path if there else tmp_path / "none"
    with pytest.raises(RunError) as caught:
        Predictor(folder)
    assert caught.value.got == ("no such checkpoint in it" if there else "no such folder")
    assert "OUTPUT/runs/masked-seed0" in caught.value.do


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


BACKBONES = {"medical-mae": "vit_ti16", "rpsal": "densenet121"}
"""Of methods that take no other kind."""


@pytest.mark.parametrize("method", get_args(Method))
def test_networks_of_every_method_come_back(
    method: Method, description: NetworkDescription, save: Save
) -> None:
    own = description.model_copy(update={"method": method, "sources": ("north", "east")})
    backbone = BACKBONES.get(method, own.model.backbone)
    model = own.model.model_copy(update={"pretrained": None, "backbone": backbone})
    own = own.model_copy(update={"model": model})
    network = build_network(model, method, own.classes, 3, own.sources).eval()
    if method in ("med3d", "dodnet"):
        network.head.teaches[1, :2] = False
    state = {PREFIX + name: value for name, value in network.state_dict().items()}
    path = save({CHECKPOINT_KEY: own.model_dump(mode="json"), "state_dict": state})
    loaded = load_network(path, CPU)
    image = torch.rand(3, 1, 32, 32)
    with torch.inference_mode():
        assert torch.equal(loaded(image), network(image))
    record = np.random.default_rng(0).integers(0, 256, (32, 32), dtype=np.uint8)
    np.testing.assert_array_equal(
        predict_heat_map(loaded, record), predict_heat_map(network, record)
    )


@pytest.mark.parametrize("start", ["names", "hf:gone"])
def test_what_queries_started_from_need_not_be_there_but_is_remembered(
    start: str, checkpoint: dict[str, Any], save: Save, description: NetworkDescription
) -> None:
    model = description.model.model_copy(update={"query_start": start})
    own = description.model_copy(update={"model": model})
    loaded = load_network(save({**checkpoint, CHECKPOINT_KEY: own.model_dump(mode="json")}), CPU)
    if start == "names":
        add_class(loaded, "hernia")
        query = loaded.state_dict()["head.queries.query"]
        assert torch.equal(query[3:], name_vectors(("hernia",), 4))
    else:
        with pytest.raises(ModelError):
            add_class(loaded, "hernia")
        add_class(loaded, "hernia", start="random")
    assert loaded.classes == (*description.classes, "hernia")


def test_checkpoints_of_before_there_were_sources_are_read(
    checkpoint: dict[str, Any], save: Save, network: Network
) -> None:
    old = {name: value for name, value in checkpoint[CHECKPOINT_KEY].items() if name != "sources"}
    new = ("class_queries", "query_start", "dynamic_features")
    old["model"] = {name: value for name, value in old["model"].items() if name not in new}
    loaded = load_network(save({**checkpoint, CHECKPOINT_KEY: old}), CPU)
    image = torch.rand(2, 1, 32, 32)
    with torch.inference_mode():
        assert torch.equal(loaded(image), network(image))
