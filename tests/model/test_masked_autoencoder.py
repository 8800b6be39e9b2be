import pytest
import torch

from labelassemble.errors import ModelError
from labelassemble.model.backbone import Backbone, build_backbone
from labelassemble.model.input_scale import settle_scale
from labelassemble.model.masked_autoencoder import (
    MaskedAutoencoder,
    draw_hidden,
    masked_patch_loss,
    normalise_patches,
)
from labelassemble.model.vision_transformer import VisionTransformer
from labelassemble.weights_settings import InputSettings


def make(patch: int = 8) -> MaskedAutoencoder:
    torch.manual_seed(0)
    return MaskedAutoencoder(Backbone(VisionTransformer(32, 2, 4, patch), 32), 32, 1)


def test_exactly_that_share_is_hidden() -> None:
    generator = torch.Generator().manual_seed(0)
    for patches, ratio, count in (
        (196, 0.9, 177),
        (196, 0.75, 147),
        (100, 0.9, 90),
        (4, 0.9, 3),
        (4, 0.01, 1),
    ):
        hidden = draw_hidden(generator, 8, patches, ratio)
        assert hidden.sum(dim=1).tolist() == [count] * 8


def test_every_patch_is_hidden_equally_often_and_images_differ() -> None:
    hidden = draw_hidden(torch.Generator().manual_seed(0), 4000, 16, 0.75).float()
    torch.testing.assert_close(hidden.mean(dim=0), torch.full((16,), 0.75), rtol=0.0, atol=0.03)
    assert len({tuple(row) for row in hidden.tolist()}) > 1000


def test_the_loss_is_that_of_a_loop_over_hidden_patches() -> None:
    drawn, patches = torch.randn(2, 5, 9), torch.randn(2, 5, 9)
    hidden = torch.tensor([[True, False, True, False, False], [False, True, True, False, False]])
    errors = [
        float((drawn[i, j, k] - patches[i, j, k]) ** 2)
        for i in range(2)
        for j in range(5)
        for k in range(9)
        if hidden[i, j]
    ]
    assert float(masked_patch_loss(drawn, patches, hidden)) == pytest.approx(
        sum(errors) / len(errors), rel=1e-5
    )


def test_what_was_seen_does_not_count() -> None:
    drawn = torch.randn(1, 4, 9, requires_grad=True)
    hidden = torch.tensor([[True, False, True, False]])
    masked_patch_loss(drawn, torch.randn(1, 4, 9), hidden).backward()
    assert drawn.grad is not None
    moved = drawn.grad.abs().sum(dim=2) > 0
    assert torch.equal(moved, hidden)


def test_patches_are_normalised_one_by_one() -> None:
    patches = torch.cat([torch.rand(2, 3, 64) * 7 + 2, torch.full((2, 1, 64), 0.4)], dim=1)
    normal = normalise_patches(patches)
    torch.testing.assert_close(normal.mean(dim=2), torch.zeros(2, 4), rtol=0.0, atol=1e-4)
    torch.testing.assert_close(normal[:, :3].std(dim=2), torch.ones(2, 3), rtol=0.0, atol=1e-3)
    assert (normal[:, 3].abs() < 1e-2).all()


def test_hidden_pixels_are_never_seen() -> None:
    network = make().eval()
    image = torch.rand(1, 1, 32, 32)
    hidden = draw_hidden(torch.Generator().manual_seed(0), 1, 16, 0.75)
    drawn, _ = network.draw(image, hidden)
    changed = image.clone()
    for place in hidden[0].nonzero().flatten().tolist():
        row, column = divmod(place, 4)
        changed[..., 8 * row : 8 * row + 8, 8 * column : 8 * column + 8] = torch.rand(8, 8)
    assert torch.equal(network.draw(changed, hidden)[0], drawn)
    assert not torch.equal(network.draw(image.flip(3), hidden)[0], drawn)


def test_seen_patches_go_back_to_their_places() -> None:
    """The decoder gets what the encoder saw where it was, and the mask token everywhere else."""
    network = make().eval()
    got: list[torch.Tensor] = []
    network.decoder.register_forward_pre_hook(lambda _, tokens: got.append(tokens[0]))
    image = torch.rand(2, 1, 32, 32)
    hidden = draw_hidden(torch.Generator().manual_seed(1), 2, 16, 0.5)
    network.draw(image, hidden)
    from labelassemble.model.patch_grid import position_code

    tokens = got[0][:, 1:] - position_code(4, 4, 32)
    for number in range(2):
        seen = network.encoder.embed(network.backbone.scale_input(image[number : number + 1]))
        encoded = network.encoder.encode(seen[:, ~hidden[number]])
        expected = network.decoder_embed(encoded[0, 1:])
        torch.testing.assert_close(tokens[number, ~hidden[number]], expected, rtol=1e-4, atol=1e-5)
        token = network.mask_token[0].expand(8, -1)
        torch.testing.assert_close(tokens[number, hidden[number]], token, rtol=1e-4, atol=1e-5)


def test_it_learns_to_draw_what_is_hidden() -> None:
    """Stripes, whose hidden parts follow from the seen ones."""
    network = make()
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    generator = torch.Generator().manual_seed(0)
    phase = torch.rand(16, 1, 1, 1, generator=generator) * 6.28
    stripes = 0.5 + 0.5 * torch.sin(torch.arange(32.0)[None, None, None] / 2.5 + phase)
    image = stripes.expand(16, 1, 32, 32)
    losses = []
    for _ in range(120):
        loss = network(image, draw_hidden(generator, 16, 16, 0.75))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[0] > 0.9
    assert losses[-1] < 0.5


def test_positions_stay_and_everything_else_learns() -> None:
    network = make()
    network(torch.rand(2, 1, 40, 33), draw_hidden(torch.Generator(), 2, 25, 0.5)).backward()
    without = [name for name, one in network.named_parameters() if one.grad is None]
    assert without == ["backbone.layers.pos_embed"]
    assert len(network.state_dict()) == len(dict(network.named_parameters()))


def test_other_backbones_are_refused() -> None:
    with pytest.raises(ModelError, match="a SmallBackbone, which cannot leave patches out"):
        MaskedAutoencoder(build_backbone("small"), 32, 1)


def test_grey_values_are_drawn_as_the_encoder_sees_them_on_request() -> None:
    torch.manual_seed(0)
    scale = settle_scale(InputSettings(mean=(0.5, 0.4, 0.3), deviation=(0.25, 0.2, 0.1)), None)
    backbone = Backbone(VisionTransformer(32, 1, 4, 8, 3), 32, scale)
    network = MaskedAutoencoder(backbone, 32, 1, normalise=False)
    image = torch.rand(2, 1, 16, 16)
    hidden = draw_hidden(torch.Generator(), 2, 4, 0.5)
    drawn, there = network.draw(image, hidden)
    assert drawn.shape == there.shape == (2, 4, 8 * 8 * 3)
    pixels = there.view(2, 2, 2, 8, 8, 3)
    for channel, (mean, deviation) in enumerate(((0.5, 0.25), (0.4, 0.2), (0.3, 0.1))):
        expected = (image[:, 0, 8:, :8] - mean) / deviation
        torch.testing.assert_close(pixels[:, 1, 0, :, :, channel], expected)
    torch.testing.assert_close(network(image, hidden), masked_patch_loss(drawn, there, hidden))


def test_an_image_of_one_patch_can_hide_nothing() -> None:
    with pytest.raises(ModelError, match=r"two patches or more(.|\n)*images\.size"):
        draw_hidden(torch.Generator(), 2, 1, 0.5)
