import numpy as np

from labelassemble.report.experiment.label_places import place_labels

FRAME = np.array([0.0, 0.0, 600.0, 400.0])
NOTHING = np.zeros((0, 4))


def count_overlaps(place, size, point):
    """By a slow loop: pairs of names that share area, and names that lie over a point."""
    boxes = [(*low, *(low + extent)) for low, extent in zip(place, size, strict=True)]
    names = points = 0
    for n, one in enumerate(boxes):
        for other in boxes[n + 1 :]:
            wide = min(one[2], other[2]) - max(one[0], other[0])
            high = min(one[3], other[3]) - max(one[1], other[1])
            names += wide > 0 and high > 0
        points += sum(one[0] < x < one[2] and one[1] < y < one[3] for x, y in point)
    return names, points


def test_names_of_a_crowd_do_not_cover_each_other():
    generator = np.random.default_rng(3)
    point = generator.uniform([60, 60], [540, 340], (18, 2))
    size = np.stack([generator.uniform(40, 120, 18), np.full(18, 11.0)], axis=1)
    place = place_labels(point, size, NOTHING, FRAME)
    assert count_overlaps(place, size, point) == (0, 0)
    beside = point + 4
    assert count_overlaps(beside, size, point)[0] > 0
    assert (place >= 0).all()
    assert (place + size <= FRAME[2:]).all()


def test_points_at_one_place_have_names_at_others():
    point = np.array([[300.0, 200.0]] * 4)
    size = np.full((4, 2), [80.0, 11.0])
    place = place_labels(point, size, NOTHING, FRAME)
    assert count_overlaps(place, size, point) == (0, 0)


def test_names_keep_clear_of_what_is_taken():
    point, size = np.array([[300.0, 200.0]]), np.array([[60.0, 11.0]])
    free = place_labels(point, size, NOTHING, FRAME)
    np.testing.assert_allclose(free, [[305.0, 194.5]])
    taken = np.array([[300.0, 150.0, 400.0, 250.0]])
    moved = place_labels(point, size, taken, FRAME)
    assert moved[0, 0] + 60 <= 300


def test_the_same_points_give_the_same_places():
    point = np.random.default_rng(0).uniform(0, 400, (9, 2))
    size = np.full((9, 2), [70.0, 11.0])
    first, second = (place_labels(point, size, NOTHING, FRAME) for _ in range(2))
    np.testing.assert_array_equal(first, second)
