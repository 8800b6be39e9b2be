import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.box_iou import box_iou
from labelassemble.metrics.lesions.fuse_boxes import FusedBoxes, fuse_boxes

Draw = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def draw(seed: int, count: int = 14, axes: int = 2, readers: int = 3) -> Draw:
    generator = np.random.default_rng(seed)
    low = generator.integers(0, 3, size=(count, axes)) * 10 + generator.random((count, axes)) * 3
    box = np.stack([low, low + 6 + generator.random((count, axes)) * 3], axis=1)
    return (
        box,
        generator.random(count),
        generator.integers(2, size=count),
        generator.integers(readers, size=count),
        generator.random((readers, 2)) < 0.8,
    )


def slow_fusion(
    box: np.ndarray,
    score: np.ndarray,
    place: np.ndarray,
    reader: np.ndarray,
    known: np.ndarray,
    weight: np.ndarray,
    iou: float,
) -> list[tuple[float, int, np.ndarray, int]]:
    """The paper's steps, one box and coordinate after the other."""
    rows = [row for row in range(len(box)) if known[reader[row], place[row]]]
    rows.sort(key=lambda row: -score[row] * weight[reader[row]])
    clusters: list[list[int]] = []

    def fused(cluster: list[int]) -> np.ndarray:
        total = sum(weight[reader[row]] * score[row] for row in cluster)
        return sum(weight[reader[row]] * score[row] * box[row] for row in cluster) / total

    for row in rows:
        best, where = iou, None
        for cluster in clusters:
            overlap = box_iou(box[[row]], fused(cluster)[None])[0, 0]
            if place[cluster[0]] == place[row] and overlap > best:
                best, where = overlap, cluster
        if where is None:
            clusters.append([row])
        else:
            where.append(row)
    found = []
    for cluster in clusters:
        kind = place[cluster[0]]
        drawn = {int(reader[row]) for row in cluster}
        mean = sum(weight[reader[row]] * score[row] for row in cluster) / sum(
            weight[reader[row]] for row in cluster
        )
        asked = [one for one in range(len(known)) if known[one, kind]]
        share = sum(weight[one] for one in drawn) / sum(weight[one] for one in asked)
        found.append((float(mean * share), int(kind), fused(cluster), len(drawn)))
    return sorted(found, key=lambda each: -each[0])


@pytest.mark.no_cover
@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("iou", [0.2, 0.55])
def test_equals_a_slow_loop(axes: int, iou: float) -> None:
    together = 0
    for seed in range(15):
        # In 3-D chance overlaps are rarer.
        box, score, place, reader, known = draw(seed, count=14 if axes == 2 else 60, axes=axes)
        weight = np.array([1.0, 2.0, 0.5])
        result = fuse_boxes(
            box, score, class_place=place, reader=reader, known=known, weight=weight, iou=iou
        )
        expected = slow_fusion(box, score, place, reader, known, weight, iou)
        assert len(result.score) == len(expected)
        for row, (mean, kind, corners, readers) in enumerate(expected):
            assert result.score[row] == pytest.approx(mean)
            assert result.class_place[row] == kind
            np.testing.assert_allclose(result.box[row], corners)
            assert result.readers[row] == readers
            assert result.looked[row] == known[:, kind].sum()
        together += int((result.readers > 1).sum())
    assert together > 5


@given(st.integers(0, 2**31), st.integers(1, 5), st.integers(2, 3), st.booleans())
def test_identical_boxes_give_that_box(seed: int, readers: int, axes: int, weighted: bool) -> None:
    box, score, *_ = draw(seed, count=1, axes=axes)
    place = np.zeros(readers, int)
    weight = np.random.default_rng(seed).random(readers) + 0.1 if weighted else None
    fused = fuse_boxes(
        np.repeat(box, readers, axis=0),
        np.repeat(score, readers),
        class_place=place,
        reader=np.arange(readers),
        known=np.full((readers, 1), True),
        weight=weight,
    )
    np.testing.assert_array_equal(fused.box, box)
    assert fused.score == pytest.approx(score)
    assert fused.readers.tolist() == [readers]


