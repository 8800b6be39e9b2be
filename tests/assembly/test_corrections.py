"""A reader's answers: heard first within a source and between sources, each told, none silent."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from labelassemble.assembly.assemble import assemble_table
from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.corrections import apply_corrections, describe_corrections
from labelassemble.assembly.read_corrections import read_corrections
from labelassemble.errors import AssemblyError
from labelassemble.settings import AssemblySettings
from labelassemble.vocabulary.vocabulary import Finding, Vocabulary

HEAD = "source,image,class,given,reader,answer\n"
VOCABULARY = Vocabulary(
    name="lungs",
    version="1",
    findings=(
        Finding(name="opacity", title="Opacity"),
        Finding(name="mass", title="Mass", parents=("opacity",)),  # type: ignore[arg-type]
        Finding(name="nodule", title="Nodule", parents=("opacity",)),  # type: ignore[arg-type]
    ),
)
NIH = [
    *((f"{n:02}", "mass", "+-"[n % 2], "column 'mass'", "", "text_mining") for n in range(8)),
    # Both the mass and the nodule of image 2 make it an opacity; the mass alone that of image 0.
    ("02", "nodule", "+", "column 'nodule'", "", "text_mining"),
    *(
        (f"{n:02}", "opacity", "+", "column 'mass'; implied by child mass", "", "text_mining")
        for n in (0, 2, 4, 6)
    ),
]


@pytest.fixture
def correct(make_table: Any, make_source: Any, tmp_path: Path) -> Any:
    def run(lines: str, **settings: Any) -> tuple[AssembledTable, list[str]]:
        path = tmp_path / "review.csv"
        path.write_text(HEAD + lines)
        names = [f"{n:02}" for n in range(8)]
        tables = [
            make_table("nih", names, NIH),
            make_table("rsna", names, [(name, "mass", "+") for name in names]),
        ]
        files = [(one, name, f"{name:>064}") for one in ("nih", "rsna") for name in names]
        contents = pl.DataFrame(files, schema=["source", "image", "sha256"], orient="row")
        corrected = apply_corrections(tables, [read_corrections(path)], VOCABULARY)
        table = assemble_table(
            corrected.tables,
            VOCABULARY,
            AssemblySettings(allow_unscored_classes=True, **settings),
            sources=[make_source("nih"), make_source("rsna")],
            contents=contents.with_columns(
                pixel_sha256=pl.lit(None, pl.String), fingerprint=pl.lit(None, pl.Binary)
            ),
        )
        return table, describe_corrections(corrected.told)

    return run


def cell(table: AssembledTable, image: str, name: str) -> dict[str, Any]:
    rows = table.cells.filter(pl.col("record") == f"nih/{image}", pl.col("class") == name)
    return rows.row(0, named=True) if rows.height else {}


@pytest.mark.parametrize("policy", ["source_order", "majority", "mask", "soft", "positive"])
def test_an_answer_is_heard_first_under_every_policy(correct: Any, policy: str) -> None:
    table, told = correct(
        "nih,00,mass,present,Dr. A,absent\nrsna,03,mass,present,,\n", conflicts=policy
    )
    found = cell(table, "00", "mass")
    assert (found["state"], found["label"], found["evidence"]) == ("negative", 0.0, "review")
    assert found["source"] == "nih"
    assert found["reason"] == "review.csv: Dr. A answered absent"
    assert "nih first" in found["policy"]
    assert told == [
        "Corrections, review.csv: 1 of 2 lines answered (Dr. A); 0 confirmed, "
        "1 positive -> negative"
    ]
    conflict = table.conflicts.filter(record="nih/00").row(0, named=True)
    assert conflict["left_assessment"] != conflict["right_assessment"]


def test_within_a_source_the_reading_overrules_and_says_so(
    correct: Any,
) -> None:
    before, told = correct("nih,01,mass,absent,,\n")
    assert told == ["Corrections, review.csv: 0 of 1 line answered (nobody); 0 confirmed"]
    assert "review" not in before.cells["evidence"].cast(pl.String).to_list()
    table, told = correct(
        "nih,00,mass,present,Dr. A,cannot tell\nnih,02,mass,present,Dr. A,present\n"
    )
    assert "1 confirmed, 1 positive -> uncertain" in told[0]
    # Between sources a definite assessment beats an uncertain one, as it always does.
    assert cell(table, "00", "mass")["policy"] == "definite beats uncertain"
    assert cell(table, "02", "mass")["evidence"] == "review"
    others = pl.col("record").is_in(["nih/00", "nih/02"])
    text = dict.fromkeys(("evidence", "reason", "policy"), pl.String)
    rest = [one.cells.filter(~others).cast(text) for one in (before, table)]
    assert rest[0].equals(rest[1])


def test_what_followed_from_the_label_follows_no_more(correct: Any) -> None:
    table, _ = correct("nih,00,mass,present,A,absent\nnih,02,mass,present,A,absent\n")
    assert cell(table, "00", "opacity") == {}, "the mass alone had made it one"
    assert cell(table, "02", "opacity")["state"] == "positive", "the nodule is one still"
    table, _ = correct("nih,01,mass,absent,A,present\nnih,04,opacity,present,A,absent\n")
    implied = cell(table, "01", "opacity")
    assert (implied["state"], implied["evidence"]) == ("positive", "review")
    assert implied["reason"].endswith("implied by child mass")
    assert cell(table, "04", "mass")["state"] == "negative"
    assert cell(table, "04", "mass")["reason"].endswith("implied by parent opacity")


def test_readers_that_differ_are_settled_and_one_that_contradicts_itself_is_refused(
    correct: Any,
) -> None:
    lines = "nih,00,mass,present,A,absent\nnih,00,mass,present,B,present\n"
    table, _ = correct(lines + "nih,00,mass,present,C,absent\n")
    found = cell(table, "00", "mass")
    assert (found["state"], found["evidence"]) == ("negative", "review")
    for wrong, told in (
        (
            lines.replace("B", "A"),
            "'absent' in review.csv, row 2 .mass of nih/00. and 'present' in review.csv, row 3",
        ),
        ("nhi,00,mass,present,A,absent\n", "no source 'nhi'.*nih"),
        ("nih,0,mass,present,A,absent\n", "'0', which it does not have"),
        ("nih,00,mas,present,A,absent\n", "no class 'mas'.*mass"),
        ("nih,00,mass,present,A,gone\n", r"row 2 .mass of nih/00..\s+Got\s+'gone'"),
    ):
        with pytest.raises(AssemblyError, match=rf"(?s){told}"):
            correct(wrong)


def test_lists_as_spreadsheets_write_them(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("class;image;source;answer\nmass;1;nih; Cannot  Tell \nmass;2;nih;\n")
    found = read_corrections(path)
    assert [(one.image, one.answer, one.reader) for one in found.corrections] == [
        ("1", "cannot tell", "review")
    ]
    assert found.unanswered == 1
    path.write_text("class,image\nmass,1\n")
    with pytest.raises(AssemblyError, match="without source, answer"):
        read_corrections(path)
    with pytest.raises(AssemblyError, match=r"assembly\.corrections"):
        read_corrections(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an empty file"),
        ("source,image,class,answer,answer\nnih,00,mass,present,absent\n", "two columns answer"),
        ("source,image,class,answer,class\nnih,00,mass,present,nodule\n", "two columns class"),
    ],
)
def test_a_list_that_could_be_read_in_two_ways_is_refused(
    text: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "review.csv"
    path.write_text(text)
    with pytest.raises(AssemblyError, match=said):
        read_corrections(path)
