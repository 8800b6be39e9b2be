import cv2
import numpy as np

from labelassemble.images.shifted_views import SHIFT, ZOOM, ShiftedView, list_views, shift_images


def test_more_views_begin_with_those_of_fewer_and_stay_in_range() -> None:
    views = list_views(9)
    assert list_views(4) == views[:4]
    assert len(set(views)) == 9
    assert all(abs(one.zoom - 1) <= ZOOM for one in views)
    assert all(max(abs(one.across), abs(one.down)) <= SHIFT for one in views)


def test_a_blob_goes_where_it_is_said_to_and_grows() -> None:
    image = np.zeros((1, 64, 64), np.uint8)
    cv2.circle(image[0], (40, 24), 6, 255, -1)

    def measure(one: np.ndarray) -> np.ndarray:
        rows, columns = np.nonzero(one > 127)
        return np.array([columns.mean(), rows.mean(), len(rows)])

    moved = shift_images(image, ShiftedView(zoom=1.2, across=-0.125, down=0.0625))
    before, after = measure(image[0]), measure(moved[0])
    middle = 31.5
    expected = middle + 1.2 * (before[:2] - middle) + np.array([-8.0, 4.0])
    np.testing.assert_allclose(after[:2], expected, atol=0.3)
    np.testing.assert_allclose(after[2] / before[2], 1.44, rtol=0.1)
    assert shift_images(image, ShiftedView()) is image
