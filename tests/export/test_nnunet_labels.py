import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.export.nnunet_labels import encode_states, plan_labels

NAMES = ("lesion", "tumour", "cyst")


def plan(state):
    return plan_labels(NAMES, np.unique(encode_states(state)).tolist())


def test_classes_that_overlap_nowhere_are_numbers():
    state = np.array([[3, 1, 1], [1, 3, 1], [1, 1, 3]], dtype=np.uint8)
    found = plan(state)
    assert found.describe() == {
        "labels": {"background": 0, "lesion": 1, "tumour": 2, "cyst": 3, "ignore": 4}
    }
    assert found.label(state).tolist() == [1, 2, 3]


def test_a_class_that_may_be_there_too_is_ignored_and_one_that_may_not_is_no_reason():
    #                 both  alone  unknown lesion, unknown cyst, nothing known
    state = np.array([[3, 3, 0, 3, 0], [3, 1, 3, 1, 0], [1, 1, 1, 0, 0]], dtype=np.uint8)
    found = plan(state)
    assert found.has_regions
    lesion, both, ignore = 1, 3, found.ignore
    # A tumour, of which it is not known whether it is a lesion, may be one: some tumour is.
    assert found.label(state).tolist() == [both, lesion, ignore, lesion, ignore]


@given(st.lists(st.lists(st.sampled_from([0, 1, 3]), min_size=3, max_size=3), min_size=1))
def test_no_voxel_says_what_nobody_said(rows):
    state = np.array(rows, dtype=np.uint8).T
    found = plan(state)
    labels = found.describe()["labels"]
    for column, number in zip(state.T, found.label(state), strict=True):
        if number == found.ignore:
            assert (column == 0).any()
            continue
        for name, own in zip(NAMES, column, strict=True):
            mine = labels.get(name, [])
            there = number in (mine if isinstance(mine, list) else [mine])
            # What is known is kept; what is unknown is said only where another class rules it out.
            assert there == (own == 3)
