"""Pre-training without labels: hide most patches of an image and draw them from the rest."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from labelassemble.errors import ModelError
from labelassemble.model.backbone import Backbone
from labelassemble.model.patch_grid import (
    Patches,
    patchify,
    position_code,
    stretch_to_multiple,
)
from labelassemble.model.vision_transformer import (
    PATCH,
    Block,
    Tokens,
    VisionTransformer,
    start_linear_layers,
)
from labelassemble.types import Image, Scalar

_Hidden = Bool[Tensor, "batch patches"]
"""Whether a patch is hidden from the encoder; equally many in every image."""

HEAD_FEATURES = 32
"""Features of one attention head of the decoder."""


class MaskedAutoencoder(nn.Module):
    """A vision transformer sees the patches that are left; a small decoder draws the hidden ones.

    Args:
        backbone: one whose layers are a ``VisionTransformer``; this is what is kept afterwards.
        decoder_features: width of the decoder; a multiple of 32.
        decoder_layers: blocks of the decoder.
        normalise: draw each patch brought to mean 0 and deviation 1 (He 2022); false: its grey
            values as the encoder sees them (Xiao 2023).

    Raises:
        ModelError: a backbone of another kind, which cannot leave patches out.

    Source: He et al. 2022, masked autoencoders.
    Paper: Xiao 2023, pre-training.
    """

    def __init__(
        self,
        backbone: Backbone,
        decoder_features: int,
        decoder_layers: int,
        normalise: bool = True,
    ) -> None:
        super().__init__()
        self.normalise = normalise
        if not isinstance(backbone.layers, VisionTransformer):
            raise ModelError(
                "a vision transformer (vit_ti16, vit_s16, vit_b16) to pre-train as a masked "
                "autoencoder",
                f"a {type(backbone.layers).__name__}, which cannot leave patches out",
                "Set pretrain.backbone to one of them",
            )
        self.backbone = backbone
        heads = decoder_features // HEAD_FEATURES
        self.decoder_embed = nn.Linear(self.encoder.features, decoder_features)
        self.mask_token = nn.Parameter(0.02 * torch.randn(1, 1, decoder_features))
        self.decoder = nn.Sequential(
            *(Block(decoder_features, heads) for _ in range(decoder_layers))
        )
        self.decoder_norm = nn.LayerNorm(decoder_features, eps=1e-6)
        numbers = backbone.scale.channels * self.encoder.patch**2
        self.decoder_pixels = nn.Linear(decoder_features, numbers)
        for part in (self.decoder_embed, self.decoder, self.decoder_pixels):
            start_linear_layers(part)
        # Positions are those of He et al., sines and cosines; a later training may move them.
        self.encoder.pos_embed.requires_grad_(False)

    @property
    def encoder(self) -> VisionTransformer:
        """The layers of the backbone."""
        assert isinstance(self.backbone.layers, VisionTransformer)
        return self.backbone.layers

    def forward(self, image: Image, hidden: _Hidden) -> Scalar:
        """Give the loss of drawing the hidden patches.

        Args:
            image: grey values in [0, 1]; sides that are no multiples of a patch are stretched.
            hidden: from ``draw_hidden``.
        """
        return masked_patch_loss(*self.draw(image, hidden), hidden)

    def draw(self, image: Image, hidden: _Hidden) -> tuple[Patches, Patches]:
        """Draw every patch from those that are not hidden.

        Returns:
            What is drawn and what is there: where patches are normalised with mean 0 and deviation
            1 within each, else as the encoder sees them.
        """
        patch = self.encoder.patch
        image = stretch_to_multiple(image, patch)
        rows, columns = (side // patch for side in image.shape[2:])
        scaled = self.backbone.scale_input(image)
        tokens = self.encoder.embed(scaled)
        # Equally many are left in every image, so what is left is a batch again.
        seen = tokens[~hidden].reshape(len(image), -1, tokens.shape[2])
        encoded = self.decoder_embed(self.encoder.encode(seen))
        drawn = self._decode(encoded, hidden, rows, columns)
        if not self.normalise:
            return drawn, patchify(scaled, patch)
        grey = image.expand(-1, scaled.shape[1], -1, -1)
        return drawn, normalise_patches(patchify(grey, patch))

    def _decode(self, encoded: Tokens, hidden: _Hidden, rows: int, columns: int) -> Patches:
        """Put the mask token where patches are hidden; the class token comes first."""
        first, seen = encoded[:, :1], encoded[:, 1:]
        features = seen.shape[2]
        places = position_code(rows, columns, features).to(seen)
        every = self.mask_token.to(seen.dtype).expand(*hidden.shape, -1)
        every = every.masked_scatter(~hidden[..., None], seen) + places
        decoded = self.decoder_norm(self.decoder(torch.cat([first, every], dim=1)))
        drawn: Tensor = self.decoder_pixels(decoded[:, 1:])
        return drawn


def draw_hidden(generator: torch.Generator, batch: int, patches: int, mask_ratio: float) -> _Hidden:
    """Draw which patches are hidden: the same number in every image, each patch equally often.

    Args:
        generator: a CPU generator.
        batch: number of images.
        patches: patches of an image.
        mask_ratio: share that is hidden, in (0, 1); at least one patch is hidden and one is left.

    Raises:
        ModelError: a single patch, of which nothing can be both hidden and left.

    >>> draw_hidden(torch.Generator(), 3, 196, 0.9).sum(dim=1).tolist()
    [177, 177, 177]
    """
    if patches < 2:
        raise ModelError(
            "images of two patches or more, some to hide and some to see",
            f"{patches}: they are no larger than a patch of {PATCH} pixels",
            "Raise images.size (224) and assemble again",
        )
    # The number seen is rounded down, as He et al. and Xiao et al. do: 19 of 196.
    seen = int((1.0 - mask_ratio) * patches + 1e-9)
    count = min(patches - 1, max(1, patches - seen))
    rank = torch.rand(batch, patches, generator=generator).argsort(dim=1)
    return torch.zeros(batch, patches, dtype=torch.bool).scatter_(1, rank[:, :count], True)


def normalise_patches(patches: Patches) -> Patches:
    """Bring each patch to mean 0 and deviation 1, a flat one to 0.

    Source: He et al. 2022, normalised pixels as what is to be drawn.
    """
    variance, mean = torch.var_mean(patches, dim=2, keepdim=True)
    return (patches - mean) / (variance + 1e-6).sqrt()


def masked_patch_loss(
    drawn: Float[Tensor, "batch patches pixels"],
    patches: Float[Tensor, "batch patches pixels"],
    hidden: _Hidden,
) -> Scalar:
    """Mean squared difference over the pixels of hidden patches; what was seen does not count.

    Args:
        drawn: what the decoder drew.
        patches: what is there.
        hidden: whether a patch was hidden; at least one.

    Source: He et al. 2022.
    """
    error = (drawn.float() - patches.float()).square().mean(dim=2)
    return error[hidden].mean()
