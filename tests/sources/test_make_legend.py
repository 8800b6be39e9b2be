from pathlib import Path

import pytest

from labelassemble.sources.make_legend import make_legend
from labelassemble.sources.manifest_file import load_manifest, parse_manifest
from labelassemble.sources.mask_legend import MaskLegend

MASKS = """
name = "own"
labels.encoding = "mask_values"
labels.case = '(?P<case>.+)\\.png'
"""


def test_values_and_colours_in_the_order_of_the_manifest() -> None:
    labels = 'labels.mask = "m/{case}.png"\nlabels.values = { "#00FF00" = "b", "#ff0000" = "" }\n'
    legend = make_legend(parse_manifest(MASKS + labels + "labels.ignore = [7]", "m"), Path(), ())
    assert [(one.term, one.values, one.looked_for) for one in legend.terms] == [
        ("b", (1,), True),
        ("", (2,), True),
    ]
    assert (legend.by_itself, legend.ignore, legend.colours) == (
        False,
        (7,),
        ("#00ff00", "#ff0000"),
    )


def test_terms_beyond_the_scope_are_drawn_and_rule_nothing_out() -> None:
    labels = 'labels.masks = { a = "a/{case}.png", b = "b/{case}.png" }\nlabels.above = 0.5\n'
    legend = make_legend(parse_manifest(MASKS + labels + 'scope.terms = ["b"]', "m"), Path(), "a")
    assert [(one.term, one.values, one.looked_for) for one in legend.terms] == [
        ("a", (), False),
        ("b", (), True),
    ]
    assert (legend.by_itself, legend.above, legend.complete) == (True, 0.5, True)


def test_points_tell_nothing_of_what_lies_beside_them() -> None:
    points = make_legend(load_manifest("luna16"), Path(), ["nodule", "odd", "mark"])
    assert (points.space, points.complete) == ("lps", False)
    assert [one.term for one in points.terms if not one.looked_for] == ["mark", "odd"]
    outlines = make_legend(load_manifest("lidc_idri"), Path(), ())
    assert (outlines.space, outlines.complete, outlines.drawn_by) == (None, True, 1)


@pytest.mark.parametrize("name", ["luna16", "kits23", "lidc_idri"])
def test_a_legend_is_the_same_once_it_was_written(name: str) -> None:
    legend = make_legend(load_manifest(name), Path(), ())
    assert MaskLegend.model_validate(legend.model_dump(mode="json")) == legend
