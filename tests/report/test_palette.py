import itertools

import pytest

from labelassemble.report import palette
from labelassemble.report.palette import BETTER, DARK, SAME, style_methods, style_runs


def brightness(colour):
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second):
    bright, dim = sorted((brightness(first), brightness(second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_text_and_lines_stand_out_on_light_and_on_dark_paper():
    for colour in (
        palette.INK,
        palette.MUTED,
        BETTER,
        SAME,
        palette.WORSE,
        *palette.BETWEEN_COLOUR,
    ):
        assert contrast(colour, "#ffffff") > 4.4, colour
        assert contrast(DARK[colour], "#12181f") > 4.4, colour


def test_the_candidate_and_the_reference_have_their_own_lines():
    styles = style_methods(["a", "b", "c", "d", "e", "f"])
    assert styles["f"].colour == BETTER
    assert styles["f"].pattern == "-"
    assert styles["a"].colour == SAME
    assert styles["a"].pattern == (0, (6.0, 3.0))
    assert len(set(styles.values())) == 6
    assert {style.colour for style in styles.values()} <= set(DARK)
    assert style_methods(["only"])["only"].colour == BETTER
    assert style_methods([]) == {}


def test_runs_of_one_method_are_told_apart_by_colour_and_dashes():
    methods = style_methods(["single", "label-assemble"])
    names = [f"single-{place}" for place in range(6)]
    runs = style_runs([*names, "label-assemble", "stray"], methods)
    assert runs["single-0"] == methods["single"]
    assert len({runs[name].colour for name in names}) == 6
    assert runs["label-assemble"] == methods["label-assemble"]
    assert methods["label-assemble"].colour not in {runs[name].colour for name in names}
    for one, other in itertools.combinations(runs.values(), 2):
        assert one != other


@pytest.mark.parametrize("name", ["single-", "singles"])
def test_only_whole_words_name_a_method(name):
    methods = style_methods(["single", "label-assemble"])
    owned = style_runs([name], methods)[name].colour == methods["single"].colour
    assert owned == name.startswith("single-")
