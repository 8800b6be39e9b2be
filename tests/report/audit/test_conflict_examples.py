import dataclasses

import polars as pl

from labelassemble.report.audit.conflict_examples import choose_conflicts, list_first_conflicts


def kind(one):
    return one.name, one.said


def test_one_of_each_kind_before_a_second_of_any(table):
    several = choose_conflicts(table, 100)
    kinds = len({kind(one) for one in several})
    assert len({kind(one) for one in several[:kinds]}) == kinds > 2
    assert len(several) == table.conflicts["record"].n_unique()
    assert len({one.record for one in several}) == len(several)


def test_conflicts_between_sources_come_first(table):
    first = choose_conflicts(table, 1)[0]
    assert {source for source, _ in first.said} == {"north", "south"}
    row = table.conflicts.filter(
        (pl.col("record") == first.record) & (pl.col("class") == first.name)
    ).row(0, named=True)
    assert first.said == (
        (row["left_source"], row["left_assessment"]),
        (row["right_source"], row["right_assessment"]),
    )
    assert first.decision == row["decision"]
    assert first.path == f"/files/{first.record.removeprefix('north/')}"


def test_images_with_a_file_come_first(table):
    sole = choose_conflicts(table, 100)[0]
    only = table.records.with_columns(
        path=pl.when(pl.col("record") == sole.record).then(None).otherwise("path")
    )
    again = choose_conflicts(dataclasses.replace(table, records=only), 1)[0]
    assert kind(again) == kind(sole)
    assert again.record != sole.record


def test_the_choice_does_not_depend_on_the_order_of_rows(table):
    turned = dataclasses.replace(table, conflicts=table.conflicts.reverse())
    assert choose_conflicts(turned, 6) == choose_conflicts(table, 6)


def test_none_asked_for_and_none_there(table, bare):
    assert choose_conflicts(table, 0) == []
    assert choose_conflicts(bare, 5) == []


def test_both_files_of_a_joined_image_are_shown(table):
    south = table.members.with_columns(
        path=pl.when(pl.col("source") == "south")
        .then("/south/" + pl.col("image"))
        .otherwise("path")
    )
    shown = choose_conflicts(dataclasses.replace(table, members=south), 1)[0]
    paths = {source: path for (source, _), path in zip(shown.said, shown.paths, strict=True)}
    number = shown.record.removeprefix("north/").removesuffix(".png")
    assert paths == {"north": f"/files/{number}.png", "south": f"/south/s{number}.png"}
    assert choose_conflicts(table, 1)[0].paths is None


def test_all_conflicts_are_counted_and_the_first_are_listed(table):
    number, rows = list_first_conflicts(table, 3)
    assert (number, len(rows)) == (table.conflicts.height, 3)
    assert [row["record"] for row in rows] == sorted(row["record"] for row in rows)
