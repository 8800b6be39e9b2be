import numpy as np
import pytest

from labelassemble_phantoms.abdominal_ct.body import paint_body
from labelassemble_phantoms.abdominal_ct.canvas import ORGAN_NUMBER


@pytest.fixture
def painted(canvas, anatomy, enhancement):
    room = paint_body(canvas, anatomy, enhancement)
    return canvas, room


def test_fat_under_the_skin_then_muscle_then_the_room(painted):
    canvas, room = painted
    middle = tuple(count // 2 for count in canvas.grid.shape)
    assert room[middle] < 0
    line = canvas.organs[:, middle[1], middle[2]]
    names = [name for n, name in enumerate(line) if n == 0 or line[n - 1] != name]
    air, body, muscle = 0, ORGAN_NUMBER["body"], ORGAN_NUMBER["muscle"]
    assert names == [air, body, muscle, body, muscle, body, air]
    inside = canvas.hu[room < -10]
    assert -120 < np.median(inside) < -90
    assert 45 < np.median(canvas.hu[canvas.organs == muscle]) < 75


def test_lungs_only_at_the_top_and_behind(painted):
    canvas, _ = painted
    lung = canvas.organs == ORGAN_NUMBER["lung"]
    z = canvas.grid.axes(canvas.grid.everything)[2]
    assert lung.any()
    assert not lung[:, :, z < 0].any()
    assert lung[:, :, -1].sum() > lung[:, :, len(z) * 3 // 4].sum()
    assert canvas.hu[lung].min() < -750
    front = np.arange(canvas.grid.shape[1]) > canvas.grid.shape[1] / 2
    assert lung[:, front].sum() < lung[:, ~front].sum()


def test_the_trunk_is_as_wide_as_the_person(painted, anatomy):
    canvas, _ = painted
    body = canvas.organs > 0
    width = body.any(axis=(1, 2)).sum() * canvas.grid.spacing_mm[0]
    assert width == pytest.approx(
        2 * (anatomy.half_width + anatomy.wall + anatomy.fat_side), abs=25
    )
