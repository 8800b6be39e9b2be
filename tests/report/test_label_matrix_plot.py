import matplotlib.colors
import polars as pl
import pytest

from labelassemble.report.label_counts import count_source_labels
from labelassemble.report.label_matrix_plot import BAR_WIDTH, draw_label_matrix, wrap_title
from labelassemble.report.palette import STATE_COLOURS

SCOPES = {"north": ("effusion", "mass"), "south": ("mass",), "silent": ()}


def test_bars_are_as_long_as_their_counts(simulate_table):
    counts = count_source_labels(simulate_table(SCOPES, ("effusion", "mass"), records=40))
    axes = draw_label_matrix(counts, {"mass": "A mass"}).axes[0]
    lengths = {}
    names = {matplotlib.colors.to_hex(colour): state for state, colour in STATE_COLOURS.items()}
    for bar in axes.patches:
        key = (int(bar.get_x()), int(bar.get_y()), names[matplotlib.colors.to_hex(bar.get_fc())])
        lengths[key] = bar.get_width()
    for column, source in enumerate(SCOPES):
        for row, name in enumerate(("effusion", "mass")):
            cell = counts.filter((pl.col("source") == source) & (pl.col("class") == name))
            for state in STATE_COLOURS:
                share = cell[state][0] / cell["records"][0]
                drawn = lengths.get((column, row, state), 0)
                assert drawn == pytest.approx(BAR_WIDTH * share)
    words = [text.get_text() for text in axes.texts]
    assert "A mass" in words
    assert words.count("not looked for") == 3
    first = counts.row(0, named=True)
    expected = f"{first['positive']} pos · {first['negative']} neg"
    assert any(word.startswith(expected) for word in words)


def test_uncertain_is_written_only_where_it_is():
    counts = pl.DataFrame(
        {
            "source": ["a", "a", "b", "b"],
            "class": ["x", "y", "x", "y"],
            "looked_for": [True, True, True, False],
            "records": [10, 10, 0, 0],
            "positive": [1, 2, 0, 0],
            "negative": [9, 5, 0, 0],
            "uncertain": [0, 3, 0, 0],
            "unknown": [0, 0, 0, 0],
        }
    )
    words = [text.get_text() for text in draw_label_matrix(counts, {}).axes[0].texts]
    assert "1 pos · 9 neg" in words
    assert "2 pos · 5 neg · 3 unc" in words
    assert words.count("not looked for") == 2


def test_an_empty_table_draws(simulate_table):
    counts = count_source_labels(simulate_table(SCOPES, ("mass",), records=4)).clear()
    assert len(draw_label_matrix(counts, {}).axes[0].patches) == 0


def test_long_titles_break_once_and_then_end():
    assert wrap_title("Mass") == "Mass"
    wrapped = wrap_title("a finding with a name that goes on and on and on and on and on and on")
    assert wrapped.count("\n") == 1
    assert wrapped.endswith("…")
    assert max(map(len, wrapped.split("\n"))) <= 32
