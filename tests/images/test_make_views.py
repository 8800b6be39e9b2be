"""Views of a batch: which changes go to which view, and parts that are cut out."""

from typing import Any

import pytest
import torch

from labelassemble.images.augment_radiograph import draw_views, move_image, weak_and_strong
from labelassemble.images.make_views import (
    draw_area_crops,
    draw_batch_views,
    join_motions,
    make_views,
)
from labelassemble.images.rand_augment import apply_operations
from labelassemble.settings import AugmentSettings

STILL = {
    **dict.fromkeys(("rotation_degrees", "translation", "scale", "strong_rotation_degrees"), 0.0),
    **dict.fromkeys(("strong_translation", "strong_scale"), 0.0),
}
IMAGE = torch.rand(6, 1, 32, 32, generator=torch.Generator().manual_seed(5))


def see(several: int, **words: Any) -> tuple[torch.Tensor, ...]:
    settings = AugmentSettings.model_validate(words)
    generator = torch.Generator().manual_seed(0)
    return make_views(IMAGE, draw_batch_views(generator, 6, 32, settings), several)


def test_without_them_views_are_ours_to_the_bit() -> None:
    views = draw_views(torch.Generator().manual_seed(0), 6, 32, AugmentSettings())
    for found, expected in zip(see(2), weak_and_strong(IMAGE, views), strict=True):
        assert torch.equal(found, expected)
    (alone,) = see(1)
    assert torch.equal(alone, move_image(IMAGE, views.weak))


def test_rand_augment_takes_the_place_of_our_changes() -> None:
    settings = AugmentSettings.model_validate({**STILL, "rand_layers": 2})
    drawn = draw_batch_views(torch.Generator().manual_seed(0), 6, 32, settings)
    weak, strong = make_views(IMAGE, drawn, 2)
    assert torch.equal(weak, IMAGE)
    assert drawn.operations[0] is None
    assert drawn.operations[1] is not None
    assert torch.equal(strong, apply_operations(IMAGE, drawn.operations[1]))
    assert not torch.equal(strong, IMAGE)
    both = draw_batch_views(
        torch.Generator().manual_seed(0), 6, 32, settings.model_copy(update={"rand_views": "both"})
    )
    (alone,) = make_views(IMAGE, both, 1)
    assert both.operations[0] is not None
    assert torch.equal(alone, apply_operations(IMAGE, both.operations[0]))


def test_both_views_show_the_same_part() -> None:
    grey = {"strong_contrast": 0, "strong_brightness": 0, "strong_gamma": 0, "strong_noise": 0}
    still = {**STILL, **grey, "strong_blur": 0, "strong_erase": 0}
    weak, strong = see(2, **still, smallest_area=0.3)
    assert torch.equal(weak, strong)
    assert not torch.equal(weak, IMAGE)


@pytest.mark.parametrize("smallest", [0.08, 0.5, 1.0])
def test_parts_lie_within_the_image_and_have_their_area_and_aspect(smallest: float) -> None:
    part = draw_area_crops(torch.Generator().manual_seed(0), 20_000, smallest)
    width, height = part[:, 0, 0], part[:, 1, 1]
    for length, centre in ((width, part[:, 0, 2]), (height, part[:, 1, 2])):
        assert (centre.abs() + length <= 1.0 + 1e-6).all()
    whole = (width < 1.0) & (height < 1.0)
    if smallest == 1.0:
        assert (width.maximum(height) == 1.0).all()
        return
    area, aspect = (width * height)[whole], (width / height)[whole]
    assert area.min() >= smallest - 1e-5
    assert 0.75 - 1e-4 <= aspect.min() <= aspect.max() <= 4 / 3 + 1e-4
    assert aspect.log().mean().item() == pytest.approx(0.0, abs=0.02)


def test_a_part_is_what_cutting_and_stretching_gives() -> None:
    image = torch.arange(16.0).view(1, 1, 4, 4) / 16.0
    right_half = torch.tensor([[[0.5, 0.0, 0.5], [0.0, 1.0, 0.0]]])
    found = move_image(image, right_half)
    cut = image[..., 2:]
    expected = 0.75 * cut[..., :1] + 0.25 * cut[..., 1:]
    torch.testing.assert_close(found[..., 1:2], expected)


def test_joined_motions_are_one_after_the_other() -> None:
    generator = torch.Generator().manual_seed(0)
    first, then = torch.randn(2, 5, 2, 3, generator=generator)
    place = torch.randn(5, 2, 1, generator=generator)

    def move(affine: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        return affine[:, :, :2] @ at + affine[:, :, 2:]

    torch.testing.assert_close(
        move(join_motions(first, then), place), move(first, move(then, place))
    )
