import dataclasses

import polars as pl
import pytest

from labelassemble.report.audit.cautions import list_audit_cautions
from labelassemble.report.audit.findings import gather_findings
from labelassemble.report.audit.prevalence import Apart


def cautions(content, **changes):
    found = gather_findings(content)._replace(**changes)
    return {caution.section: caution.text for caution in list_audit_cautions(content, found)}, [
        caution.text for caution in list_audit_cautions(content, found)
    ]


def test_everything_that_is_odd_is_told(content, table):
    _, texts = cautions(content)
    told = "\n".join(texts)
    found = gather_findings(content)
    times = sum(one.times for one in found.weaker_winners)
    assert "40 images without an image file" in texts[0]
    assert texts[1].endswith("each taken for a person: 4 of silent and 40 of south.")
    assert f"In {times} contradictions between sources the weaker evidence won" in told
    assert "north (text mining) over south (radiologist)" in told
    assert "north says only positive of Opacity" in told
    assert "Links made one person of two names of patients: 1 of north." in told
    assert "3 images are positive for a class and negative for the broader one" in told
    assert "do not add up" not in told
    assert "Hernia" in next(text for text in texts if text.startswith("Without a known positive"))


def test_every_caution_leads_to_a_section(content):
    by_section, _ = cautions(content)
    assert set(by_section) <= {
        "annotated",
        "frequencies",
        "conflicts",
        "overlaps",
        "parts",
        "persons",
        "rows",
    }


@pytest.mark.parametrize(("ratio", "words"), [(2.5, "in south (2.5 times)."), (None, "in south.")])
def test_classes_that_tell_the_source(content, ratio, words):
    by_section, _ = cautions(content, apart=[Apart("effusion", "north", "south", ratio)])
    assert by_section["frequencies"].startswith(
        "In 1 class the intervals of two sources lie apart, most of all Effusion: "
    )
    assert by_section["frequencies"].endswith(words)


def test_no_file_at_all(content, table):
    none = dataclasses.replace(table, records=table.records.with_columns(path=None))
    _, texts = cautions(dataclasses.replace(content, table=none))
    assert texts[0].startswith("No image has an image file: ")


def test_rows_that_do_not_add_up(content, table):
    rows = {**table.manifest["rows"], "north": {"read": 9, "images": 1, "joined": 0, "excluded": 0}}
    odd = dataclasses.replace(table, manifest={**table.manifest, "rows": rows})
    by_section, _ = cautions(dataclasses.replace(content, table=odd))
    assert by_section["rows"] == "Rows read do not add up to rows used and left out: north."


def test_long_lists_of_classes_are_cut(content):
    many = [
        (name, "test") for name in ("effusion", "mass", "opacity", "hernia", "a", "b", "c", "d")
    ]
    _, texts = cautions(content, imbalanced=many)
    cut = next(text for text in texts if "unlike that in train" in text)
    assert cut.endswith("Effusion, Mass, Opacity, Hernia, a, b and 2 more.")


def test_persons_with_two_sexes(content, table):
    sex = pl.when(pl.int_range(pl.len()) == 1).then(pl.lit("M")).otherwise(pl.lit("F"))
    odd = dataclasses.replace(table, records=table.records.with_columns(sex=sex))
    by_section, _ = cautions(dataclasses.replace(content, table=odd))
    assert by_section["persons"] == "Persons whose images give two sexes: 1 of north."
