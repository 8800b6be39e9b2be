import numpy as np
import pytest
import torch

from labelassemble.images.store import ImageStore
from labelassemble.inference.heat_map import find_peaks, predict_heat_map
from labelassemble.model.backbone import Backbone
from labelassemble.model.linear_head import LinearHead
from labelassemble.model.network import Network


@pytest.mark.parametrize("shape", [(32, 32), (96, 64)])
def test_one_map_a_class_at_image_size(network: Network, shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    network.train()
    maps = predict_heat_map(network, image)
    assert not network.training
    assert maps.shape == (3, *shape)
    assert maps.dtype == np.float32
    assert maps.min() >= 0
    assert maps.max() <= 1
    assert maps.std(axis=(1, 2)).min() > 0


def test_their_mean_logit_is_the_prediction(network: Network, store: ImageStore) -> None:
    image = store.read(np.array([0]))[0]
    grey = torch.from_numpy(image)[None, None] / 255.0
    with torch.inference_mode():
        dense, pooled = network(grey, dense=True)[0].numpy(), network(grey)[0].numpy()
    np.testing.assert_allclose(dense.mean(axis=(1, 2)), pooled, atol=1e-5)
    maps = predict_heat_map(network, image)
    logit = np.log(maps / (1 - maps))
    # Corner pixels lie beyond the centres of the corner places: they take those as they are.
    np.testing.assert_allclose(logit[:, 0, 0], dense[:, 0, 0], atol=1e-4)
    np.testing.assert_allclose(logit[:, -1, -1], dense[:, -1, -1], atol=1e-4)
    np.testing.assert_allclose(logit.mean(axis=(1, 2)), pooled, atol=1e-3)


class BrightPlaces(torch.nn.Module):
    """A backbone of one feature: how bright each 8 x 8 patch is."""

    features = 1

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.avg_pool2d(image, 8)


def test_it_lights_up_where_the_class_is() -> None:
    head = LinearHead(("bright",), 1)
    with torch.no_grad():
        head.linear.weight.fill_(20.0)
        head.linear.bias.fill_(-10.0)
    image = np.zeros((32, 32), dtype=np.uint8)
    image[:8, 24:] = 255
    heat = predict_heat_map(Network(Backbone(BrightPlaces(), 1), head), image)[0]
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert row < 8
    assert column >= 24
    assert heat[:4, 28:].min() > 0.9
    assert heat[16:].max() < heat[:8, 24:].min() / 2
    # The map is flat up to the corner; the peak is in the middle of the place.
    assert find_peaks(Network(Backbone(BrightPlaces(), 1), head), image[None]).tolist() == [
        [[4, 28]]
    ]


def test_peaks_are_those_of_the_maps(network: Network) -> None:
    images = np.random.default_rng(1).integers(0, 256, (3, 96, 64), dtype=np.uint8)
    peaks = find_peaks(network, images)
    assert peaks.shape == (3, 3, 2)
    for image, own in zip(images, peaks, strict=True):
        for heat, (row, column) in zip(predict_heat_map(network, image), own, strict=True):
            assert heat[row, column] == pytest.approx(heat.max(), rel=1e-3)
