"""A batch of pictures in, its weak and its strong view out, drawn apart from being applied."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Generator, Tensor, where
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample

from labelassemble.settings import AugmentSettings
from labelassemble.types import Image

Matrix = Float[Tensor, "batch 2 3"]
PerImage = Float[Tensor, " batch"]


class Views(NamedTuple):
    """Everything that was drawn for one batch; the same views applied again give the same pixels.

    A field that is None changes nothing.
    """

    weak_affine: Matrix | None
    strong_affine: Matrix | None
    gamma: PerImage | None
    contrast: PerImage | None
    brightness: PerImage | None
    noise: PerImage | None
    """Standard deviation of the noise."""
    noise_seed: int
    blur: Bool[Tensor, " batch"] | None
    erase: Float[Tensor, "batch 4"] | None
    """Top, left, bottom, right of the erased rectangle, as shares of the side."""


def draw_views(generator: Generator, batch: int, settings: AugmentSettings) -> Views:
    """Draw the parameters of the views of ``batch`` images, on the CPU.

    Args:
        generator: a CPU generator; the same state gives the same views on any device.
        batch: number of images.
        settings: ranges; each is drawn from uniformly.
    """

    def draw(limit: float, centre: float = 0.0) -> PerImage | None:
        if limit == 0.0:
            return None
        return centre + limit * (2.0 * torch.rand(batch, generator=generator) - 1.0)

    def draw_affine(degrees: float, shift: float, zoom: float) -> Matrix | None:
        if degrees == shift == zoom == settings.flip == 0.0:
            return None
        angle, scale = draw(degrees), draw(zoom, 1.0)
        across, down = draw(shift), draw(shift)
        flip = torch.rand(batch, generator=generator) < settings.flip
        zero, one = torch.zeros(batch), torch.ones(batch)
        radian = torch.deg2rad(zero if angle is None else angle)
        factor = 1.0 / (one if scale is None else scale)
        cosine, sine = radian.cos() * factor, radian.sin() * factor
        side = where(flip, -1.0, 1.0)
        # Shares of the side are twice as long in the grid's units, which go from -1 to 1.
        rows = [
            torch.stack([cosine * side, -sine, zero if across is None else 2.0 * across], dim=1),
            torch.stack([sine * side, cosine, zero if down is None else 2.0 * down], dim=1),
        ]
        return torch.stack(rows, dim=1)

    weak = draw_affine(settings.rotation_degrees, settings.translation, settings.scale)
    strong = draw_affine(
        settings.strong_rotation_degrees, settings.strong_translation, settings.strong_scale
    )
    return Views(
        weak_affine=weak,
        strong_affine=strong,
        gamma=draw(settings.strong_gamma, 1.0),
        contrast=draw(settings.strong_contrast, 1.0),
        brightness=draw(settings.strong_brightness),
        noise=_draw_share(generator, batch, settings.strong_noise),
        noise_seed=int(torch.randint(2**62, (1,), generator=generator)),
        blur=_draw_blur(generator, batch, settings.strong_blur),
        erase=_draw_rectangle(generator, batch, settings.strong_erase),
    )


def weak_and_strong(image: Image, views: Views) -> tuple[Image, Image]:
    """Apply drawn views, on the device of the images.

    Args:
        image: grey values in [0, 1].
        views: from ``draw_views`` for as many images.

    Returns:
        The weak and the strong view, in [0, 1]. What a shift brings in from outside is black.
    """
    return apply_affine(image, views.weak_affine), _change_strongly(
        apply_affine(image, views.strong_affine), views
    )


def apply_affine(image: Image, matrix: Matrix | None) -> Image:
    """Rotate, shift, zoom and flip about the centre, bilinear; no matrix: the image as it is."""
    if matrix is None:
        return image
    grid = affine_grid(matrix.to(image), list(image.shape), align_corners=False)
    return grid_sample(image, grid, align_corners=False)


def _change_strongly(image: Image, views: Views) -> Image:
    if views.blur is not None:
        blurred = avg_pool2d(image, 3, stride=1, padding=1, count_include_pad=False)
        image = where(_by_image(views.blur, image), blurred, image)
    if views.gamma is not None:
        image = image.clamp(min=1e-6).pow(_by_image(views.gamma, image))
    if views.contrast is not None:
        mean = image.mean(dim=(2, 3), keepdim=True)
        image = torch.lerp(mean, image, _by_image(views.contrast, image))
    if views.brightness is not None:
        image = image + _by_image(views.brightness, image)
    if views.noise is not None:
        generator = Generator(image.device).manual_seed(views.noise_seed)
        noise = torch.randn(
            image.shape, generator=generator, device=image.device, dtype=image.dtype
        )
        image = torch.addcmul(image, noise, _by_image(views.noise, image))
    if views.erase is not None:
        mean = image.mean(dim=(2, 3), keepdim=True)
        image = where(_inside(views.erase, image), mean, image)
    return image.clamp(0.0, 1.0)


def _inside(box: Float[Tensor, "batch 4"], image: Image) -> Bool[Tensor, "batch 1 height width"]:
    top, left, bottom, right = box.to(image.device)[:, :, None, None].unbind(1)
    down = (torch.arange(image.shape[2], device=image.device)[:, None] + 0.5) / image.shape[2]
    across = (torch.arange(image.shape[3], device=image.device)[None, :] + 0.5) / image.shape[3]
    rows, columns = (down >= top) & (down < bottom), (across >= left) & (across < right)
    return (rows & columns)[:, None]


def _by_image(
    values: Tensor, image: Image
) -> Float[Tensor, "batch 1 1 1"] | Bool[Tensor, "batch 1 1 1"]:
    values = values.to(image.device)
    return (values if values.dtype == torch.bool else values.to(image.dtype))[:, None, None, None]


def _draw_share(generator: Generator, batch: int, most: float) -> PerImage | None:
    return most * torch.rand(batch, generator=generator) if most else None


def _draw_blur(generator: Generator, batch: int, chance: float) -> Bool[Tensor, " batch"] | None:
    return torch.rand(batch, generator=generator) < chance if chance else None


def _draw_rectangle(
    generator: Generator, batch: int, most: float
) -> Float[Tensor, "batch 4"] | None:
    if most == 0.0:
        return None
    height, width, top, left = torch.rand(4, batch, generator=generator).unbind(0)
    height, width = height * most, width * most
    top, left = top * (1.0 - height), left * (1.0 - width)
    return torch.stack([top, left, top + height, left + width], dim=1)
