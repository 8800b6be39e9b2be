import numpy as np

from labelassemble.assembly.strata import StratumCells, find_strata


def test_what_groups_hold_by_class_sign_and_speaker():
    cells = StratumCells(
        record=np.array([0, 0, 1, 2, 3]),
        place=np.array([0, 1, 0, 0, 1]),
        label=np.array([1.0, 0.0, 0.0, 1.0, np.nan], dtype=np.float32),
        speaker=np.array([0, 0, 1, 1, 0]),
        classes=2,
        speakers=2,
    )
    group = np.array([0, 0, 1, 1])
    packed, essential = find_strata(cells, group, np.array([True, True, True, True]), 2)
    held = packed.matrix()
    # Negatives and positives of class 0, negatives of class 1; then the same by speaker.
    assert essential.tolist() == [True] * 3 + [False] * 4
    assert held[0, :3].tolist() == [True, True, True]
    assert held[1, :3].tolist() == [False, True, False]
    assert held[:, 3:].sum() == 4
    unused, _ = find_strata(cells, group, np.array([False, False, True, True]), 2)
    assert unused.matrix().tolist() == [[False, False], [True, True]]


def test_soft_labels_and_no_cells_hold_nothing():
    empty = np.zeros(0, dtype=np.int64)
    nothing = StratumCells(empty, empty, empty.astype(np.float32), empty, 2, 0)
    assert find_strata(nothing, empty, np.zeros(0, dtype=bool), 0).held.matrix().shape == (0, 0)
    soft = StratumCells(
        np.array([0]), np.array([0]), np.array([0.5], dtype=np.float32), np.array([0]), 1, 1
    )
    assert find_strata(soft, np.array([0]), np.array([True]), 1).held.matrix().shape == (1, 0)
