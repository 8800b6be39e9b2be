from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from labelassemble.errors import ImageError
from labelassemble.images.batch import LabelArrays
from labelassemble.images.build_store import build_store
from labelassemble.images.store import ImageStore
from labelassemble.inference.pool_map import MAX_FEATURES, pool_quarters, pool_whole
from labelassemble.inference.pooled_features import (
    image_features,
    pooled_features,
    training_rows,
)
from labelassemble.model.backbone import build_backbone
from labelassemble.model.build import build_network
from labelassemble.settings import ImageSettings, ModelSettings

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ImageStore:
    folder, generator = tmp_path_factory.mktemp("records"), np.random.default_rng(0)
    files: dict[str, Path] = {}
    for number in range(5):
        path = folder / f"{number}.png"
        Image.fromarray(generator.integers(0, 256, (40, 50), dtype=np.uint8)).save(path)
        files[f"toy/{number}"] = path
    return build_store(files, ImageSettings(size=32), tmp_path_factory.mktemp("store"))


def test_is_the_mean_of_each_images_feature_map(store: ImageStore) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        backbone = build_backbone("small")
    records = ["toy/3", "toy/0", "toy/4"]
    found = pooled_features(backbone, store, records, 2, CPU)
    assert found.shape == (3, backbone.features)
    assert found.dtype == np.float32
    for row, record in enumerate(records):
        grey = torch.from_numpy(store.read(np.array([store.row[record]])))[:, None].float() / 255
        with torch.no_grad():
            expected = backbone(grey).mean(dim=(2, 3))[0].numpy()
        np.testing.assert_allclose(found[row], expected, rtol=1e-5, atol=1e-6)


def test_quarters_tell_where_and_the_whole_does_not(store: ImageStore) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        backbone = build_backbone("small")
        feature, wide = torch.rand(3, 5, 6, 4), torch.rand(2, 900, 3, 3)
    upright, turned = pool_quarters(feature), pool_quarters(feature.flip(2))
    slow = feature[:, :, :3, 2:].mean(dim=(2, 3)).numpy()
    np.testing.assert_allclose(upright.reshape(3, 5, 4)[:, :, 1], slow, rtol=1e-5)
    np.testing.assert_allclose(
        turned.reshape(3, 5, 4), upright.reshape(3, 5, 4)[:, :, [2, 3, 0, 1]], rtol=1e-5
    )
    np.testing.assert_allclose(pool_whole(feature), pool_whole(feature.flip(2)), rtol=1e-5)
    both = image_features(backbone, store, ["toy/3", "toy/0"], 1, CPU)
    assert both.quarters.shape == (2, 4 * backbone.features)
    np.testing.assert_array_equal(
        both.whole, pooled_features(backbone, store, ["toy/3", "toy/0"], 1, CPU)
    )
    # Distances stay, nearly, where only so many directions are kept.
    one, other = pool_quarters(wide)
    assert one.shape == (MAX_FEATURES,)
    exact = torch.nn.functional.adaptive_avg_pool2d(wide[0] - wide[1], 2).norm().item()
    assert np.linalg.norm(one - other) == pytest.approx(exact, rel=0.15)


def test_a_network_is_its_backbone_and_keeps_its_weights(store: ImageStore) -> None:
    network = build_network(ModelSettings(backbone="small"), "masked", ["mass"], seed=1).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    records: Sequence[str] = ["toy/1", "toy/2"]
    found = pooled_features(network, store, records, 8, CPU)
    np.testing.assert_array_equal(found, pooled_features(network.backbone, store, records, 8, CPU))
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_no_image(store: ImageStore) -> None:
    assert pooled_features(build_backbone("small"), store, [], 4, CPU).shape[0] == 0


def test_an_image_that_is_not_there_is_told(store: ImageStore) -> None:
    with pytest.raises(ImageError, match="toy/9"):
        pooled_features(build_backbone("small"), store, ["toy/9"], 4, CPU)


def test_training_rows_are_readable_training_images(store: ImageStore) -> None:
    labels = LabelArrays(
        label=np.zeros((5, 1), dtype=np.float32),
        known=np.zeros((5, 1), dtype=bool),
        source=np.zeros(5, dtype=np.int64),
        record=("toy/0", "toy/8", "toy/1", "toy/2", "toy/3"),
        split=("train", "train", "test", "train", "validate"),
        classes=("mass",),
        sources=("toy",),
    )
    assert training_rows(labels, store).tolist() == [0, 3]
