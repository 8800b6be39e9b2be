from labelassemble.report.experiment.axis_format import format_value, shorten_name, write_ticks
from labelassemble.report.panel import make_panel


def test_ticks_have_equally_many_digits():
    _, axes = make_panel(4.0, 3.0)
    axes.plot([0, 4000], [-0.06, 0.06])
    write_ticks(axes)
    across = [axes.xaxis.get_major_formatter()(tick) for tick in axes.get_xticks()]
    up = [axes.yaxis.get_major_formatter()(tick) for tick in axes.get_yticks()]
    assert {"0", "1,600", "4,000"} <= set(across)
    assert {"−.050", "0", ".025"} <= set(up)
    assert len({len(one.lstrip("−")) for one in up if one != "0"}) == 1


def test_large_and_negative_numbers():
    assert format_value(-1234.4) == "−1,234"
    assert format_value(None) == "–"
    assert shorten_name("short") == "short"
