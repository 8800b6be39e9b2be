import pytest
import torch

from labelassemble.model.small_unet import SmallUnet, pad_to_multiple


@pytest.mark.parametrize(("dimensions", "levels"), [(2, 2), (2, 4), (3, 3)])
def test_twice_as_many_channels_a_level(dimensions: int, levels: int) -> None:
    network = SmallUnet(dimensions, 8, levels)
    seen: list[torch.Size] = []
    for down in network.down:
        down.register_forward_hook(lambda _module, _input, layer: seen.append(layer.shape))
    image = torch.rand(1, 1, *(16,) * dimensions)
    assert network(image).shape == (1, 8, *image.shape[2:])
    assert [shape[1] for shape in seen] == [8 * 2**level for level in range(levels)]
    assert [shape[2] for shape in seen] == [16 // 2**level for level in range(levels)]


def test_padding_repeats_the_last_voxels() -> None:
    image = torch.arange(12.0).reshape(1, 1, 3, 4)
    padded = pad_to_multiple(image, 2)
    assert padded.shape == (1, 1, 4, 4)
    assert torch.equal(padded[..., :3, :], image)
    assert torch.equal(padded[0, 0, 3], image[0, 0, 2])
    assert pad_to_multiple(image[..., :2, :], 1).shape == (1, 1, 2, 4)
