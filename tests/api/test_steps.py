"""From a table to probabilities and scores, from Python."""

import dataclasses

import numpy as np
import pandas as pd
import polars as pl
import pytest
from PIL import Image

import labelassemble as la
from labelassemble.inference.prediction_file import read_predictions


def test_a_table_shows_itself_in_six_lines(table):
    lines = repr(table).splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("Table: 120 images of 60 patients; ")
    assert max(map(len, lines)) <= 120
    html = table._repr_html_()
    assert html.count("<tr>") == 1 + len(table.classes)


def test_counts_are_those_of_the_labels(table):
    matrix = table.label_matrix()
    for place, row in enumerate(table.count_labels().iter_rows(named=True)):
        assert row["positive"] == (matrix[:, place] == 1).sum()
        assert row["negative"] == (matrix[:, place] == 0).sum()
        assert row["uncertain"] + row["unknown"] == np.isnan(matrix[:, place]).sum()


def test_words_of_a_table_are_no_markup(table):
    named = dataclasses.replace(table, classes=("<b>x</b>",), cells=table.cells.clear())
    assert "<b>x" not in named._repr_html_()


def test_a_table_is_read_again(recipe, table):
    again = la.read_table(recipe.output)
    assert again.cells.equals(table.cells)
    assert repr(again) == repr(table)
    assert table.to_pandas().shape == (120, 13)


def test_leaks_of_a_split_at_hand_are_found(table):
    images = table.members.select("source", "image")
    split = images.with_columns(
        split=pl.when(pl.int_range(pl.len()) % 2 == 0)
        .then(pl.lit("train"))
        .otherwise(pl.lit("test"))
    )
    assert table.find_leaks() == []
    assert table.find_leaks(split)
    assert table.find_leaks(pd.DataFrame(split.to_dict(as_series=False))) == table.find_leaks(split)


def test_arrays_and_files_have_the_same_probabilities(tmp_path, two_sources, runs):
    _, arrays = two_sources["north"]
    predictor = la.Predictor(runs[0])
    paths = []
    for name in list(arrays)[:3]:
        Image.fromarray(arrays[name]).save(tmp_path / f"{name}.png")
        paths.append(tmp_path / f"{name}.png")
    of_files = predictor.predict(paths)
    assert of_files.shape == (3, len(predictor.classes))
    assert np.array_equal(of_files, predictor.predict([arrays[path.stem] for path in paths]))
    # Sums of another batch may differ in their last bits.
    assert np.allclose(of_files[1], predictor.predict(str(paths[1])), rtol=0, atol=1e-6)
    deep = arrays["i0"].astype(np.uint16) * 16
    Image.fromarray(deep).save(tmp_path / "deep.png")
    assert np.array_equal(predictor.predict(deep), predictor.predict(tmp_path / "deep.png"))
    assert predictor.predict([]).shape == (0, len(predictor.classes))


def test_arrays_that_are_no_image(runs):
    predictor = la.Predictor(runs[0])
    with pytest.raises(la.LabelAssembleError, match="array 1"):
        predictor.predict([np.eye(8), np.zeros((8, 8))])
    with pytest.raises(la.LabelAssembleError, match="shape"):
        predictor.predict(np.zeros((2, 8, 8)))


def test_colours_of_fractions_are_seen_as_those_of_bytes(runs):
    predictor = la.Predictor(runs[0])
    colours = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    colours[0, :2] = [[0, 0, 0], [255, 255, 255]]
    both = predictor.predict([colours, (colours / 255).astype(np.float32)])
    # Fractions are stretched from their range, so that a few pixels at the ends are clipped.
    assert np.allclose(both[0], both[1], atol=0.02)


def test_scores_and_differences(table, runs):
    scores = la.evaluate(runs[0], table)
    assert scores.filter(source="all")["class"].to_list() == [*table.classes, "mean"]
    both = la.compare(runs[0], runs[1], table).filter(source="all")
    second = la.evaluate(runs[1], table).filter(source="all")["auroc_score"]
    first = scores.filter(source="all")["auroc_score"]
    assert np.allclose(both["difference"], second - first)


def test_predictions_at_hand_are_scored_as_runs_are(table, runs):
    expected = la.evaluate(runs[0], table)
    long = read_predictions(runs[0] / "predictions.parquet")
    wide = long.pivot("class", index="record", values="probability")
    for frame in (long, wide, pd.DataFrame(wide.to_dict(as_series=False))):
        assert la.evaluate(frame, table).equals(expected, null_equal=True)


@pytest.mark.parametrize(
    ("given", "said"),
    [("nowhere", "a finished run"), (pl.DataFrame({"a": [1]}), "a column image")],
)
def test_predictions_that_are_none(table, given, said):
    with pytest.raises(la.LabelAssembleError, match=said):
        la.evaluate(given, table)


def test_training_learns_from_the_table_that_is_given(recipe, table, runs):
    assert la.train(recipe, table) == runs
    strange = dataclasses.replace(
        table, records=table.records.with_columns(record=pl.lit("x/") + pl.col("record"))
    )
    with pytest.raises(la.LabelAssembleError, match="other"):
        la.train(recipe, strange)
    with pytest.raises(la.LabelAssembleError, match="other"):
        la.train(recipe, dataclasses.replace(table, cells=table.cells.head(50)))
