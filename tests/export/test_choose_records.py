from dataclasses import replace

import polars as pl
import pytest

from labelassemble.assembly.assembled_table import FRAMES, fits_columns
from labelassemble.errors import AssemblyError, SettingsError
from labelassemble.export.choose_records import choose_records


def test_everything_by_default(table):
    assert choose_records(table) == table


def test_images_of_some_splits_and_all_that_is_said_of_them(table):
    chosen = choose_records(table, ["test", "validate"])
    records = ["nih/1.png", "nih/2.png"]
    assert chosen.records["record"].to_list() == records
    assert chosen.cells["record"].unique().sort().to_list() == records
    assert chosen.members["record"].to_list() == records
    assert chosen.groups["group"].to_list() == [0, 1]
    assert chosen.classes == table.classes
    assert all(fits_columns(getattr(chosen, name), name) for name in FRAMES)


def test_links_stay_where_both_images_do(table):
    rows = [("nih/1.png", "nih/2.png"), ("nih/1.png", "rsna/a")]
    links = pl.DataFrame(
        [(*row, "look-alike", 1.0) for row in rows], schema=table.links.schema, orient="row"
    )
    linked = replace(table, links=links)
    chosen = choose_records(linked, ["test", "validate"])
    assert chosen.links["right"].to_list() == ["nih/2.png"]


def test_known_classes_are_those_known_on_these_images(table):
    chosen = choose_records(table, ["test"], known_classes=True)
    assert chosen.classes == ("mass", "nodule")
    assert chosen.scopes == {"nih": ("mass", "nodule"), "rsna": ("mass", "nodule")}
    assert choose_records(table, known_classes=True).classes == table.classes


def test_an_uncertain_class_without_a_label_is_not_known(make_table):
    table = make_table(("mass", "nodule"), {"a/1": "? -"})
    chosen = choose_records(table, known_classes=True)
    assert chosen.classes == ("nodule",)
    assert chosen.cells["class"].to_list() == ["nodule"]


def test_an_unknown_split_is_refused(table):
    with pytest.raises(SettingsError, match="no split 'validation'; nearest: validate"):
        choose_records(table, ["validation"])


def test_a_split_without_images_is_refused(make_table):
    table = make_table(("mass",), {"a/1": "+"})
    with pytest.raises(AssemblyError, match="none; the table has 1 train, 0 validate"):
        choose_records(table, ["test"])


def test_no_images_at_all_are_no_mistake(make_table):
    assert choose_records(make_table(("mass",), {}), ["test"]).records.is_empty()
