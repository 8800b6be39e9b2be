import numpy as np
import pytest

from labelassemble.errors import SettingsError
from labelassemble.settings import VolumeSettings
from labelassemble.volumes.window import window


def test_a_window_is_linear_within_and_clipped_outside() -> None:
    values = np.array([[-2000, -100, 50], [100, 200, 32767]], dtype=np.int16)
    shown = window(values, -100.0, 200.0)
    assert shown.dtype == np.float32
    assert np.allclose(shown, [[0.0, 0.0, 0.5], [2 / 3, 1.0, 1.0]])
    assert values[0, 0] == -2000
    assert window(np.float32([5.0]), 0.0, 10.0).tolist() == [0.5]


@pytest.mark.parametrize("limits", [(100.0, 100.0), (50.0, -50.0), (float("nan"), 0.0)])
def test_limits_that_do_not_rise_are_an_error(limits: tuple[float, float]) -> None:
    with pytest.raises(SettingsError, match="upper limit"):
        window(np.zeros(3), *limits)
    with pytest.raises(ValueError, match="window_hu"):
        VolumeSettings(window_hu=limits)
