import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.errors import SettingsError
from labelassemble.settings import PatchSettings
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.volumes.draw_patches import draw_patches
from labelassemble.volumes.places import Places, settle_places
from labelassemble.volumes.read_patch import read_patch


def make_states(shape: tuple[int, ...]) -> list[np.ndarray]:
    """Three images and three classes: a large lesion, a small one, one class never looked for."""
    states = [np.full((3, *shape), NEGATIVE, dtype=np.uint8) for _ in range(3)]
    states[0][(0, *(slice(2, 9) for _ in shape))] = POSITIVE
    states[1][(1, *(4 for _ in shape))] = POSITIVE
    states[1][2] = UNKNOWN
    states[2][:2] = UNKNOWN
    return states


def find_places(state: np.ndarray, body: np.ndarray) -> Places:
    lesions = tuple(np.argwhere(one == POSITIVE) for one in state)
    return settle_places(state, lesions, np.argwhere(body))


def make_places(shape: tuple[int, ...]) -> list[Places]:
    body = np.ones(shape, dtype=bool)
    body[0] = False
    return [find_places(state, body) for state in make_states(shape)]


@given(
    seed=st.integers(0, 2**32),
    axes=st.sampled_from([2, 3]),
    size=st.tuples(*(st.integers(1, 24),) * 3),
    shift=st.floats(0.0, 1.0),
    share=st.floats(0.0, 1.0),
)
@settings(max_examples=60, deadline=None)
def test_a_patch_holds_what_it_was_drawn_for(
    seed: int, axes: int, size: tuple[int, ...], shift: float, share: float
) -> None:
    shape = (20, 12, 11)[:axes]
    states = make_states(shape)
    settings = PatchSettings(size=size[:axes], shift=shift, lesion_fraction=share)
    patches = draw_patches(np.random.default_rng(seed), make_places(shape), 12, settings)
    assert len(patches) == 12
    assert abs(sum(one.lesion for one in patches) - 12 * share) < 1
    for one in patches:
        image = np.full(shape, 0.5, dtype=np.float16)
        got = read_patch(image, states[one.image], one.centre, settings.size)
        assert got.image.shape == size[:axes]
        assert got.label.shape == got.known.shape == (3, *size[:axes])
        if one.lesion:
            assert got.label[one.of_class].any()
        else:
            middle = tuple(side // 2 for side in settings.size)
            assert got.known[(one.of_class, *middle)]
            assert not got.label[(slice(None), *middle)].any()
            assert states[one.image][(one.of_class, *one.centre)] == NEGATIVE
            assert one.centre[0] > 0
        assert not got.known[:, got.image == 0.0].any()


def test_classes_are_drawn_equally_often_whatever_their_size() -> None:
    settings = PatchSettings(size=(8, 8), lesion_fraction=0.5)
    patches = draw_patches(np.random.default_rng(0), make_places((20, 12)), 3000, settings)
    lesions = [one for one in patches if one.lesion]
    assert len(lesions) == 1500
    # 49 pixels of class 0, 1 of class 1, none of class 2.
    assert sum(one.of_class == 0 for one in lesions) == pytest.approx(750, abs=80)
    assert {one.of_class for one in lesions} == {0, 1}
    rest = [one for one in patches if not one.lesion]
    for of_class in range(3):
        assert sum(one.of_class == of_class for one in rest) == pytest.approx(500, abs=80)
    # Image 2 was looked at for class 2 alone, image 1 for all but class 2.
    assert {one.of_class for one in rest if one.image == 2} == {2}
    assert {one.of_class for one in rest if one.image == 1} == {0, 1}


def test_the_same_generator_draws_the_same_patches() -> None:
    settings = PatchSettings(size=(8, 8))
    first, again = (
        draw_patches(np.random.default_rng(5), make_places((20, 12)), 50, settings)
        for _ in range(2)
    )
    assert first == again
    assert first != draw_patches(np.random.default_rng(6), make_places((20, 12)), 50, settings)


def test_without_lesions_or_without_background_the_other_is_drawn() -> None:
    settings = PatchSettings(size=(8, 8), lesion_fraction=0.5)
    healthy = make_places((20, 12))[2:]
    drawn = draw_patches(np.random.default_rng(0), healthy, 20, settings)
    assert not any(one.lesion for one in drawn)
    state = np.full((1, 6, 6), UNKNOWN, dtype=np.uint8)
    state[0, 2, 2] = POSITIVE
    only = find_places(state, np.ones((6, 6), dtype=bool))
    drawn = draw_patches(np.random.default_rng(0), [only], 20, settings)
    assert all(one.lesion for one in drawn)


def test_nothing_to_draw_is_an_error() -> None:
    nothing = find_places(np.full((1, 6, 6), UNKNOWN, dtype=np.uint8), np.ones((6, 6), dtype=bool))
    generator, flat = np.random.default_rng(0), PatchSettings(size=(4, 4))
    with pytest.raises(SettingsError, match="a voxel that is known"):
        draw_patches(generator, [nothing], 3, flat)
    with pytest.raises(SettingsError, match="images' 2"):
        draw_patches(generator, [nothing], 3, PatchSettings(size=(4, 4, 4)))
    with pytest.raises(SettingsError, match="images and classes"):
        draw_patches(generator, [], 3, flat)
