import dataclasses

import polars as pl

from labelassemble.report.audit.patient_groups import describe_patient_groups
from labelassemble.report.placed_members import place_members


def test_groups_equal_a_slow_count(table):
    found = describe_patient_groups(table, place_members(table))
    sizes = table.records["group"].value_counts()
    assert found.groups == sizes.height
    assert found.alone == sizes.filter(pl.col("count") == 1).height
    assert sum(groups for _, groups, _ in found.made_by) == found.groups
    assert sum(records for *_, records in found.made_by) == table.records.height
    across = table.groups.filter(pl.col("sources").str.contains("+", literal=True))
    assert found.across == [("north+south", across.height)]


def test_images_of_which_nothing_tells_the_patient(table):
    # South names no patients, but north names those of the images that both hold.
    assert describe_patient_groups(table, place_members(table)).unnamed == {
        "silent": 4,
        "south": 40,
    }


def test_two_names_of_one_person_are_told(table):
    # The look-alike joins p0 and p1.
    assert describe_patient_groups(table, place_members(table)).merged == [("north", 1)]


def test_the_largest_groups(table):
    found = describe_patient_groups(table, place_members(table), most=3).largest
    assert len(found) == 3
    assert (found[0].group, found[0].records, found[0].patient) == (0, 4, "north/p0")
    assert found[0].patients == 2
    assert "look-alike" in found[0].evidence
    assert [one.records for one in found] == sorted((one.records for one in found), reverse=True)


def test_nothing_there(bare):
    found = describe_patient_groups(bare, place_members(bare))
    assert (found.groups, found.alone, found.largest, found.merged) == (0, 0, [], [])


def test_a_patient_that_is_but_the_name_of_its_image_tells_nothing(table):
    named_so = pl.col("source") == "north"
    echo = table.members.with_columns(
        patient=pl.when(named_so)
        .then("north/" + pl.col("image").str.strip_suffix(".png"))
        .otherwise("patient")
    )
    told = describe_patient_groups(
        dataclasses.replace(table, members=echo),
        place_members(dataclasses.replace(table, members=echo)),
    )
    assert told.unnamed == {"north": 120, "silent": 4, "south": 60}
    # One true name among them shows that the others are names of patients too.
    partly = echo.with_columns(
        patient=pl.when(pl.col("image") == "000.png").then(pl.lit("north/p0")).otherwise("patient")
    )
    assert (
        "north"
        not in describe_patient_groups(
            table, place_members(dataclasses.replace(table, members=partly))
        ).unnamed
    )
