import polars as pl

from labelassemble.sources.files_not_taken import UNUSED, count_reasons


def test_files_not_taken_are_told_by_reason_but_for_the_tables_that_were_read(
    read_handmade, tmp_path
):
    (tmp_path / "b.png").symlink_to("nowhere.png")
    table = read_handmade(
        "image,person,found\na.png,1,Mass\n",
        images=["a.png", "c.png", ".d.png", "notes.txt", "e.txt", "x/f.nii.gz"],
    )
    assert table.not_taken.rows() == [
        ("a link to a file that is not there", "b.png"),
        ("a volume: images.glob can ask for it", "x/f.nii.gz"),
        ("an image file that no image of the source has", "c.png"),
        ("hidden: the name begins with a dot", ".d.png"),
        ("no image by its extension .toml", "manifest.toml"),
        ("no image by its extension .txt", "e.txt"),
        ("no image by its extension .txt", "notes.txt"),
    ]
    assert UNUSED in table.not_taken["reason"]
    found = {
        one.reason: (one.count, one.examples) for one in count_reasons(table.not_taken, "file")
    }
    assert found["no image by its extension .txt"] == (2, ("e.txt", "notes.txt"))


def test_reasons_that_differ_in_a_name_only_are_one_line():
    rows = pl.DataFrame(
        {
            "reason": [f"several files fit it: x/{n}.png and y/{n}.png" for n in range(39)]
            + ["column 'view' is 'L'", "column 'view' is 'R'"],
            "image": [f"{n:02}" for n in range(41)],
            "rows": [2] * 41,
        }
    )
    found = count_reasons(rows, "image", "rows")
    assert [(one.count, one.examples) for one in found] == [
        (78, ("00", "01", "02")), (2, ("39",)), (2, ("40",)),
    ]  # fmt: skip
    assert "x/0.png" in found[0].reason
    assert [one.reason for one in found[1:]] == ["column 'view' is 'L'", "column 'view' is 'R'"]
    assert count_reasons(rows.clear(), "image") == []
