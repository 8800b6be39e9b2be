import numpy as np
import pytest
import torch
from torch import Generator, Tensor
from torch.nn.functional import max_pool2d, max_pool3d

from labelassemble.errors import SettingsError
from labelassemble.settings import DenseAugmentSettings
from labelassemble.volumes.dense_views import (
    DenseViews,
    dense_weak_and_strong,
    draw_dense_views,
    erased_voxels,
    make_motion,
    move_patches,
)

THREE = DenseAugmentSettings(flip=(0.5, 0.5, 0.5))
TWO = DenseAugmentSettings(flip=(0.5, 0.5), rotation_degrees=(20.0,))
STILL = {
    "scale": 0.0,
    "translation": 0.0,
    "strong_contrast": 0.0,
    "strong_brightness": 0.0,
    "strong_gamma": 0.0,
    "strong_noise": 0.0,
    "strong_erase": 0.0,
}


def draw(seed: int, size: tuple[int, ...], settings: DenseAugmentSettings) -> DenseViews:
    return draw_dense_views(Generator().manual_seed(seed), 4, size, settings)


def smooth(size: tuple[int, ...]) -> Tensor:
    """Four patches of a few soft blobs, black near the border."""
    generator = Generator().manual_seed(7)
    image = torch.zeros(4, 1, *size)
    places = torch.meshgrid(*(torch.arange(side).float() for side in size), indexing="ij")
    for patch in image:
        for _ in range(4):
            centre = [(0.35 + 0.3 * torch.rand((), generator=generator)) * side for side in size]
            far = sum((place - one) ** 2 for place, one in zip(places, centre, strict=True))
            patch[0] += 0.3 * torch.exp(-far / 18.0)
    return image


@pytest.mark.parametrize(("size", "settings"), [((24, 20), TWO), ((16, 18, 20), THREE)])
def test_both_views_share_one_motion(size: tuple[int, ...], settings: DenseAugmentSettings) -> None:
    views = draw(0, size, settings)
    image = smooth(size)
    label = (image > 0.2).float()
    known = torch.ones_like(label, dtype=torch.bool)
    pair = dense_weak_and_strong(image, label, known, views)
    plain = views._replace(
        contrast=torch.ones(4),
        brightness=torch.zeros(4),
        gamma=torch.ones(4),
        noise=torch.zeros(4),
        erase=torch.zeros_like(views.erase),
    )
    # Without greys the strong view is the weak one, to the bit: geometry is shared.
    same = dense_weak_and_strong(image, label, known, plain)
    assert torch.equal(same.weak, same.strong)
    assert torch.equal(same.weak, pair.weak)
    assert not torch.equal(pair.weak, pair.strong)
    for view in (pair.weak, pair.strong):
        assert view.shape == image.shape
        assert 0.0 <= float(view.min()) <= float(view.max()) <= 1.0
    # Greys do not move anything: each voxel's new grey depends on its old one alone, so the
    # brightest places of a patch stay the brightest outside the erased box.
    still = draw(0, size, settings.model_copy(update={"strong_noise": 0.0}))
    strong = dense_weak_and_strong(image, label, known, still).strong
    outside = ~erased_voxels(still, image)
    for weak, changed, seen in zip(pair.weak, strong, outside, strict=True):
        order = weak[seen].argsort()
        assert (changed[seen][order].diff() >= -1e-6).all()
    # Labels move with the image, to a voxel at their edges.
    pool = max_pool2d if len(size) == 2 else max_pool3d
    bright = (pair.weak > 0.2).float()
    grown, shrunk = pool(bright, 3, 1, 1), 1.0 - pool(1.0 - bright, 3, 1, 1)
    assert bright.sum() > 100
    assert (pair.label <= grown)[pair.known].all()
    assert (pair.label >= shrunk)[pair.known].all()


def test_flips_of_volumes_are_exact() -> None:
    image = torch.rand(8, 2, 5, 6, 7, generator=Generator().manual_seed(0))
    for axis in range(3):
        flip = torch.zeros(8, 3, dtype=torch.bool)
        flip[:, axis] = True
        motion = make_motion(
            torch.zeros(8, 3), flip, torch.ones(8), torch.zeros(8, 3), (1.0, 2.0, 3.0)
        )
        assert torch.allclose(move_patches(image, motion), image.flip(2 + axis), atol=1e-5)


