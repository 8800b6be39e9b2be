import gzip

import pytest

from labelassemble.sources.draft.peek import guess_separator, has_header, peek_table


def peek(folder, text, name="a.csv", **options):
    content = text if isinstance(text, bytes) else text.encode()
    (folder / name).write_bytes(content)
    return peek_table(folder, name, **options)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|", " "])
def test_any_separator(tmp_path, sign):
    rows = [["image", "age", "found"], ["a.png", "3", "Mass"], ["b.png", "4", "Edema"]]
    found = peek(tmp_path, "\n".join(sign.join(row) for row in rows))
    assert found.table.columns == rows[0]
    assert found.table.rows() == [tuple(row) for row in rows[1:]]
    assert found.separator == (None if sign == "," else sign)
    assert (found.header, found.problem, found.whole) == ((), "", True)


def test_words_with_spaces_and_bars_do_not_separate():
    lines = ["image,found", "a.png,Mass|Edema", "b.png,No Finding", "c.png,Mass|Edema|Cyst"]
    assert guess_separator(lines) == ","


def test_a_tsv_is_separated_by_tabs(tmp_path):
    found = peek(tmp_path, "a\tb\n1\t2\n", "a.tsv")
    assert found.separator is None
    assert found.file == "a.tsv"


def test_packed_and_without_a_header(tmp_path):
    found = peek(tmp_path, gzip.compress(b"1 a.png x\n2 b.png y\n"), "a.txt.gz")
    assert found.file == "a.txt"
    assert found.header == ("column_1", "column_2", "column_3")
    assert found.table["column_2"].to_list() == ["a.png", "b.png"]


@pytest.mark.parametrize(
    ("rows", "stems", "header"),
    [
        ([["image", "x"], ["a", "b"]], (), True),
        ([["a", "x"], ["b", "y"]], ("a",), False),
        ([["a.png"], ["b.png"]], (), False),
        ([["12", "x"]], (), False),
        ([["0004cfab-14fd-4e49-80ba-63a80b6bddd6", "x"]], (), False),
        ([["who", "positive"], ["b", "positive"], ["c", "negative"]], (), False),
        ([["", ""], ["a", "b"]], (), False),
    ],
)
def test_what_is_a_header(rows, stems, header):
    assert has_header(rows, stems) == header


def test_a_part_of_a_long_table(tmp_path):
    text = "image,found\n" + "".join(f"{number}.png,Mass\n" for number in range(99))
    found = peek(tmp_path, text, lines=10)
    assert (found.table.height, found.whole) == (9, False)
    assert peek(tmp_path, text, lines=1000).whole


def test_what_cannot_be_read_strictly_is_read_anyhow(tmp_path):
    found = peek(tmp_path, 'image,found\na.png\nb.png,Mass,x\n"c.png",Edema\n')
    assert "another number" in found.problem
    assert found.table.rows() == [("a.png", ""), ("b.png", "Mass"), ("c.png", "Edema")]


def test_columns_without_a_name_of_their_own_are_passed_over(tmp_path):
    assert peek(tmp_path, "a,b,b,\n1,2,3,4\n").table.columns == ["a"]


@pytest.mark.parametrize("content", [b"", b"\x89PNG\x00", b"\n\n", b"a,b\n"])
def test_what_is_no_table(tmp_path, content):
    assert peek(tmp_path, content) is None
