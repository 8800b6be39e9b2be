"""Maps of regions against a loop over boxes and pixels."""

import numpy as np
import torch

from labelassemble.inference.heat_map import predict_heat_map
from labelassemble.inference.region_map import cover_pixels, locate_classes
from labelassemble.model.build import build_network
from labelassemble.model.region_head import Proposed
from labelassemble.settings import ModelSettings


def test_scores_of_all_regions_that_cover_a_pixel_are_summed() -> None:
    torch.manual_seed(0)
    low = torch.rand(2, 2, 7, 2) * 0.6
    box = torch.cat([low, low + 0.4 * torch.rand(2, 2, 7, 2)], dim=-1)
    score = torch.randn(2, 2, 7)
    found = cover_pixels(Proposed(score, box), (9, 11))
    assert found.shape == (2, 2, 9, 11)
    edges = (box * torch.tensor([11, 9, 11, 9])).round().long()
    for row, column in ((0, 0), (4, 5), (8, 10), (3, 7)):
        total = sum(
            float(score[1, 0, number])
            for number, (left, top, right, down) in enumerate(edges[1, 0].tolist())
            if left <= column < right and top <= row < down
        )
        torch.testing.assert_close(
            float(found[1, 0, row, column]), float(total), rtol=1e-5, atol=1e-6
        )


def test_networks_with_and_without_regions_say_where_classes_lie() -> None:
    image = np.random.default_rng(0).integers(0, 256, (2, 64, 64), dtype=np.uint8)
    plain = build_network(ModelSettings(backbone="small"), "masked", ("a", "b"), seed=0)
    found = locate_classes(plain, image)
    np.testing.assert_allclose(found[1], predict_heat_map(plain, image[1]), rtol=1e-5)
    settings = ModelSettings(backbone="small", pyramid=False, region_backbone="small")
    network = build_network(settings, "rpsal", ("a", "b"), seed=0)
    located = locate_classes(network, image)
    assert located.shape == (2, 2, 64, 64)
    with torch.inference_mode():
        grey = torch.from_numpy(image[:, None] / 255.0).float()
        inner, saliency = network.head.show(network.backbone(grey, whole=True))
        proposed = network.head.regions.proposals(inner, saliency)
        large = torch.nn.functional.interpolate(saliency, size=(64, 64), mode="bilinear")
        expected = cover_pixels(proposed, (64, 64)) * large.sigmoid()
    np.testing.assert_allclose(located, expected.numpy(), rtol=1e-4, atol=1e-5)