@given(st.integers(0, 2**31))
def test_the_order_of_rows_is_no_matter_and_boxes_stay_within_theirs(seed: int) -> None:
    box, score, place, reader, known = draw(seed)
    score = np.round(score * 3) / 3
    shuffled = np.random.default_rng(seed).permutation(len(box))
    one = fuse_boxes(box, score, class_place=place, reader=reader, known=known)
    other = fuse_boxes(
        box[shuffled],
        score[shuffled],
        class_place=place[shuffled],
        reader=reader[shuffled],
        known=known,
    )
    for before, after in zip(one, other, strict=True):
        np.testing.assert_array_equal(before, after)
    assert (np.diff(one.score) <= 0).all()
    if one.score.size:
        assert one.box.min() >= box.min()
        assert one.box.max() <= box.max()
        assert one.score.max() <= score.max() + 1e-12


@given(st.integers(0, 2**31))
def test_readers_who_did_not_look_change_nothing(seed: int) -> None:
    box, score, place, reader, known = draw(seed)
    before = fuse_boxes(box, score, class_place=place, reader=reader, known=known)
    counted = known[reader, place]
    moved = box + np.where(counted, 0.0, 50.0)[:, None, None]
    after = fuse_boxes(
        moved, np.where(counted, score, 1.0), class_place=place, reader=reader, known=known
    )
    more = fuse_boxes(
        box,
        score,
        class_place=place,
        reader=reader,
        known=np.concatenate([known, np.full((1, 2), False)]),
    )
    for one, two, three in zip(before, after, more, strict=True):
        np.testing.assert_array_equal(one, two)
        np.testing.assert_array_equal(one, three)


def test_readers_boxes_become_their_agreement() -> None:
    box = np.array([[[0.0, 0.0], [4.0, 4.0]], [[0.0, 1.0], [4.0, 5.0]], [[9.0, 9.0], [12.0, 12.0]]])
    place = np.zeros(3, int)
    three = np.full((3, 1), True)
    fused = fuse_boxes(box, np.ones(3), class_place=place, reader=np.array([0, 1, 1]), known=three)
    np.testing.assert_allclose(fused.score, [2 / 3, 1 / 3])
    np.testing.assert_allclose(fused.box[0], [[0, 0.5], [4, 4.5]])
    # The third did not look: two of two now agree.
    three[2] = False
    fused = fuse_boxes(box, np.ones(3), class_place=place, reader=np.array([0, 1, 1]), known=three)
    np.testing.assert_allclose(fused.score, [1, 1 / 2])


def test_nobody_agrees_with_himself() -> None:
    box = np.array([[[0.0, 0.0], [4.0, 4.0]], [[0.0, 0.0], [4.0, 4.0]]])
    place, two = np.zeros(2, int), np.full((2, 1), True)
    alone = fuse_boxes(box, np.ones(2), class_place=place, reader=np.array([0, 0]), known=two)
    assert alone.score.tolist() == [0.5]
    assert alone.readers.tolist() == [1]


def test_scores_of_zero_and_no_boxes() -> None:
    box, score, place, reader, known = draw(0)
    zero = fuse_boxes(box, np.zeros_like(score), class_place=place, reader=reader, known=known)
    assert np.isfinite(zero.box).all()
    assert (zero.score == 0).all()
    none: FusedBoxes = fuse_boxes(
        box[:0], score[:0], class_place=place[:0], reader=reader[:0], known=known
    )
    assert none.box.shape == (0, 2, 2)
    assert none.score.size == 0


def test_bad_input_is_told() -> None:
    box, score, place, reader, known = draw(1)
    for bad in (-0.1, np.nan):
        with pytest.raises(MetricError, match="scores of 0 or more"):
            fuse_boxes(box, np.full_like(score, bad), class_place=place, reader=reader, known=known)
    for weight in ([1.0, 1.0, 0.0], [1.0, np.nan, 1.0]):
        with pytest.raises(MetricError, match="weight above 0"):
            fuse_boxes(
                box, score, class_place=place, reader=reader, known=known, weight=np.array(weight)
            )
    with pytest.raises(MetricError, match="readers from 0 to 2"):
        fuse_boxes(box, score, class_place=place, reader=reader + 1, known=known)
    with pytest.raises(MetricError, match="classes from 0 to 1"):
        fuse_boxes(box, score, class_place=place - 1, reader=reader, known=known)
    with pytest.raises(MetricError, match="overlap in"):
        fuse_boxes(box, score, class_place=place, reader=reader, known=known, iou=1.0)
