import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import affine_grid, grid_sample

from labelassemble.images.augment_radiograph import (
    Views,
    change_grey,
    draw_views,
    make_view_affine,
    move_image,
    weak_and_strong,
)
from labelassemble.settings import AugmentSettings

NOTHING = {
    "rotation_degrees": 0.0,
    "translation": 0.0,
    "scale": 0.0,
    "flip": 0.0,
    "strong_rotation_degrees": 0.0,
    "strong_translation": 0.0,
    "strong_scale": 0.0,
    "strong_contrast": 0.0,
    "strong_brightness": 0.0,
    "strong_gamma": 0.0,
    "strong_noise": 0.0,
    "strong_blur": 0.0,
    "strong_erase": 0.0,
}
EVERYTHING = AugmentSettings(flip=0.5, strong_blur=0.5, strong_noise=0.2, strong_erase=0.8)


def only(**ranges: float) -> AugmentSettings:
    return AugmentSettings(**{**NOTHING, **ranges})


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(batch: int = 6, size: int = 24, seed: int = 0) -> torch.Tensor:
    return torch.rand(batch, 1, size, size, generator=generator(seed))


def affine(
    degrees: float = 0, right: float = 0, down: float = 0, zoom: float = 1, flip: bool = False
) -> torch.Tensor:
    numbers = [torch.tensor([float(value)]) for value in (degrees, right, down, zoom)]
    return make_view_affine(*numbers, torch.tensor([flip]))


def test_zero_ranges_change_no_bit() -> None:
    image = images()
    views = draw_views(generator(), 6, 24, only())
    weak, strong = weak_and_strong(image, views)
    assert torch.equal(weak, image)
    assert torch.equal(strong, image)


def test_a_quarter_turn_counter_clockwise() -> None:
    image = images(1)
    assert torch.allclose(move_image(image, affine(90)), image.rot90(1, (2, 3)), atol=1e-5)
    assert torch.allclose(move_image(image, affine(-90)), image.rot90(-1, (2, 3)), atol=1e-5)


def test_a_shift_right_and_down() -> None:
    image = images(1, 20)
    moved = move_image(image, affine(right=0.25, down=0.1))
    assert torch.allclose(moved[..., 2:, 5:], image[..., :-2, :-5], atol=1e-5)
    assert moved[..., :2, :].abs().max() < 1e-5
    assert moved[..., :5].abs().max() < 1e-5


def test_a_flip_is_left_right_and_comes_before_the_rest() -> None:
    image = images(1)
    assert torch.allclose(move_image(image, affine(flip=True)), image.flip(3), atol=1e-5)
    both = move_image(image, affine(90, flip=True))
    assert torch.allclose(both, image.flip(3).rot90(1, (2, 3)), atol=1e-5)
    shifted = move_image(image, affine(right=0.25, flip=True))
    assert torch.allclose(shifted[..., 6:], image.flip(3)[..., :-6], atol=1e-5)


def test_a_zoom_enlarges_around_the_centre() -> None:
    image = torch.zeros(1, 1, 40, 40)
    image[..., 15:25, 15:25] = 1.0
    large = move_image(image, affine(zoom=2))
    assert (large[..., 11:29, 11:29] > 0.99).all()
    assert large.sum() == pytest.approx(400, rel=0.02)


