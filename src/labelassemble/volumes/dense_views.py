"""Patches in, a weak and a strong view of each out, whose voxels correspond one to one.

A dense prediction on the strong view is drawn to the sharpened prediction on the weak view at the
same place, so both views are moved by one and the same drawn motion; only greys differ.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Generator, Tensor
from torch.nn.functional import affine_grid, grid_sample

from labelassemble.errors import SettingsError
from labelassemble.settings import DenseAugmentSettings

_Patches = Float[Tensor, "batch channels *space"]

PerPatch = Float[Tensor, " batch"]
"""One number a patch."""

_ALMOST_ONE = 1.0 - 1e-3


class DenseViews(NamedTuple):
    """Everything that was drawn for one batch; the same views give the same patches.

    Attributes:
        motion: where each output voxel comes from: output to input place, both in voxels from the
            patch's middle, axes in the order of the patch.
        contrast: factor around the patch's mean; 1 changes nothing.
        brightness: added grey value; 0 changes nothing.
        gamma: exponent of the grey value; 1 changes nothing.
        noise: standard deviation of the noise; 0 changes nothing.
        noise_seed: of the noise itself, which is made where the patch is.
        erase: box that is filled with the patch's mean: first and last voxel, exclusive, along each
            axis; empty where they are equal.
    """

    motion: Float[Tensor, "batch axes axes_and_one"]
    contrast: PerPatch
    brightness: PerPatch
    gamma: PerPatch
    noise: PerPatch
    noise_seed: int
    erase: Int[Tensor, "batch axes 2"]


class DensePair(NamedTuple):
    """Two views of a batch and what is known of their voxels.

    Attributes:
        weak: moved, in [0, 1].
        strong: moved alike, greys changed, a box erased, in [0, 1].
        label: moved alike: 1 where the class is, else 0; without meaning where not known.
        known: False where a voxel that is unknown, or outside the patch, has a part.
    """

    weak: Float[Tensor, "batch 1 *space"]
    strong: Float[Tensor, "batch 1 *space"]
    label: Float[Tensor, "batch classes *space"]
    known: Bool[Tensor, "batch classes *space"]


def draw_dense_views(
    generator: Generator,
    batch: int,
    size: Sequence[int],
    settings: DenseAugmentSettings,
    spacing_mm: Sequence[float] | None = None,
) -> DenseViews:
    """Draw the views of one batch, on the CPU.

    Args:
        generator: a CPU generator; always advanced by the same amount for the same ``batch``.
        batch: number of patches.
        size: of the patches, two or three axes.
        settings: ranges to draw from, uniformly; 0 turns a change off.
        spacing_mm: of neighbouring voxels along each axis, so that a turn is one in the patient;
            None: the same along all.

    Raises:
        SettingsError: flips or turns for another number of axes.
    """
    axes = len(size)
    turns = 1 if axes == 2 else 3
    if len(settings.flip) != axes or len(settings.rotation_degrees) != turns:
        raise SettingsError(
            f"a chance of a flip for each of {axes} axes and {turns} turns",
            f"flip = {settings.flip}, rotation_degrees = {settings.rotation_degrees}",
            "Fix flip and rotation_degrees",
        )

    def draw(low: float, high: float) -> PerPatch:
        return low + (high - low) * torch.rand(batch, generator=generator)

    angles = torch.stack([draw(-most, most) for most in settings.rotation_degrees], dim=1)
    flips = torch.stack([draw(0.0, 1.0) < chance for chance in settings.flip], dim=1)
    zoom = draw(1.0 - settings.scale, 1.0 + settings.scale)
    reach = settings.translation
    shift = torch.stack([draw(-reach, reach) * side for side in size], dim=1)
    spans = []
    for side in size:
        length = (draw(0.0, settings.strong_erase) * side).round().long()
        start = (draw(0.0, 1.0) * (side - length + 1)).long().minimum(side - length)
        spans.append(torch.stack([start, start + length], dim=1))
    return DenseViews(
        motion=make_motion(angles, flips, zoom, shift, spacing_mm or (1.0,) * axes),
        contrast=draw(1.0 - settings.strong_contrast, 1.0 + settings.strong_contrast),
        brightness=draw(-settings.strong_brightness, settings.strong_brightness),
        gamma=draw(1.0 - settings.strong_gamma, 1.0 + settings.strong_gamma),
        noise=draw(0.0, settings.strong_noise),
        noise_seed=int(torch.randint(2**62, (), generator=generator)),
        erase=torch.stack(spans, dim=1),
    )


def make_motion(
    degrees: Float[Tensor, "batch turns"],
    flip: Bool[Tensor, "batch axes"],
    zoom: PerPatch,
    shift: Float[Tensor, "batch axes"],
    spacing_mm: Sequence[float],
) -> Float[Tensor, "batch axes axes_and_one"]:
    """Turn, zoom and mirror around the middle, then shift.

    Args:
        degrees: about the first, second and third axis in turn; in 2-D in the plane.
        flip: whether to mirror along each axis.
        zoom: more than 1 enlarges.
        shift: by voxels, along each axis.
        spacing_mm: along each axis; turns are made in millimetres.

    Returns:
        From output to input: x_in = motion[:, :axes] x_out + motion[:, axes].

    >>> still, one = torch.zeros(1, 2), torch.ones(1)
    >>> make_motion(still[:, :1], still > 0, one, still, (1.0, 1.0)).tolist()
    [[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]
    """
    axes = flip.shape[1]
    planes = ((0, 1),) if axes == 2 else ((1, 2), (2, 0), (0, 1))
    turn = torch.eye(axes).repeat(len(degrees), 1, 1)
    for place, (one, other) in enumerate(planes):
        angle = degrees[:, place] * (math.pi / 180.0)
        step = torch.eye(axes).repeat(len(degrees), 1, 1)
        step[:, one, one] = step[:, other, other] = torch.cos(angle)
        step[:, one, other], step[:, other, one] = -torch.sin(angle), torch.sin(angle)
        turn = turn @ step
    spacing = torch.tensor([float(one) for one in spacing_mm])
    turn = turn * spacing[None, None, :] / spacing[None, :, None]
    # -0.0 would make still views look moved.
    turn = turn / zoom[:, None, None] * torch.where(flip, -1.0, 1.0)[:, None, :] + 0.0
    back = 0.0 - turn @ shift[:, :, None]
    return torch.cat([turn, back], dim=2)


def dense_weak_and_strong(
    image: Float[Tensor, "batch 1 *space"],
    label: Float[Tensor, "batch classes *space"],
    known: Bool[Tensor, "batch classes *space"],
    views: DenseViews,
) -> DensePair:
    """Make the two views and their labels, on the patches' device.

    What moves in from outside is black and unknown. Labels become 1 where their mask, interpolated
    linearly, reaches 0.5.

    Args:
        image: grey values in [0, 1].
        label: 1 or 0 for each voxel.
        known: whether somebody looked there.
        views: what ``draw_dense_views`` drew for this batch, on the CPU.
    """
    weak = move_patches(image, views.motion).clamp(0.0, 1.0)
    still = torch.eye(*views.motion.shape[1:])
    if bool((views.motion == still).all()):
        moved_label, moved_known = label, known
    else:
        both = torch.cat([label * known, known.to(label.dtype)], dim=1)
        moved = move_patches(both, views.motion)
        moved_label = (moved[:, : label.shape[1]] >= 0.5).to(label.dtype)
        moved_known = moved[:, label.shape[1] :] >= _ALMOST_ONE
    return DensePair(weak, change_greys(weak, views), moved_label, moved_known)


def move_patches(patches: _Patches, motion: Float[Tensor, "batch axes axes_and_one"]) -> _Patches:
    """Read every voxel from where ``motion`` says, linearly interpolated; 0 from outside."""
    axes = motion.shape[1]
    if bool((motion == torch.eye(axes, axes + 1)).all()):
        return patches
    # grid_sample counts axes from the last one, and sides from -1 to 1.
    half = torch.tensor([side / 2.0 for side in patches.shape[2:]])
    scaled = motion.clone()
    scaled[:, :, :axes] *= half[None, None, :] / half[None, :, None]
    scaled[:, :, axes] /= half
    turned = torch.cat([scaled[:, :, :axes].flip(1, 2), scaled[:, :, axes:].flip(1)], dim=2)
    shape = [len(patches), 1, *patches.shape[2:]]
    grid = affine_grid(turned.to(patches.device, patches.dtype), shape, align_corners=False)
    return grid_sample(patches, grid, align_corners=False)


def change_greys(
    image: Float[Tensor, "batch 1 *space"], views: DenseViews
) -> Float[Tensor, "batch 1 *space"]:
    """Contrast and brightness, gamma, noise, one erased box, in this order; in [0, 1]."""
    axes = image.ndim - 2
    mean = image.mean(dim=tuple(range(1, image.ndim)), keepdim=True)
    grey = image

    def spread(values: PerPatch) -> Tensor:
        return values.to(image.device, non_blocking=True).view(-1, *(1,) * (axes + 1))

    if bool((views.contrast != 1.0).any() or (views.brightness != 0.0).any()):
        contrast = spread(views.contrast)
        grey = torch.addcmul(mean * (1.0 - contrast) + spread(views.brightness), grey, contrast)
        grey = grey.clamp_(0.0, 1.0)
    if bool((views.gamma != 1.0).any()):
        # exp(g log x) is x^g, ten times as fast as pow on a CPU; 0 stays 0 by way of -inf.
        grey = torch.log(grey).mul_(spread(views.gamma)).exp_()
    if bool((views.noise > 0.0).any()):
        generator = Generator(image.device).manual_seed(views.noise_seed)
        noise = torch.randn(
            image.shape, generator=generator, device=image.device, dtype=image.dtype
        )
        grey = noise.mul_(spread(views.noise)).add_(grey).clamp_(0.0, 1.0)
    return torch.where(erased_voxels(views, image), mean, grey)


def erased_voxels(
    views: DenseViews, like: Float[Tensor, "batch channels *space"]
) -> Bool[Tensor, "batch 1 *space"]:
    """Voxels of the strong view that nothing is left of."""
    axes = like.ndim - 2
    inside = torch.ones(len(like), 1, *(1,) * axes, dtype=torch.bool, device=like.device)
    for axis, side in enumerate(like.shape[2:]):
        place = torch.arange(side)
        first, last = views.erase[:, axis, :1], views.erase[:, axis, 1:]
        span = ((place >= first) & (place < last)).to(like.device, non_blocking=True)
        shape = [1] * axes
        shape[axis] = side
        inside = inside & span.view(-1, 1, *shape)
    return inside
