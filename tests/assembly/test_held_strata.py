import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.assembly.held_strata import hold_none, pack_strata


@given(st.integers(0, 40), st.integers(0, 20), st.integers(0, 2**32 - 1))
def test_bits_say_what_a_matrix_of_bytes_says(groups, strata, seed):
    generator = np.random.default_rng(seed)
    held = generator.random((groups, strata)) < 0.4
    packed = pack_strata(held)
    assert len(packed) == groups
    assert (packed.matrix() == held).all()
    rows = generator.permutation(groups)[: groups // 2]
    marked = np.isin(np.arange(groups), rows)
    assert packed.count(rows).tolist() == held[rows].sum(axis=0).tolist()
    assert packed.count(marked).tolist() == held[marked].sum(axis=0).tolist()
    assert (packed.take(rows).matrix() == held[rows]).all()
    for stratum in range(strata):
        assert (packed.column(stratum) == held[:, stratum]).all()


def test_what_is_put_twice_is_held_once():
    packed = hold_none(3, 9)
    packed.put(np.array([0, 0, 2, 0]), np.array([8, 8, 1, 0], dtype=np.int16))
    assert packed.count(np.arange(3)).tolist() == [1, 1, 0, 0, 0, 0, 0, 0, 1]
    assert packed.matrix()[0].tolist() == [True, *[False] * 7, True]
