import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.volumes.read_patch import cut_patch, read_patch

SIZES = st.tuples(*(st.integers(1, 9),) * 3)


@given(shape=SIZES, size=SIZES, centre=st.tuples(*(st.integers(-12, 20),) * 3))
@settings(max_examples=100, deadline=None)
def test_a_patch_is_what_padding_and_cutting_gives(
    shape: tuple[int, ...], size: tuple[int, ...], centre: tuple[int, ...]
) -> None:
    values = np.arange(2 * np.prod(shape)).reshape(2, *shape) + 1
    patch = cut_patch(values, centre, size, 0)
    padded = np.pad(values, ((0, 0), *((30, 30),) * 3))
    start = [30 + one - side // 2 for one, side in zip(centre, size, strict=True)]
    cut = tuple(slice(one, one + side) for one, side in zip(start, size, strict=True))
    assert np.array_equal(patch, padded[(slice(None), *cut)])


def test_states_become_label_and_known_and_outside_is_unknown() -> None:
    image = np.full((4, 4), 255, dtype=np.uint8)
    state = np.full((2, 4, 4), NEGATIVE, dtype=np.uint8)
    state[0, 0, 0], state[1, 0, 0] = POSITIVE, UNKNOWN
    got = read_patch(image, state, (0, 0), (4, 4))
    expected = np.zeros((4, 4))
    expected[2:, 2:] = 1.0
    assert got.image.dtype == np.float32
    assert np.array_equal(got.image, expected)
    assert got.label[0].tolist() == [[0] * 4, [0] * 4, [0, 0, 1, 0], [0] * 4]
    assert np.array_equal(got.known[0], expected > 0)
    assert got.known[1].sum() == 3
