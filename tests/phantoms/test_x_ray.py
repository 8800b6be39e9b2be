import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble_phantoms.chest_tissue import ChestTissue
from labelassemble_phantoms.x_ray import BONE_PER_CM, WATER_PER_CM, Beam, attenuate, expose

IDEAL = Beam(scatter=0.0, quanta=1e12, electronic=0.0, blur_mm=0.0)


def slab(wall=0.0, lung=0.0, water=0.0, vessels=0.0, bone=0.0):
    return ChestTissue(
        *(np.full((32, 32), v, np.float32) for v in (wall, lung, water, vessels, bone))
    )


@given(st.floats(0, 30), st.floats(0, 20), st.floats(0, 3), st.floats(0, 3))
def test_attenuation_is_the_sum_of_thickness_times_coefficient(wall, water, vessels, bone):
    expected = WATER_PER_CM * (wall + water + vessels) + (BONE_PER_CM - WATER_PER_CM) * bone
    line = attenuate(slab(wall, 20, water, vessels, bone))
    assert line[0, 0] == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_an_ideal_beam_gives_back_the_attenuation():
    line = np.linspace(0, 5, 32 * 32, dtype=np.float32).reshape(32, 32)
    signal = expose(line, IDEAL, 1.0, np.random.default_rng(0))
    assert np.allclose(signal, line, atol=1e-3)


def test_scatter_takes_contrast_from_the_dense_parts():
    line = np.full((64, 64), 2.0, np.float32)
    line[:, 32:] = 4.5
    contrasts = []
    for scatter in (0.0, 0.1, 0.3):
        beam = Beam(scatter=scatter, quanta=1e12, electronic=0.0, blur_mm=0.0)
        signal = expose(line, beam, 3.0, np.random.default_rng(0))
        contrasts.append(signal[:, 40:].mean() - signal[:, :24].mean())
    assert contrasts[0] == pytest.approx(2.5, abs=0.01)
    assert contrasts[0] > contrasts[1] + 0.2 > contrasts[2] + 0.4


def test_noise_follows_poisson():
    quanta, line = 20_000.0, 2.0
    field = np.full((200, 200), line, np.float32)
    beam = Beam(scatter=0.0, quanta=quanta, electronic=0.0, blur_mm=0.0)
    arrived = np.exp(-expose(field, beam, 1.0, np.random.default_rng(1))) * quanta
    mean = quanta * np.exp(-line)
    assert arrived.mean() == pytest.approx(mean, rel=0.01)
    assert arrived.var() == pytest.approx(mean, rel=0.05)


def test_fewer_quanta_and_denser_tissue_are_noisier_and_blur_smooths():
    field = np.full((100, 100), 3.0, np.float32)

    def spread(line, quanta):
        beam = Beam(scatter=0.0, quanta=quanta, blur_mm=0.0)
        return expose(line, beam, 1.0, np.random.default_rng(2)).std()

    assert spread(field, 5_000.0) > 1.5 * spread(field, 20_000.0)
    assert spread(field + 1, 20_000.0) > 1.5 * spread(field, 20_000.0)
    edge = np.zeros((32, 32), np.float32)
    edge[:, 16:] = 1
    blurred = Beam(scatter=0.0, quanta=1e12, electronic=0.0, blur_mm=2.0)
    sharp, soft = (
        np.abs(np.diff(expose(edge, beam, 1.0, np.random.default_rng(0)), axis=1)).max()
        for beam in (IDEAL, blurred)
    )
    assert soft < 0.4 * sharp
