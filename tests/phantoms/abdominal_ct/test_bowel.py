import numpy as np
import pytest

from labelassemble_phantoms.abdominal_ct.body import paint_body
from labelassemble_phantoms.abdominal_ct.bowel import paint_bowel
from labelassemble_phantoms.abdominal_ct.canvas import ORGAN_NUMBER


@pytest.fixture
def bowel(canvas, anatomy, enhancement):
    room = paint_body(canvas, anatomy, enhancement)
    paint_bowel(canvas, anatomy, enhancement, room)
    return canvas, room


def test_bowel_stays_in_the_room(bowel):
    canvas, room = bowel
    assert (room[canvas.organs == ORGAN_NUMBER["bowel"]] < 1).all()


def test_gas_rises_to_the_front(bowel):
    canvas, _ = bowel
    within = canvas.organs == ORGAN_NUMBER["bowel"]
    y = np.broadcast_to(canvas.grid.axes(canvas.grid.everything)[1][:, None], within.shape)
    gas, wall = within & (canvas.hu < -700), within & (canvas.hu > 0)
    assert gas.sum() > 50
    assert wall.sum() > 500
    assert y[gas].mean() > y[wall].mean() + 10


def test_walls_are_brighter_than_what_they_hold(bowel, enhancement):
    canvas, _ = bowel
    hu = canvas.hu[canvas.organs == ORGAN_NUMBER["bowel"]]
    soft = hu[(hu > -30) & (hu < 150)]
    assert np.percentile(soft, 85) > 50
    assert np.percentile(soft, 15) < 35
    assert soft.max() <= enhancement.hu["gut_wall"] + 40
