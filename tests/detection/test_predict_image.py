"""Whole images by windows: the prediction of the whole at once, wherever windows see enough."""

import numpy as np
import pytest
import torch
from torch import nn

from labelassemble.detection.predict_image import predict_image, predict_volume, prepare_volume
from labelassemble.errors import ModelError
from labelassemble.model.build import build_network
from labelassemble.model.dense_backbones import DenseBackbone
from labelassemble.model.linear_head import LinearHead
from labelassemble.model.network import Network
from labelassemble.settings import DetectionSettings, ModelSettings
from labelassemble.volumes.geometry import FileGeometry
from labelassemble.volumes.volume import Volume


def convolve(dimensions: int, kernel: int) -> Network:
    torch.manual_seed(0)
    convolution = nn.Conv2d if dimensions == 2 else nn.Conv3d
    layers = nn.Sequential(convolution(1, 4, kernel, padding="same"), nn.ReLU())
    return Network(DenseBackbone(layers, 4, 1), LinearHead(("a", "b"), 4), "max")


@pytest.mark.parametrize("shape", [(37, 9), (21, 9, 30)])
def test_a_network_that_sees_single_places_gives_the_prediction_of_the_whole(
    shape: tuple[int, ...],
) -> None:
    assert_whole(convolve(len(shape), 1), shape, 0, 1e-6)


@pytest.mark.parametrize("shape", [(50, 41), (30, 26, 34)])
def test_one_that_sees_further_does_so_away_from_the_border(shape: tuple[int, ...]) -> None:
    assert_whole(convolve(len(shape), 3), shape, 8, 5e-3)


def assert_whole(network: Network, shape: tuple[int, ...], margin: int, apart: float) -> None:
    """Hold the prediction by windows against that of the image at once, within a margin."""
    dimensions = len(shape)
    image = np.random.default_rng(0).random(shape).astype(np.float32)
    settings = DetectionSettings(
        dimensions=dimensions,
        patches={"size": (12,) * dimensions},
        window_overlap=0.75,
        window_batch=5,
    )
    probability = predict_image(network, image, settings)
    with torch.no_grad():
        whole = network(torch.from_numpy(image)[None, None], dense=True).sigmoid()[0].numpy()
    assert probability.shape == (2, *shape)
    inner = (slice(None), *(slice(margin, side - margin) for side in shape))
    np.testing.assert_allclose(probability[inner], whole[inner], atol=apart)


def test_the_surest_predictions_keep_their_order() -> None:
    network = convolve(2, 1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        network.head.linear.bias.copy_(torch.tensor([20.0, 21.0]))
    settings = DetectionSettings(
        task="detection",
        dimensions=2,
        patches={"size": (8, 8)},
        augment={"flip": (0.0, 0.0), "rotation_degrees": (0.0,)},
    )
    first, second = predict_image(network, np.zeros((9, 9), dtype=np.float32), settings)
    assert first.max() < second.min() < 1.0


def test_the_network_goes_on_as_it_was_and_predictions_go_where_they_shall() -> None:
    network, image = convolve(3, 3).train(), np.zeros((8, 8, 8), dtype=np.float16)
    settings = DetectionSettings(patches={"size": (8, 8, 8)})
    out = np.empty((2, 8, 8, 8), dtype=np.float32)
    assert predict_image(network, image, settings, out) is out
    assert network.training


def test_a_network_that_diagnoses_is_refused() -> None:
    network = build_network(ModelSettings(backbone="small"), "masked", ("a",))
    settings = DetectionSettings(dimensions=2, patches={"size": (32, 32)})
    with pytest.raises(ModelError, match="predicts at every place"):
        predict_image(network, np.zeros((32, 32), dtype=np.float32), settings)


def test_a_volume_as_read_is_prepared_and_predicted() -> None:
    values = np.full((6, 8, 4), -160, dtype=np.int16)
    values[3:] = 240
    affine = np.diag([3.0, 1.5, 1.5, 1.0])
    volume = Volume(values, affine, "HU", FileGeometry((6, 8, 4), affine, (0, 1, 2), (False,) * 3))
    settings = DetectionSettings(patches={"size": (8, 8, 8)})
    prepared = prepare_volume(volume, settings)
    assert prepared.shape == (12, 8, 4)
    assert prepared.voxels.min() == 0.0
    assert prepared.voxels.max() == 1.0
    probability = predict_volume(convolve(3, 1), prepared, settings)
    assert probability.shape == (2, 12, 8, 4)
    assert not np.allclose(probability[:, 0], probability[:, -1])
