from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from labelassemble.pipeline.assemble_sources import open_assembled
from labelassemble.pipeline.evaluate_networks import read_all_predictions
from labelassemble.pipeline.make_report import describe_caveats, draw_heat_maps, roc_curves_of
from labelassemble.pipeline.report_examples import choose_examples, show_wrong_predictions
from labelassemble.vocabulary.vocabulary import load_vocabulary


def test_curves_rise_from_corner_to_corner(finished: Any) -> None:
    table, _ = open_assembled(finished.recipe)
    predictions = read_all_predictions(finished.recipe, table)["masked"][0]
    curves = roc_curves_of(predictions, table)
    assert set(curves) <= set(table.classes)
    assert curves
    for false_rate, true_rate in curves.values():
        assert false_rate[0] == true_rate[0] == 0.0
        assert false_rate[-1] == true_rate[-1] == 1.0
        assert (np.diff(true_rate) >= 0).all()


def test_examples_of_every_source(finished: Any) -> None:
    table, store = open_assembled(finished.recipe)
    vocabulary = load_vocabulary("chest_radiograph")
    examples = choose_examples(table, store, vocabulary, 2)
    assert {example.source for example in examples} == {"north", "east", "west", "reference"}
    assert examples[0].caption == "nothing that was looked for"
    assert choose_examples(table, store, vocabulary, 0) == []


def test_an_example_of_which_nothing_is_known_says_so(finished: Any) -> None:
    """A source looks for classes, and leaves every cell of this image open."""
    table, store = open_assembled(finished.recipe)
    vocabulary = load_vocabulary("chest_radiograph")
    one = table.records.filter(source="north")["record"][0]
    records = table.records.filter(pl.col("record") == one)

    def caption(cells: pl.DataFrame) -> str:
        asked = replace(table, records=records, cells=cells)
        return choose_examples(asked, store, vocabulary, 1)[0].caption

    own = table.cells.filter(pl.col("record") == one)
    assert caption(own.clear()) == "nothing is known of it"
    state = own.schema["state"]
    said = {
        name: own.head(1).with_columns(pl.lit(name).cast(state).alias("state"))
        for name in ("negative", "uncertain", "positive")
    }
    title = vocabulary.findings[vocabulary.index(own["class"][0])].title
    assert caption(said["negative"]) == "nothing that was looked for"
    assert caption(said["uncertain"]) == f"{title} uncertain"
    assert caption(said["positive"]) == title


def test_heat_maps_are_of_true_positives(finished: Any) -> None:
    table, store = open_assembled(finished.recipe)
    vocabulary = load_vocabulary("chest_radiograph")
    maps = draw_heat_maps(finished.recipe, table, store, vocabulary, None)
    assert 0 < len(maps) <= finished.recipe.report.heat_maps
    assert all(one.true_label for one in maps)
    for one in maps:
        assert one.probability_map.shape == one.image.shape
    only_single = finished.recipe.model_copy(update={"methods": ("single",)})
    assert draw_heat_maps(only_single, table, store, vocabulary, None) == []


def test_lesions_are_outlined_where_they_are_known(finished: Any) -> None:
    table, store = open_assembled(finished.recipe)
    asked = []

    def outline(record: str, name: str) -> np.ndarray:
        asked.append((record, name))
        return np.ones((64, 64), dtype=bool)

    vocabulary = load_vocabulary("chest_radiograph")
    maps = draw_heat_maps(finished.recipe, table, store, vocabulary, outline)
    assert len(asked) == len(maps)
    for one in maps:
        assert one.lesion_mask is not None
        assert one.lesion_mask.shape == one.image.shape
        assert one.lesion_mask.all()


def test_caveats(finished: Any) -> None:
    table, _ = open_assembled(finished.recipe)
    notes = describe_caveats(finished.recipe, table)
    assert any("source alone gives the class away" in note for note in notes)
    quiet = finished.recipe.model_copy(update={"methods": ("single",)})
    assert len(describe_caveats(quiet, table)) < len(notes)


def test_wrong_predictions_are_wrong_and_say_who_labelled_them(finished: Any) -> None:
    table, store = open_assembled(finished.recipe)
    first = {"masked": read_all_predictions(finished.recipe, table)["masked"][0]}
    points = pl.DataFrame(
        {
            "method": "masked",
            "group": "all",
            "class": list(table.classes),
            "threshold": 0.5,
        }
    )
    shown = show_wrong_predictions(finished.recipe, table, store, points, first)
    assert 0 < len(shown) <= finished.recipe.report.wrong_predictions
    for one in shown:
        assert (one.probability >= 0.5) != one.present
        assert one.labelled_by.startswith("reference, evidence")
        assert one.image.shape == (store.size, store.size)
    assert show_wrong_predictions(finished.recipe, table, store, None, first) == []
