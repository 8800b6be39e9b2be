import numpy as np

from labelassemble.pipeline.draw_lesions import choose_slice, to_grey, to_image


def test_the_slice_with_most_of_the_lesion() -> None:
    lesion = np.zeros((4, 4, 5), dtype=bool)
    lesion[1, 1, 2] = lesion[1:3, 1, 3] = True
    probability = np.zeros(lesion.shape)
    probability[0, 0, 1] = 0.9
    assert choose_slice(lesion, probability) == 3
    assert choose_slice(np.zeros_like(lesion), probability) == 1


def test_the_patients_right_is_on_the_left_and_the_front_above() -> None:
    plane = np.zeros((3, 2))
    plane[2, 1] = 1  # right, in front
    record = to_image(plane)
    assert record.shape == (2, 3)
    assert np.argwhere(record).tolist() == [[0, 0]]


def test_grey_of_8_bits() -> None:
    assert to_grey(np.array([[-0.5, 0.0], [0.5, 2.0]])).tolist() == [[0, 0], [128, 255]]
