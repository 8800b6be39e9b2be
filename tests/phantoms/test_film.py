import numpy as np
import pytest

from labelassemble_phantoms.film import FIELD_MM, lay_film, step


def test_the_film_covers_the_field_and_is_centred():
    film = lay_film(100, top_mm=-50.0)
    assert film.pixel_mm == FIELD_MM / 100
    assert film.x.mean() == pytest.approx(0.0, abs=1e-3)
    assert film.y[0, 0] == pytest.approx(-50 + film.pixel_mm / 2)


def test_zoom_shows_less_and_a_shift_moves_the_film():
    near = lay_film(64, zoom=2.0, shift_x_mm=10.0)
    assert near.pixel_mm == pytest.approx(lay_film(64).pixel_mm / 2)
    assert near.x.mean() == pytest.approx(10.0, abs=1e-3)


def test_a_place_in_mm_comes_back_as_the_pixel_that_holds_it():
    film = lay_film(64)
    points = np.array([[film.x[0, 20], film.y[30, 0]]], np.float64)
    assert (film.to_pixels(points) / 16 == [[20, 30]]).all()


def test_a_filled_square_has_its_area_whatever_the_size():
    square = np.array([[[-40.0, 0], [40, 0], [40, 80], [-40, 80]]])
    for size in (128, 512):
        film = lay_film(size)
        layer = film.blank()
        film.fill(layer, square, 200)
        area = layer.sum() / 200 * film.pixel_mm**2
        # OpenCV counts the outline as inside: half a pixel too much on every side.
        assert area == pytest.approx((80 + film.pixel_mm) ** 2, rel=0.03)


def test_thin_lines_keep_their_amount_and_faint_ones_are_excluded():
    line = np.array([[[-100.0, 60], [100, 60]]])
    amounts = []
    for size in (64, 128):
        film = lay_film(size)
        layer = film.blank()
        film.stroke(layer, line, 240, 1.5)
        amounts.append(layer.sum() * film.pixel_mm**2)
    assert amounts[0] == pytest.approx(amounts[1], rel=0.1)
    film, layer = lay_film(64), lay_film(64).blank()
    film.stroke(layer, line, 1, 1.0)
    film.stroke(layer, line[:0], 255, 9.0)
    assert not layer.any()


def test_step_rises_once_from_0_to_1():
    rise = step(np.linspace(-5, 5, 101, dtype=np.float32), 4.0)
    assert rise[0] == 0
    assert rise[-1] == 1
    assert rise[50] == pytest.approx(0.5)
    assert (np.diff(rise) >= 0).all()
