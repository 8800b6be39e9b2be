import gzip
import json

import pytest

from labelassemble.assembly.shared_table import find_shared_table
from labelassemble.errors import AssemblyError
from labelassemble.sources.overlapping_names import SharedTable

ASKED = SharedTable(file=("pairs.json", "pairs_*.csv"), ours="new", theirs="old")
PAIRS = [("a", "00000001_000"), ("b.1", "00000002_000")]


def write_json(path):
    rows = [
        {"old": "00000001_000.png", "new": "a", "labels": ["x", "y"]},
        {"old": "00000002_000.png", "new": "images/b.1.dcm", "labels": []},
        {"old": "", "new": "c", "labels": []},
    ]
    path.write_text(json.dumps(rows))


@pytest.mark.parametrize("place", [".", "inside"])
def test_it_is_found_in_any_folder_and_one_deeper(tmp_path, place):
    (tmp_path / "empty").mkdir()
    folder = tmp_path / "other" / place
    folder.mkdir(parents=True)
    write_json(folder / "pairs.json")
    table, file = find_shared_table(
        ASKED, [tmp_path / "empty", tmp_path / "gone", tmp_path / "other"]
    )
    assert table.rows() == PAIRS
    assert file.path == "pairs.json"
    assert file.rows == 3


def test_it_may_be_a_packed_table(tmp_path):
    text = "old,new\n00000001_000.png,a\n00000001_000.png,a\n00000002_000,b.1\n"
    (tmp_path / "pairs_2.csv.gz").write_bytes(gzip.compress(text.encode()))
    table, _ = find_shared_table(ASKED, [tmp_path])
    assert table.rows() == PAIRS


def test_none_and_one_that_is_another(tmp_path):
    assert find_shared_table(ASKED, [tmp_path]) is None
    (tmp_path / "pairs.json").write_text('[{"odd": 1}]')
    with pytest.raises(AssemblyError) as caught:
        find_shared_table(ASKED, [tmp_path])
    assert "pairs.json" in str(caught.value)
    assert "only fingerprints tell" in caught.value.do
