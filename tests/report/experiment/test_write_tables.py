import json

import polars as pl
import pytest
from PIL import Image
from polars.testing import assert_frame_equal

from labelassemble.errors import RunError
from labelassemble.report.experiment.write_tables import list_facts, write_tables


@pytest.fixture(scope="module")
def folder(content, tmp_path_factory):
    folder = tmp_path_factory.mktemp("experiment") / "new"
    written = write_tables(content, folder)
    assert sorted(written) == sorted(folder.iterdir())
    return folder


def test_tables_read_back(content, folder):
    for name in ("scores", "differences"):
        expected = getattr(content, name)
        found = pl.read_csv(folder / f"{name}.csv", schema_overrides=dict(expected.schema))
        assert_frame_equal(found.with_columns(pl.selectors.string().fill_null("")), expected)
    arms = pl.read_csv(folder / "arms.csv")
    assert_frame_equal(arms, list_facts(content))
    assert arms["name"].to_list() == [arm.name for arm in content.arms]
    assert json.loads((folder / "settings.json").read_text())["recipe"]["output"] == "…/out"


def test_figures_are_images_on_white(folder):
    names = {path.name for path in folder.glob("*.png")}
    assert names == {"differences.png", "figure_1.png", "figure_2.png", "figure_3.png"}
    for name in names:
        with Image.open(folder / name) as record:
            assert min(record.size) > 150
            assert record.getpixel((1, 1)) == (255, 255, 255, 255)
            assert len(record.convert("RGB").getcolors(10**6)) > 10
        assert (folder / name).stat().st_size < 200_000


def test_result_shows_the_images_that_are_there(folder):
    text = (folder / "result.md").read_text(encoding="utf-8")
    assert "(figure_1.png)" in text
    assert "(figure_2.png)" in text


def test_the_same_content_gives_the_same_bytes(content, folder, tmp_path):
    for path in write_tables(content, tmp_path):
        assert path.read_bytes() == (folder / path.name).read_bytes()


def test_a_folder_that_is_none_is_an_error(content, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError):
        write_tables(content, tmp_path / "file")
    (tmp_path / "new" / "differences.png").mkdir(parents=True)
    with pytest.raises(RunError, match="a figure to be written"):
        write_tables(content, tmp_path / "new")
