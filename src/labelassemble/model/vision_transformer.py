"""The vision transformer, as a feature extractor and as the encoder of a masked autoencoder."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from labelassemble.model.patch_grid import position_code, resize_positions, stretch_to_multiple
from labelassemble.types import Feature, ScaledImage

Tokens = Float[Tensor, "batch tokens features"]
"""A sequence of feature vectors."""

PATCH, GRID = 16, 14
"""Side of a patch in pixels; patches a side of the published 224-pixel image."""


class VisionTransformer(nn.Module):
    """Patches in, a feature vector for each out; parameters have the published names.

    Positions begin as sines and cosines of a 14 x 14 grid and are read between its places for
    images of other sizes. An image whose sides are no multiples of 16 is stretched to the next.
    A class token takes part in attention, so that published weights mean what they meant; the
    feature map holds the patches alone.

    Args:
        features: length of a feature vector; a multiple of 4 and of ``heads``.
        depth: number of blocks.
        heads: attention heads.
        patch: side of a patch in pixels.
        channels: of an image.

    Source: Dosovitskiy et al. 2021; sizes: Touvron et al. 2021 (DeiT).
    """

    def __init__(
        self, features: int, depth: int, heads: int, patch: int = PATCH, channels: int = 1
    ) -> None:
        super().__init__()
        self.features, self.patch = features, patch
        projection = nn.Conv2d(channels, features, patch, stride=patch)
        self.patch_embed = nn.ModuleDict({"proj": projection})
        self.cls_token = nn.Parameter(0.02 * torch.randn(1, 1, features))
        places = position_code(GRID, GRID, features)
        self.pos_embed = nn.Parameter(torch.cat([torch.zeros(1, features), places])[None])
        self.blocks = nn.Sequential(*(Block(features, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(features, eps=1e-6)
        # A patch embedding is a linear layer on pixels and starts as one.
        nn.init.xavier_uniform_(projection.weight.view(features, -1))
        start_linear_layers(self)

    def forward(self, image: ScaledImage) -> Feature:
        """Compute the feature map: a place for every patch."""
        image = stretch_to_multiple(image, self.patch)
        rows, columns = (side // self.patch for side in image.shape[2:])
        found = self.encode(self.embed(image))[:, 1:]
        return found.transpose(1, 2).reshape(image.shape[0], self.features, rows, columns)

    def embed(self, image: ScaledImage) -> Tokens:
        """Make a token of every patch and add where it stands; sides are multiples of a patch."""
        grid: Tensor = self.patch_embed["proj"](image)
        places = resize_positions(self.pos_embed[:, 1:], *grid.shape[2:])
        tokens: Tokens = grid.flatten(2).transpose(1, 2) + places
        return tokens

    def encode(self, tokens: Tokens) -> Float[Tensor, "batch tokens+1 features"]:
        """Let tokens (all of an image, or some) attend to each other and to a class token.

        Returns:
            The class token's features first, then those of the tokens in their order.
        """
        first = (self.cls_token + self.pos_embed[:, :1]).expand(tokens.shape[0], -1, -1)
        encoded: Tensor = self.norm(self.blocks(torch.cat([first, tokens], dim=1)))
        return encoded


class Block(nn.Module):
    """Attention, then a perceptron four times as wide, each beside a shortcut and behind a norm.

    Source: Dosovitskiy et al. 2021.
    """

    def __init__(self, features: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(features, eps=1e-6)
        self.attn = Attention(features, heads)
        self.norm2 = nn.LayerNorm(features, eps=1e-6)
        self.mlp = Perceptron(features, 4 * features)
        # Places that ``set_stochastic_depth`` fills.
        self.drop_path1, self.drop_path2 = nn.Identity(), nn.Identity()

    def forward(self, tokens: Tokens) -> Tokens:
        """Give as many tokens as came."""
        tokens = tokens + self.drop_path1(self.attn(self.norm1(tokens)))
        changed: Tokens = tokens + self.drop_path2(self.mlp(self.norm2(tokens)))
        return changed


class Attention(nn.Module):
    """Every token asks all tokens, in several heads.

    Source: Vaswani et al. 2017.
    """

    def __init__(self, features: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(features, 3 * features)
        self.proj = nn.Linear(features, features)

    def forward(self, tokens: Tokens) -> Tokens:
        """Give as many tokens as came."""
        asked = self.qkv(tokens).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        predicted = scaled_dot_product_attention(asked[0], asked[1], asked[2])
        logit: Tokens = self.proj(predicted.transpose(1, 2).flatten(2))
        return logit


class Perceptron(nn.Module):
    """Two layers with a GELU between."""

    def __init__(self, features: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(features, hidden)
        self.fc2 = nn.Linear(hidden, features)

    def forward(self, tokens: Tokens) -> Tokens:
        """Change each token by itself."""
        changed: Tokens = self.fc2(gelu(self.fc1(tokens)))
        return changed


def start_linear_layers(network: nn.Module) -> None:
    """Draw the weights of linear layers as He et al. 2022 do (Glorot 2010, uniform); no biases."""
    for module in network.modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)


def vit_ti16(channels: int) -> tuple[nn.Module, int]:
    """ViT-Ti/16 (Touvron 2021): 12 blocks, 3 heads, 192 features."""
    return VisionTransformer(192, 12, 3, channels=channels), 192


def vit_s16(channels: int) -> tuple[nn.Module, int]:
    """ViT-S/16 (Touvron 2021): 12 blocks, 6 heads, 384 features; Xiao 2022 pre-trains it."""
    return VisionTransformer(384, 12, 6, channels=channels), 384


def vit_b16(channels: int) -> tuple[nn.Module, int]:
    """ViT-B/16 (Dosovitskiy 2021): 12 blocks, 12 heads, 768 features."""
    return VisionTransformer(768, 12, 12, channels=channels), 768
