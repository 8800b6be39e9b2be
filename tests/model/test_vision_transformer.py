import torch

from labelassemble.model.vision_transformer import Attention, VisionTransformer, vit_s16


def make() -> VisionTransformer:
    torch.manual_seed(0)
    return VisionTransformer(32, 2, 4, patch=8).eval()


def test_vit_s16_has_the_published_parameters() -> None:
    layers, features = vit_s16(1)
    assert features == 384
    own = {name: tuple(value.shape) for name, value in layers.state_dict().items()}
    assert own["pos_embed"] == (1, 197, 384)
    assert own["patch_embed.proj.weight"] == (384, 1, 16, 16)
    assert own["blocks.11.attn.qkv.weight"] == (1152, 384)
    assert own["blocks.0.mlp.fc1.weight"] == (1536, 384)
    assert own["norm.bias"] == (384,)
    assert len(own) == 4 + 12 * 12 + 2
    # DeiT-S of timm has 22,050,664, with a head of 1,000 classes and three colours.
    count = sum(value.numel() for value in layers.parameters())
    assert count == 22_050_664 - 385_000 - 2 * 256 * 384


def test_attention_is_that_of_torch() -> None:
    torch.manual_seed(0)
    ours = Attention(16, 4)
    theirs = torch.nn.MultiheadAttention(16, 4, batch_first=True)
    theirs.in_proj_weight.data = ours.qkv.weight.data
    theirs.in_proj_bias.data = ours.qkv.bias.data
    theirs.out_proj.load_state_dict(ours.proj.state_dict())
    tokens = torch.randn(2, 5, 16)
    torch.testing.assert_close(ours(tokens), theirs(tokens, tokens, tokens)[0])


def test_places_of_the_map_are_places_of_the_image() -> None:
    network = make()
    image = torch.rand(1, 1, 24, 32)
    tokens = network.encode(network.embed(image))
    feature = network(image)
    assert feature.shape == (1, 32, 3, 4)
    torch.testing.assert_close(feature[0, :, 2, 1], tokens[0, 1 + 2 * 4 + 1])


def test_a_patch_is_told_from_the_same_patch_elsewhere() -> None:
    feature = make()(torch.full((1, 1, 32, 32), 0.3))
    assert not torch.allclose(feature[0, :, 0, 0], feature[0, :, 3, 2])


def test_some_tokens_can_be_excluded() -> None:
    network = make()
    tokens = network.embed(torch.rand(2, 1, 32, 32))
    assert network.encode(tokens[:, :3]).shape == (2, 4, 32)
