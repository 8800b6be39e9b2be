from dataclasses import replace

import numpy as np
import pytest

from labelassemble_phantoms.film import lay_film
from labelassemble_phantoms.image import develop, draw_leads, label_image


@pytest.fixture
def signal():
    """A dark half and a dense half, with a fine pattern."""
    field = np.full((96, 96), 2.0, np.float32)
    field[:, 48:] = 3.6
    field[::8] += 0.1
    return field


def test_dense_is_bright_and_the_greys_are_those_of_the_style(signal, plain_style):
    grey = develop(signal, plain_style, np.random.default_rng(0))
    assert 0 <= grey.min() < grey.max() <= 1
    assert grey[:, 70:].mean() > grey[:, :30].mean() + 0.4
    bright = replace(plain_style, lung_grey=(0.45, 0.5))
    assert develop(signal, bright, np.random.default_rng(0))[:, :30].mean() > 0.4


def test_detail_is_raised_in_the_lungs_and_smoothed_in_the_dense_parts(signal, plain_style):
    def pattern(style, columns):
        grey = develop(signal, style, np.random.default_rng(0))
        logit = np.log(grey / (1 - grey))
        return logit[8:80:8, columns].mean() - logit[12:84:8, columns].mean()

    plain, rich = (replace(plain_style, detail=gain, flatten=0.0) for gain in (0.0, 1.5))
    assert pattern(rich, slice(5, 25)) > 1.4 * pattern(plain, slice(5, 25))
    assert pattern(plain, slice(65, 85)) < 0.8 * pattern(plain, slice(5, 25))


def test_grain_and_fog_are_those_of_old_films(signal, plain_style):
    old = replace(plain_style, grain=0.05, fog=0.1)
    new = develop(signal, plain_style, np.random.default_rng(0))
    film = develop(signal, old, np.random.default_rng(0))
    assert film[20:30, :30].std() > new[20:30, :30].std()
    assert film[:, :30].mean() > new[:, :30].mean() + 0.03


def test_marker_stands_on_its_side_and_words_only_in_bed(plain_style):
    black = np.zeros((128, 128), np.float32)

    def written(style, view):
        return label_image(black, style, view, np.random.default_rng(3))

    left = written(replace(plain_style, marker="L", marker_seen=1.0), "PA")
    right = written(replace(plain_style, marker="R", marker_seen=1.0), "PA")
    assert left[:40, 100:].any()
    assert not left[:, :60].any()
    assert right[:40, :30].any()
    assert not right[:, 60:].any()
    assert not written(plain_style, "PA").any()
    words = replace(plain_style, texts=("PORTABLE", "AP", "SUPINE"))
    assert not written(words, "PA").any()
    in_bed = [label_image(black, words, "AP", np.random.default_rng(n)).any() for n in range(5)]
    assert all(in_bed)


def test_shutters_blacken_the_borders(plain_style):
    white = np.ones((128, 128), np.float32)
    narrow = label_image(white, replace(plain_style, shutter=1.0), "PA", np.random.default_rng(0))
    assert 0.6 < (narrow == 255).mean() < 1
    assert not narrow[0].any() or not narrow[:, 0].any()
    assert (label_image(white, plain_style, "PA", np.random.default_rng(0)) == 255).all()


def test_leads_are_thin_and_metal():
    wires = draw_leads(lay_film(128), np.random.default_rng(0))
    assert 0.003 < (wires > 0).mean() < 0.15
    assert wires.max() > 0.5
