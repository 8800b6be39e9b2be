import gzip

from labelassemble.sources.checks.odd_rows import copy_sound_rows
from labelassemble.sources.manifest import Manifest

MANIFEST = Manifest.model_validate(
    {
        "name": "mine",
        "table": {
            "file": "labels.csv",
            "image": "image",
            "join": [{"file": "j.tsv", "on": "image"}],
        },
        "labels": {"encoding": "delimited_list", "column": "found"},
        "scope": {"terms": ["Mass"]},
        "boxes": {
            "file": "boxes/*.csv",
            "image": "image",
            "term": "Mass",
            "box": ["x", "y", "w", "h"],
        },
    }
)


def test_odd_rows_are_told_by_line_and_sound_ones_copied(tmp_path):
    folder, place = tmp_path / "a", tmp_path / "b"
    (folder / "boxes").mkdir(parents=True)
    place.mkdir()
    text = 'image,found\na,Mass\nb\n,Mass\nc,"two\nlines"\nd,Mass,more\n\n,\n'
    (folder / "labels.csv.gz").write_bytes(gzip.compress(text.encode()))
    (folder / "j.tsv").write_text("image\tx\na\t1\nb\n", encoding="utf-8")
    (folder / "boxes" / "1.csv").write_text("image,x,y,w,h\na,1,1,1,1\n", encoding="utf-8")
    notes = copy_sound_rows(folder, MANIFEST, place)
    assert [note.what for note in notes] == [
        "2 rows of labels.csv.gz with another number of cells than the 2 of its header: line 3 has "
        "1, line 7 has 3",
        "1 row of labels.csv.gz without an image in column 'image': line 4",
        "1 row of j.tsv with another number of cells than the 2 of its header: line 3 has 1",
    ]
    assert notes[0].count == 2
    copied = (place / "labels.csv").read_text(encoding="utf-8")
    assert copied.split() == ["image,found", "a,Mass", 'c,"two', 'lines"']
    assert (place / "j.tsv").read_text(encoding="utf-8").split() == ["image", "x", "a", "1"]
    assert (place / "boxes" / "1.csv").is_file()


def test_a_quote_that_is_never_closed(tmp_path):
    place = tmp_path / "b"
    place.mkdir()
    (tmp_path / "labels.csv").write_text('image,found\na,Mass\nb,"Mass\n', encoding="utf-8")
    (note,) = copy_sound_rows(tmp_path, MANIFEST, place)
    assert note.what.startswith("labels.csv cannot be read from line 3 on")
    assert (place / "labels.csv").read_text(encoding="utf-8").split() == ["image,found", "a,Mass"]


def test_sound_tables_have_no_notes(tmp_path):
    (tmp_path / "labels.csv").write_text("image,found\na,Mass\n", encoding="utf-8")
    place = tmp_path / "b"
    place.mkdir()
    assert copy_sound_rows(tmp_path, MANIFEST, place) == []
    assert copy_sound_rows(tmp_path, Manifest(name="a"), place) == []