def test_a_quarter_turn_and_a_shift_go_where_they_say() -> None:
    image = torch.rand(1, 1, 6, 6, generator=Generator().manual_seed(0))
    none = torch.zeros(1, 2, dtype=torch.bool)
    quarter = make_motion(
        torch.tensor([[90.0]]), none, torch.ones(1), torch.zeros(1, 2), (1.0, 1.0)
    )
    turned = move_patches(image, quarter)
    assert torch.allclose(turned, image.rot90(1, (2, 3)), atol=1e-5) or torch.allclose(
        turned, image.rot90(-1, (2, 3)), atol=1e-5
    )
    shift = make_motion(
        torch.zeros(1, 1), none, torch.ones(1), torch.tensor([[2.0, -1.0]]), (1.0, 1.0)
    )
    moved = move_patches(image, shift)
    assert torch.allclose(moved[..., 2:, :-1], image[..., :-2, 1:], atol=1e-5)
    assert not moved[..., :2, :].any()


def test_turns_are_turns_in_the_patient_where_voxels_are_long() -> None:
    degrees, none = torch.tensor([[30.0, 0.0, 0.0]]), torch.zeros(1, 3, dtype=torch.bool)
    spacing = np.array([0.7, 0.8, 5.0])
    motion = make_motion(degrees, none, torch.ones(1), torch.zeros(1, 3), (0.7, 0.8, 5.0))
    in_mm = np.diag(spacing) @ motion[0, :, :3].numpy() @ np.diag(1 / spacing)
    assert np.allclose(in_mm @ in_mm.T, np.eye(3), atol=1e-5)
    assert np.degrees(np.arccos((np.trace(in_mm) - 1) / 2)) == pytest.approx(30.0, abs=1e-3)


def undo_motion(motion: torch.Tensor) -> torch.Tensor:
    inverse = torch.linalg.inv(motion[:, :, :-1])
    return torch.cat([inverse, 0.0 - inverse @ motion[:, :, -1:]], dim=2)


def test_a_motion_can_be_undone() -> None:
    size = (24, 24, 24)
    views = draw(3, size, THREE)
    image = smooth(size)
    back = move_patches(move_patches(image, views.motion), undo_motion(views.motion))
    assert float((back - image).abs().max()) < 0.06
    assert float((move_patches(image, views.motion) - image).abs().max()) > 0.15


def test_what_comes_from_outside_or_from_unknown_is_unknown() -> None:
    image = torch.full((1, 1, 10, 10), 0.5)
    label, known = torch.ones(1, 2, 10, 10), torch.ones(1, 2, 10, 10, dtype=torch.bool)
    known[0, 1, :, 5:] = False
    motion = make_motion(
        torch.zeros(1, 1),
        torch.zeros(1, 2, dtype=torch.bool),
        torch.ones(1),
        torch.tensor([[0.0, 2.5]]),
        (1.0, 1.0),
    )
    views = draw(0, (10, 10), TWO)
    views = DenseViews(motion, *(one if isinstance(one, int) else one[:1] for one in views[1:]))
    pair = dense_weak_and_strong(image, label, known, views)
    assert pair.known[0, 0, 4].tolist() == [False] * 3 + [True] * 7
    assert pair.known[0, 1, 4].tolist() == [False] * 3 + [True] * 4 + [False] * 3
    assert bool((pair.label[pair.known] == 1).all())


def test_still_views_change_nothing() -> None:
    still = DenseAugmentSettings(rotation_degrees=(0.0, 0.0, 0.0), **STILL)
    views = draw(0, (4, 5, 6), still)
    image = torch.rand(4, 1, 4, 5, 6, generator=Generator().manual_seed(0))
    known = image > 0.5
    pair = dense_weak_and_strong(image, known.float(), known, views)
    for view in (pair.weak, pair.strong):
        assert torch.equal(view, image)
    assert torch.equal(pair.known, known)


def test_drawing_is_apart_from_applying() -> None:
    views, again = (draw(5, (12, 12, 12), THREE) for _ in range(2))
    image = smooth((12, 12, 12))
    label, known = torch.zeros_like(image), torch.ones_like(image, dtype=torch.bool)
    first = dense_weak_and_strong(image, label, known, views)
    second = dense_weak_and_strong(image, label, known, again)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    one, other = Generator().manual_seed(0), Generator().manual_seed(0)
    draw_dense_views(one, 4, (8, 8, 8), THREE)
    draw_dense_views(other, 4, (8, 8, 8), DenseAugmentSettings(**STILL))
    assert torch.equal(torch.rand(3, generator=one), torch.rand(3, generator=other))


def test_settings_for_another_number_of_axes_are_an_error() -> None:
    with pytest.raises(SettingsError, match="each of 2 axes and 1 turns"):
        draw(0, (8, 8), THREE)
