"""What the table knows of an image, said of each of its voxels; unknown is never negative."""

import itertools

import numpy as np
import pytest

from labelassemble.detection.annotated import OUTSIDE
from labelassemble.detection.dense_case import DenseCase, settle_meaning
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.volumes.places import spread_points
from labelassemble.volumes.read_patch import cut_patch


class Drawing:
    """A ground in memory."""

    def __init__(self, state: np.ndarray) -> None:
        self.drawn, self.shape = state, state.shape[1:]
        self.grey = np.random.default_rng(0).random(self.shape).astype(np.float32)
        self.spacing, self.content = np.ones(len(self.shape)), "drawing"
        self.affine = np.eye(len(self.shape) + 1)

    def image(self) -> np.ndarray:
        return self.grey

    def cut(self, centre: tuple[int, ...], size: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        return (
            cut_patch(self.grey, centre, size, 0),
            cut_patch(self.drawn, centre, size, OUTSIDE),
        )

    def state(self) -> np.ndarray:
        return self.drawn

    def state_at(self, points: np.ndarray) -> np.ndarray:
        return self.drawn[(slice(None), *points.T)]

    def lesions(self, of_class: int) -> np.ndarray:
        return np.argwhere(self.drawn[of_class] == POSITIVE)

    def body(self) -> np.ndarray:
        return spread_points(self.shape)[:500]


def make_case(state: np.ndarray, label: list[float], known: list[bool]) -> DenseCase:
    rows = np.arange(len(state))
    values = np.array(label, dtype=np.float32)
    return DenseCase(
        Drawing(state), values, np.array(known), rows=rows, record="a/1", row=0, source=0
    )


@pytest.fixture
def state() -> np.ndarray:
    """Drawn: a lesion in a known region, the left half unknown."""
    state = np.full((1, 12, 10), NEGATIVE, dtype=np.uint8)
    state[0, :, :5] = UNKNOWN
    state[0, 4:7, 6:9] = POSITIVE
    return state


def test_every_combination_of_table_and_drawing() -> None:
    for known, label, drawn in itertools.product([False, True], [0.0, 0.4, 1.0], [False, True]):
        meaning = settle_meaning(np.array([label]), np.array([known]), np.array([drawn]))[0]
        assert meaning[OUTSIDE] == UNKNOWN
        if not known or (label > 0 and not drawn):
            assert (meaning == UNKNOWN).all()
        elif label == 0:
            # Drawn, although the table says absent: nobody knows.
            assert meaning[[UNKNOWN, NEGATIVE, POSITIVE]].tolist() == [NEGATIVE, NEGATIVE, UNKNOWN]
        else:
            assert meaning[[UNKNOWN, NEGATIVE, POSITIVE]].tolist() == [UNKNOWN, NEGATIVE, POSITIVE]


def test_present_and_drawn_is_as_drawn(state: np.ndarray) -> None:
    case = make_case(state, [1.0], [True])
    assert np.array_equal(case.state(), state)
    assert len(case.places.lesions[0]) == 9
    assert (case.places.background[:, 1] >= 5).all(), "background where nobody looked"
    assert case.places.negative.all()
    assert not case.unplaced.any()
    assert case.lesions().score.size == 1


def test_present_and_drawn_nowhere_is_known_of_the_image_alone(state: np.ndarray) -> None:
    case = make_case(np.full_like(state, NEGATIVE), [1.0], [True])
    assert (case.state() == UNKNOWN).all()
    assert case.unplaced.all()
    assert len(case.places.background) == 0
    assert case.known.all()


def test_absent_is_negative_everywhere_and_hidden_is_unknown(state: np.ndarray) -> None:
    absent = make_case(np.full_like(state, UNKNOWN), [0.0], [True])
    assert (absent.state() == NEGATIVE).all()
    assert len(absent.places.background) == 500
    hidden = make_case(state, [1.0], [False])
    assert (hidden.state() == UNKNOWN).all()
    assert len(hidden.places.lesions[0]) == len(hidden.places.background) == 0


def test_a_patch_over_the_edge(state: np.ndarray) -> None:
    patch = make_case(state, [0.0], [True]).read((0, 5), (6, 20))
    assert patch.inside.sum() == 3 * 10
    assert not patch.known[0][~patch.inside].any(), "known outside the image"
    assert patch.known[0].sum() == 30 - 0
    assert (patch.image[~patch.inside] == 0).all()
    assert not patch.whole
    assert make_case(state, [0.0], [True]).read((6, 5), (12, 10)).whole


def test_classes_of_a_table_that_asks_about_fewer() -> None:
    state = np.full((3, 6, 6), NEGATIVE, dtype=np.uint8)
    state[2, 2, 2] = POSITIVE
    rows, label = np.array([2]), np.ones(1, dtype=np.float32)
    case = DenseCase(
        Drawing(state), label, np.array([True]), rows=rows, record="a/1", row=0, source=0
    )
    assert case.state().shape == (1, 6, 6)
    assert case.read((2, 2), (3, 3)).label.sum() == 1
    assert case.places.lesions[0].tolist() == [[2, 2]]


def test_what_excludes_a_class_is_negative_where_it_is_drawn() -> None:
    state = np.full((3, 8, 8), UNKNOWN, dtype=np.uint8)
    state[1] = NEGATIVE
    state[1, 2:4, 2:4] = POSITIVE
    values, rows = np.array([0.0, 1.0, 0.0], dtype=np.float32), np.arange(3)
    known = np.array([False, True, False])
    case = DenseCase(
        Drawing(state), values, known, rows=rows, record="a/1", row=0, source=0, exclusive=[0, 1]
    )
    settled = case.state()
    assert (settled[1] == state[1]).all()
    drawn = state[1] == POSITIVE
    assert (settled[0][drawn] == NEGATIVE).all()
    assert (settled[0][~drawn] == UNKNOWN).all()
    # Not of the group: nothing is known of it.
    assert (settled[2] == UNKNOWN).all()
    patch = case.read((3, 3), (4, 4))
    assert patch.known[0].tolist() == (patch.label[1] > 0).tolist()
    assert not patch.label[0].any()
    # The table hides what is drawn: then it excludes nothing.
    hidden = DenseCase(
        Drawing(state),
        values,
        known & False,
        rows=rows,
        record="a/1",
        row=0,
        source=0,
        exclusive=[0, 1],
    )
    assert (hidden.state() == UNKNOWN).all()