def test_a_turn_after_which_the_image_is_shifted() -> None:
    image = images(1, 20)
    moved = move_image(image, affine(90, right=0.5))
    turned = image.rot90(1, (2, 3))
    assert torch.allclose(moved[..., 10:], turned[..., :10], atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(
    degrees=st.floats(-180, 180),
    right=st.floats(-0.5, 0.5),
    down=st.floats(-0.5, 0.5),
    zoom=st.floats(0.2, 3),
    flip=st.booleans(),
)
def test_moving_is_what_torch_makes_of_the_same_matrix(
    degrees: float, right: float, down: float, zoom: float, flip: bool
) -> None:
    image = images(1, 16)
    matrix = affine(degrees, right, down, zoom, flip)
    grid = affine_grid(matrix, [1, 1, 16, 16], align_corners=False)
    expected = grid_sample(image, grid, align_corners=False)
    assert torch.allclose(move_image(image, matrix), expected, atol=1e-4)


def slow_grey(image: np.ndarray, views: Views, place: int) -> np.ndarray:
    """Contrast, brightness, gamma and blur of one image, pixel by pixel."""
    contrast, brightness = views.contrast[place].item(), views.brightness[place].item()
    mean = image.mean()
    grey = np.clip((image - mean) * contrast + mean + brightness, 0, 1)
    grey = grey ** views.gamma[place].item()
    if not views.blur[place]:
        return grey
    edge = np.pad(grey, 1, mode="edge")
    blurred = np.zeros_like(grey)
    for row in range(grey.shape[0]):
        for column in range(grey.shape[1]):
            for down, first in enumerate((1, 2, 1)):
                for across, second in enumerate((1, 2, 1)):
                    blurred[row, column] += edge[row + down, column + across] * first * second / 16
    return blurred


def test_grey_values_against_a_slow_reference() -> None:
    views = draw_views(
        generator(3),
        6,
        12,
        only(strong_contrast=0.8, strong_brightness=0.5, strong_gamma=0.7, strong_blur=0.5),
    )
    assert 0 < int(views.blur.sum()) < 6
    image = images(6, 12)
    image[0, 0, 0, :3] = torch.tensor([0.0, 1.0, 0.5])
    ours = change_grey(image, views)
    for place in range(6):
        slow = slow_grey(image[place, 0].double().numpy(), views, place)
        assert np.abs(ours[place, 0].numpy() - slow).max() < 1e-5


@pytest.mark.parametrize(
    "name", ["strong_contrast", "strong_brightness", "strong_gamma", "strong_noise", "strong_blur"]
)
def test_each_grey_change_by_itself_touches_only_the_strong_view(name: str) -> None:
    image = images()
    before = image.clone()
    weak, strong = weak_and_strong(image, draw_views(generator(), 6, 24, only(**{name: 0.5})))
    assert torch.equal(image, before)
    assert torch.equal(weak, image)
    assert not torch.equal(strong, image)


def test_weak_ranges_touch_only_the_weak_view() -> None:
    image = images()
    weak, strong = weak_and_strong(image, draw_views(generator(), 6, 24, only(rotation_degrees=9)))
    assert not torch.equal(weak, image)
    assert torch.equal(strong, image)


def test_noise_has_the_drawn_deviation_and_can_be_replayed() -> None:
    image = torch.full((3, 1, 200, 200), 0.5)
    views = draw_views(generator(), 3, 200, only(strong_noise=0.1))
    first = change_grey(image, views)
    assert torch.equal(change_grey(image, views), first)
    deviation = (first - image).flatten(1).std(dim=1)
    assert torch.allclose(deviation, views.noise, rtol=0.05)
    assert not torch.equal(first[0], first[1])
    other = views._replace(noise_seed=views.noise_seed + 1)
    assert not torch.equal(change_grey(image, other), first)


def test_noise_leaves_the_global_generator_alone() -> None:
    state = torch.get_rng_state()
    weak_and_strong(images(), draw_views(generator(), 6, 24, EVERYTHING))
    assert torch.equal(torch.get_rng_state(), state)


def test_one_rectangle_is_filled_with_the_mean() -> None:
    image = images(3, 10)
    views = draw_views(generator(), 3, 10, only())
    views = views._replace(
        erase=torch.tensor([[2, 3, 5, 9], [0, 0, 10, 10], [4, 4, 4, 8]]),
    )
    weak, strong = weak_and_strong(image, views)
    assert torch.equal(weak, image)
    inside = torch.zeros(10, 10, dtype=torch.bool)
    inside[2:5, 3:9] = True
    mean = image.mean(dim=(2, 3))
    assert torch.equal(strong[0, 0][inside], mean[0].expand(18))
    assert torch.equal(strong[0, 0][~inside], image[0, 0][~inside])
    assert torch.equal(strong[1, 0], mean[1].expand(10, 10))
    assert torch.equal(strong[2], image[2])


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    size=st.integers(1, 40),
    share=st.floats(0, 1),
)
def test_rectangles_lie_inside_and_are_no_larger_than_allowed(
    seed: int, size: int, share: float
) -> None:
    erase = draw_views(generator(seed), 50, size, only(strong_erase=share)).erase
    top, left, bottom, right = erase.unbind(1)
    for start, end in ((top, bottom), (left, right)):
        assert (start >= 0).all()
        assert (end <= size).all()
        assert (end >= start).all()
        assert (end - start <= share * size + 0.5).all()


def test_drawn_numbers_fill_their_ranges() -> None:
    views = draw_views(generator(), 4000, 64, EVERYTHING)
    for values, middle, reach in (
        (views.contrast, 1.0, EVERYTHING.strong_contrast),
        (views.brightness, 0.0, EVERYTHING.strong_brightness),
        (views.gamma, 1.0, EVERYTHING.strong_gamma),
        (views.noise, EVERYTHING.strong_noise / 2, EVERYTHING.strong_noise / 2),
    ):
        assert values.min() >= middle - reach - 1e-6
        assert values.max() <= middle + reach + 1e-6
        assert values.min() < middle - 0.95 * reach
        assert values.max() > middle + 0.95 * reach
    assert views.blur.float().mean().item() == pytest.approx(0.5, abs=0.05)
    for matrix, degrees, zoom in (
        (views.weak, EVERYTHING.rotation_degrees, EVERYTHING.scale),
        (views.strong, EVERYTHING.strong_rotation_degrees, EVERYTHING.strong_scale),
    ):
        turn = matrix[:, :, :2].double()
        determinant = torch.linalg.det(turn)
        flipped = determinant < 0
        assert flipped.double().mean().item() == pytest.approx(0.5, abs=0.05)
        drawn_zoom = determinant.abs().rsqrt()
        assert drawn_zoom.min().item() == pytest.approx(1 - zoom, abs=0.01)
        assert drawn_zoom.max().item() == pytest.approx(1 + zoom, abs=0.01)
        angle = torch.rad2deg(torch.atan2(turn[:, 1, 0], turn[:, 1, 1]))
        assert angle.abs().max().item() == pytest.approx(degrees, rel=0.02)


