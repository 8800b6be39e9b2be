import numpy as np
import pytest

from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.volumes import places as module
from labelassemble.volumes.places import settle_places, spread_points, thin_out


def test_unknown_is_no_background() -> None:
    state = np.full((2, 12, 14), NEGATIVE, dtype=np.uint8)
    state[0, 2:4, 3:6] = POSITIVE
    state[1, 6:] = UNKNOWN
    body = np.ones((12, 14), dtype=bool)
    body[:, 0] = False
    lesions = tuple(np.argwhere(one == POSITIVE) for one in state)
    found = settle_places(state, lesions, np.argwhere(body))
    assert found.shape == (12, 14)
    assert np.array_equal(found.lesions[0], np.argwhere(state[0] == POSITIVE))
    assert len(found.lesions[1]) == 0
    at = tuple(found.background.T)
    assert body[at].all()
    assert (state[0][at] != POSITIVE).all()
    assert np.array_equal(found.negative[:, 0], state[0][at] == NEGATIVE)
    assert np.array_equal(found.negative[:, 1], state[1][at] == NEGATIVE)
    there = {tuple(one) for one in found.background.tolist()}
    assert len(there) == (body & (state[0] != POSITIVE)).sum()
    nothing = settle_places(np.full_like(state, UNKNOWN), lesions, np.argwhere(body))
    assert len(nothing.background) == 0


@pytest.mark.parametrize("shape", [(200, 100), (60, 50, 40), (2, 3, 500)])
def test_points_fill_an_image_evenly(shape: tuple[int, ...]) -> None:
    points = spread_points(shape)
    assert (points >= 0).all()
    assert (points < shape).all()
    halves = (points < np.array(shape) // 2).mean(axis=0)
    assert np.abs(halves - (np.array(shape) // 2) / np.array(shape)).max() < 0.01
    # Octants (quadrants) too: the axes have nothing to do with each other.
    low = (points < np.array(shape) / 2).all(axis=1).mean()
    share = np.prod(np.ceil(np.array(shape) / 2) / np.array(shape))
    assert low == pytest.approx(share, abs=0.01)


def test_many_places_are_thinned_out_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PLACES", 10)
    many = np.arange(2000).reshape(1000, 2)
    kept = thin_out(many)
    assert len(kept) == 10
    assert np.array_equal(kept[[0, -1]], many[[0, -1]])
    assert np.array_equal(thin_out(many[:10]), many[:10])
