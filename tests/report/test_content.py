import dataclasses

import numpy as np
import polars as pl
import pytest

from labelassemble.errors import RunError
from labelassemble.report.content import ExampleImage, check_content


def test_the_simulated_content_can_be_shown(simulate_content):
    check_content(simulate_content())


def test_methods_stand_reference_first_candidate_last(simulate_content):
    content = simulate_content(methods=("a", "b", "c"))
    assert content.methods == ["a", "b", "c"]
    turned = dataclasses.replace(content, reference="c", candidate="a")
    assert turned.methods == ["c", "b", "a"]
    same = dataclasses.replace(content, reference="b", candidate="b")
    assert same.methods == ["b", "a", "c"]
    foreign = dataclasses.replace(content, reference="not scored", candidate="a")
    assert foreign.methods == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("settings", "level"),
    [({}, 0.95), ({"evaluation": {"confidence": 0.9}}, 0.9), ({"evaluation": None}, 0.95)],
)
def test_confidence_comes_from_the_settings(simulate_content, settings, level):
    assert dataclasses.replace(simulate_content(), settings=settings).confidence == level


@pytest.mark.parametrize("name", ["results", "comparisons"])
def test_a_missing_column_is_named(simulate_content, name):
    content = simulate_content()
    short = getattr(content, name).drop("class")
    with pytest.raises(RunError) as caught:
        check_content(dataclasses.replace(content, **{name: short}))
    assert f"the columns class in the {name}" in str(caught.value)
    assert "labelassemble evaluate" in str(caught.value)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4), dtype=np.float32),
        np.zeros((4, 4, 3), dtype=np.uint8),
        np.zeros((0, 4), dtype=np.uint8),
    ],
)
def test_an_image_of_another_kind_is_refused(simulate_content, image):
    content = dataclasses.replace(simulate_content(), examples=[ExampleImage(image, "a", "")])
    with pytest.raises(RunError, match="example 1"):
        check_content(content)


@pytest.mark.parametrize("field", ["probability_map", "lesion_mask"])
def test_a_map_of_another_size_is_refused(simulate_content, field):
    content = simulate_content()
    wrong = dataclasses.replace(content.heat_maps[0], **{field: np.zeros((3, 3))})
    with pytest.raises(RunError, match=f"{field.replace('_', ' ')} of the image's size"):
        check_content(dataclasses.replace(content, heat_maps=[wrong]))


def test_an_empty_table_of_results_still_needs_its_columns(simulate_content):
    with pytest.raises(RunError, match="columns none"):
        check_content(dataclasses.replace(simulate_content(), results=pl.DataFrame()))