def test_the_same_seed_draws_the_same_views_and_each_call_other_ones() -> None:
    source = generator(5)
    first, second = (draw_views(source, 4, 24, EVERYTHING) for _ in range(2))
    again = draw_views(generator(5), 4, 24, EVERYTHING)
    for one, other in zip(first, again, strict=True):
        assert torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other
    assert not torch.equal(first.strong, second.strong)
    assert first.noise_seed != second.noise_seed
    image = images(4)
    pairs = zip(weak_and_strong(image, first), weak_and_strong(image, again), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_how_much_is_drawn_does_not_depend_on_the_ranges() -> None:
    after = []
    for ranges in (only(), EVERYTHING):
        source = generator(7)
        draw_views(source, 9, 24, ranges)
        after.append(torch.rand(1, generator=source))
    assert torch.equal(*after)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(2, 20), batch=st.integers(1, 4))
def test_views_stay_grey_values(seed: int, size: int, batch: int) -> None:
    wild = AugmentSettings(
        rotation_degrees=180,
        translation=0.5,
        scale=0.8,
        flip=0.5,
        strong_rotation_degrees=180,
        strong_translation=0.5,
        strong_scale=0.8,
        strong_contrast=0.99,
        strong_brightness=1,
        strong_gamma=0.99,
        strong_noise=1,
        strong_blur=0.5,
        strong_erase=1,
    )
    image = images(batch, size, seed)
    for view in weak_and_strong(image, draw_views(generator(seed), batch, size, wild)):
        assert view.shape == image.shape
        assert view.dtype == image.dtype
        assert view.min() >= 0
        assert view.max() <= 1


def test_an_empty_batch() -> None:
    weak, strong = weak_and_strong(images(0), draw_views(generator(), 0, 24, EVERYTHING))
    assert weak.shape == strong.shape == (0, 1, 24, 24)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_makes_the_same_views_but_for_the_noise() -> None:
    image = images(8, 64)
    views = draw_views(generator(), 8, 64, EVERYTHING.model_copy(update={"strong_noise": 0.0}))
    for here, there in zip(
        weak_and_strong(image, views), weak_and_strong(image.cuda(), views), strict=True
    ):
        assert there.is_cuda
        assert torch.allclose(here, there.cpu(), atol=1e-4)


def test_a_view_seen_aslant_is_that_of_a_loop_over_pixels() -> None:
    image = images(2, 9)
    motion = affine(degrees=20, right=0.1, zoom=1.2).expand(2, -1, -1)
    tilt = torch.tensor([[0.2, -0.1], [0.0, 0.0]])
    found = move_image(image, motion, tilt=tilt)
    # Without a slant the second image is only moved.
    torch.testing.assert_close(found[1], move_image(image, motion)[1])
    across, down = tilt[0].tolist()
    (a, b, c), (d, e, f) = motion[0].tolist()
    for row, column in ((4, 4), (2, 6), (7, 3)):
        x, y = (2 * column + 1) / 9 - 1, (2 * row + 1) / 9 - 1
        x, y = a * x + b * y + c, d * x + e * y + f
        slant = 1 + across * x + down * y
        where = torch.tensor([[[[x / slant, y / slant]]]])
        expected = grid_sample(image[:1], where, align_corners=False)[0, 0, 0, 0]
        torch.testing.assert_close(found[0, 0, row, column], expected)


def test_the_weak_view_is_aslant_and_changes_its_grey_where_that_is_asked_for() -> None:
    image = images()
    plain = draw_views(generator(), 6, 24, only())
    asked = only(warp=0.2, contrast=0.2, brightness=0.1)
    views = draw_views(generator(), 6, 24, asked)
    # All else is drawn as before.
    assert torch.equal(views.weak, plain.weak)
    assert torch.equal(views.contrast, plain.contrast)
    assert views.noise_seed == plain.noise_seed
    assert views.tilt is not None
    assert 0.0 < float(views.tilt.abs().max()) <= 0.2
    assert views.weak_grey is not None
    weak, strong = weak_and_strong(image, views)
    assert torch.equal(strong, image)
    moved = move_image(image, views.weak, tilt=views.tilt)
    for number in range(6):
        factor, added = (float(one[number]) for one in views.weak_grey)
        assert 0.8 <= factor <= 1.2
        assert -0.1 <= added <= 0.1
        own = moved[number]
        expected = ((own - own.mean()) * factor + own.mean() + added).clamp(0.0, 1.0)
        torch.testing.assert_close(weak[number], expected)
