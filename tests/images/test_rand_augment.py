"""RandAugment's operations beside those of Pillow, and how they are drawn."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image as Pillow
from PIL import ImageEnhance, ImageOps

from labelassemble.images.rand_augment import (
    OPERATIONS,
    Operations,
    apply_operations,
    draw_operations,
)

SIZE = 24
Plain = Callable[[Pillow.Image, float, float], Pillow.Image]


def blur_sharpen(image: Pillow.Image, factor: float) -> Pillow.Image:
    """As Pillow sharpens, with our 1 2 1 blur."""
    wide = np.pad(np.asarray(image, dtype=np.float64), 1, mode="edge")
    tall = wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]
    soft = (tall[:-2] + 2 * tall[1:-1] + tall[2:]) / 16
    changed = soft + factor * (np.asarray(image) - soft)
    return Pillow.fromarray(np.clip(np.rint(changed), 0, 255).astype(np.uint8))


PLAIN: dict[str, Plain] = {
    "auto_contrast": lambda image, level, sign: ImageOps.autocontrast(image),
    "equalise": lambda image, level, sign: ImageOps.equalize(image),
    "invert": lambda image, level, sign: ImageOps.invert(image),
    "posterise": lambda image, level, sign: image.point(
        [value & ~(2 ** (4 + int(level * 4)) - 1) for value in range(256)]
    ),
    "solarise": lambda image, level, sign: ImageOps.solarize(image, 256 - int(level * 256)),
    "solarise_add": lambda image, level, sign: image.point(
        [min(255, v + int(level * 110)) if v < 128 else v for v in range(256)]
    ),
    "colour": lambda image, level, sign: ImageEnhance.Color(image).enhance(1 + 0.9 * level * sign),
    "contrast": lambda image, level, sign: ImageEnhance.Contrast(image).enhance(
        1 + 0.9 * level * sign
    ),
    "brightness": lambda image, level, sign: ImageEnhance.Brightness(image).enhance(
        1 + 0.9 * level * sign
    ),
    "sharpness": lambda image, level, sign: blur_sharpen(image, 1 + 0.9 * level * sign),
}
"""Operations on grey values, written with Pillow."""
MOVES = {"rotate", "shear_across", "shear_down", "shift_across", "shift_down"}


def make_images(count: int) -> np.ndarray:
    generator = np.random.default_rng(0)
    grey = generator.integers(20, 200, (count, SIZE, SIZE), dtype=np.uint8)
    grey[0] = 77  # constant: there is nothing to stretch or to make equal
    return grey


def test_the_fifteen_are_covered() -> None:
    assert set(PLAIN) | MOVES == set(OPERATIONS)
    assert len(OPERATIONS) == 15


@pytest.mark.parametrize("name", PLAIN)
def test_grey_values_change_as_pillow_changes_them(name: str) -> None:
    grey = make_images(6)
    level = torch.tensor([0.5, 0.0, 0.33, 0.61, 0.9, 1.0])
    sign = torch.tensor([1.0, -1.0, -1.0, 1.0, -1.0, 1.0])
    image = torch.from_numpy(grey)[:, None].float() / 255.0
    found = OPERATIONS[name](image, level, sign)
    for place in range(6):
        plain = PLAIN[name](Pillow.fromarray(grey[place]), level[place].item(), sign[place].item())
        expected = np.asarray(plain, dtype=np.float64)
        difference = np.abs(found[place, 0].numpy() * 255.0 - expected)
        # Pillow rounds to whole grey values, and contrast's mean too.
        assert difference.max() <= (1.5 if name in ("contrast", "auto_contrast") else 1.01), place


@pytest.mark.parametrize("name", sorted(MOVES))
def test_moves_take_a_point_where_geometry_says(name: str) -> None:
    size = 81
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    place = (40 + 12, 40 + 16)
    spot = torch.exp(-((rows - place[0]) ** 2 + (columns - place[1]) ** 2) / 8.0)[None, None]
    for level, sign in ((0.6, 1.0), (0.6, -1.0), (0.0, 1.0)):
        moved = OPERATIONS[name](spot, torch.tensor([level]), torch.tensor([sign]))[0, 0]
        mass = moved.sum()
        down, across = (moved * rows).sum() / mass - 40, (moved * columns).sum() / mass - 40
        amount = level * sign
        if name == "rotate":
            assert (down**2 + across**2).sqrt().item() == pytest.approx(20.0, abs=0.3)
            turned = torch.rad2deg(torch.atan2(across * 12 - down * 16, across * 16 + down * 12))
            assert abs(turned.item()) == pytest.approx(30 * level, abs=0.7)
        elif name.startswith("shear"):
            along = name == "shear_down"
            still, shifted = (across, down) if along else (down, across)
            assert still.item() == pytest.approx(16 if along else 12, abs=0.3)
            expected = 12 - 0.3 * amount * 16 if along else 16 - 0.3 * amount * 12
            assert shifted.item() == pytest.approx(expected, abs=0.4)


def test_shifts_are_shares_of_the_side() -> None:
    image = torch.rand(1, 1, 20, 20)
    right = OPERATIONS["shift_across"](image, torch.tensor([1.0]), torch.tensor([1.0]))
    torch.testing.assert_close(right[..., :-9], image[..., 9:])
    assert not right[..., -9:].any()
    down = OPERATIONS["shift_down"](image, torch.tensor([1.0]), torch.tensor([-1.0]))
    torch.testing.assert_close(down[..., 9:, :], image[..., :-9, :])


def test_a_batch_is_changed_as_its_images_one_by_one() -> None:
    generator = torch.Generator().manual_seed(0)
    operations = draw_operations(generator, 40, 2, 6.0, 0.5)
    image = torch.from_numpy(make_images(40))[:, None].float() / 255.0
    whole = apply_operations(image, operations)
    for place in range(40):
        one = Operations(*(part[place : place + 1] for part in operations))
        alone = apply_operations(image[place : place + 1], one)
        torch.testing.assert_close(whole[place : place + 1], alone)
    assert 0.0 <= whole.min() <= whole.max() <= 1.0
    none = (operations.number == -1).all(dim=1)
    assert none.any()
    assert torch.equal(whole[none], image[none])


def test_operations_are_drawn_as_published() -> None:
    drawn = draw_operations(torch.Generator().manual_seed(1), 30_000, 2, 9.0, 0.5)
    assert (drawn.number == -1).float().mean().item() == pytest.approx(0.5, abs=0.01)
    for number in range(15):
        assert (drawn.number == number).float().mean().item() == pytest.approx(1 / 30, abs=0.004)
    assert drawn.level.mean().item() == pytest.approx(0.898, abs=0.003)
    assert drawn.level.max() == 1.0
    assert drawn.sign.mean().item() == pytest.approx(0.0, abs=0.02)
