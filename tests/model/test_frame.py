"""What is seen of an image outside of training."""

import torch

from labelassemble.model.build import build_network
from labelassemble.model.frame import WHOLE_IMAGE, Frame, frame_image
from labelassemble.settings import ModelSettings
from labelassemble.weights_settings import InputSettings


def test_the_middle_is_cut_out_and_scaled() -> None:
    image = torch.arange(64.0).view(1, 1, 8, 8)
    assert frame_image(image, WHOLE_IMAGE) is not None
    assert torch.equal(frame_image(image, WHOLE_IMAGE), image)
    assert torch.equal(frame_image(image, Frame(None, 0.5)), image[:, :, 2:6, 2:6])
    assert torch.equal(frame_image(image, Frame(4, 0.5)), image[:, :, 2:6, 2:6])
    smaller = frame_image(image, Frame(4, 1.0))
    assert smaller.shape == (1, 1, 4, 4)
    torch.testing.assert_close(smaller.mean(), image.mean())


def test_evaluation_sees_the_middle_and_dense_predictions_the_whole() -> None:
    asked = InputSettings(side=32, centre=0.5)
    settings = ModelSettings(backbone="small", input=asked)
    network = build_network(settings, "masked", ("a",), seed=0).eval()
    image = torch.rand(2, 1, 128, 128)
    border = image.clone()
    border[:, :, 32:96, 32:96] = 0.0
    other = image.clone()
    other[border > 0] = 0.3
    assert torch.equal(network(image), network(other))
    assert not torch.equal(network(image, dense=True), network(other, dense=True))
    assert network(image, dense=True).shape[2:] == network.backbone(image).shape[2:] == (2, 2)
    # In training views come as they are to be seen.
    assert network.train().backbone(torch.rand(2, 1, 64, 64)).shape[2:] == (4, 4)
    told = network.backbone.to_settings()
    assert (told.side, told.centre, told.mean) == (32, 0.5, (0.5,))
