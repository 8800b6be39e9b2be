import pytest
from benchmarks.row import Row, tell_spread


def test_ratios_are_of_pairs_and_more_is_better_only_of_rates() -> None:
    assert Row("a", "", "s", [1, 2, 4], [2, 2, 2]).ratios == [2, 1, 0.5]
    assert Row("a", "", "MB", [1, 2, 4], [2, 2, 2]).ratios == [2, 1, 0.5]
    assert Row("a", "", "images/s", [1, 2, 4], [2, 2, 2]).ratios == [0.5, 1, 2]
    with pytest.raises(ValueError, match="zip"):
        Row("a", "", "s", [1, 2], [1]).ratios  # noqa: B018


def test_a_measurement_of_0_has_no_ratio() -> None:
    assert Row("peak", "", "MB", [0, 1, 1], [0, 0, 2]).ratios == [2]
    none = Row("peak", "", "MB", [0, 0, 0], [1, 1, 1])
    assert none.as_dict()["ratio"] is None
    assert "ratio –" in str(none)
    assert Row("peak", "", "MB/s", [0, 0, 0], [1, 1, 1]).ratios == []


def test_what_is_told_has_its_spread() -> None:
    told = str(Row("loss", "plain: a loop", "ms", [0.17, 0.16, 0.2], [50, 60, 55]))
    assert told.startswith(
        "loss: ours 0.17 [0.16, 0.2], plain 55 [50, 60] ms, ratio 294 [275, 375]"
    )
    assert str(Row("tables", "not measured: none")) == "tables: not measured: none"
    assert tell_spread([0.0, 0.0, 0.0]) == "0 [0, 0]"
