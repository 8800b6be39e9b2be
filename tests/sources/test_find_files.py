"""What a manifest calls a table is found below the source's folder, or told."""

import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.find_files import find_files


@pytest.mark.parametrize("name", ["", ".", "..", "none", "in/none", "../none", "none/none/none"])
def test_a_name_that_is_no_file_is_told_wherever_it_leads(tmp_path, name):
    folder = tmp_path / "source"
    (folder / "in").mkdir(parents=True)
    (folder / "labels.csv").write_text("a\n")
    with pytest.raises(SourceError) as caught:
        find_files(folder, [name])
    assert str(folder) in caught.value.expected
    assert "holds" in caught.value.got
