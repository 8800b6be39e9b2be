import pytest

from labelassemble.errors import SourceError
from labelassemble.files.growth import HARMLESS, Growth


def test_what_grows_beyond_measure_is_refused() -> None:
    Growth(10, 200.0, 10**12).add(HARMLESS)
    growth = Growth(HARMLESS, 2.0, 10**12)
    growth.add(2 * HARMLESS)
    with pytest.raises(SourceError, match="2-fold"):
        growth.add(1)
    with pytest.raises(SourceError, match="at most 100 bytes"):
        Growth(10, 200.0, 100).add(101)
