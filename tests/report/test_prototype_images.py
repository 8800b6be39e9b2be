import numpy as np

from labelassemble.report.prototype_images import (
    RING_COLOUR,
    PrototypeImage,
    draw_prototypes,
    ring_place,
)


def test_a_ring_around_the_place() -> None:
    image = np.full((100, 50), 40, dtype=np.uint8)
    drawn = ring_place(image, 0.3, 0.5)
    ring = (drawn == RING_COLOUR).all(axis=2)
    rows, columns = ring.nonzero()
    assert abs(rows.mean() + 0.5 - 30) < 0.5
    assert abs(columns.mean() + 0.5 - 25) < 0.5
    away = np.hypot(rows + 0.5 - 30, columns + 0.5 - 25)
    assert (np.abs(away - 12) < 1).all()
    assert (drawn[~ring] == 40).all()


def test_each_says_whose_it_is() -> None:
    image = np.zeros((64, 64), dtype=np.uint8)
    one = PrototypeImage(image, "Mass", 2, 0.7, "nih/a.png", 0.5, 0.5)
    (drawn,) = draw_prototypes([one], 32)
    assert drawn["image"].alt == "Training image that is prototype 2 of Mass"
    assert drawn["image"].width == 32
    assert (drawn["weight"], drawn["record"]) == (0.7, "nih/a.png")
