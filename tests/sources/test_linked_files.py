"""Links open the same images, and their names tell nothing."""

from pathlib import Path

import pytest
from tests.pacs_tree import make_object, write_tree

from labelassemble.errors import SourceError
from labelassemble.files.frame_path import split_frame
from labelassemble.sources.id_key import open_id_key
from labelassemble.sources.linked_files import link_files


@pytest.fixture
def key(tmp_path):
    return open_id_key(tmp_path / "safe" / "ids.key", tmp_path / "out")


def test_a_link_keeps_what_says_how_to_read_a_file(tmp_path, key):
    made = make_object(7301)
    write_tree(tmp_path / "tree", [made])
    dicom = next(one for one in (tmp_path / "tree").rglob("1.*") if one.is_file())
    for name in ("a.PNG", "b.nii.gz"):
        (tmp_path / name).write_bytes(b"x")
    paths = [str(dicom), f"{dicom}#frame/3", str(tmp_path / "a.PNG"), str(tmp_path / "b.nii.gz")]
    links = link_files(paths, key)
    hashes = {path: link.removeprefix(f"{key.files}/")[:32] for path, link in links.items()}
    ends = [links[path].partition(hashes[path])[2] for path in paths]
    assert ends == [".dcm", ".dcm#frame/3", ".png", ".nii.gz"]
    assert not any("7301" in link.rpartition("/")[2] for link in links.values())
    files = [split_frame(path)[0] for path in paths]
    assert [str(Path(split_frame(links[path])[0]).readlink()) for path in paths] == files
    assert (tmp_path / "a.PNG").samefile(links[paths[2]])


def test_a_link_that_leads_elsewhere_is_made_anew(tmp_path, key):
    (tmp_path / "a.png").write_bytes(b"x")
    path = str(tmp_path / "a.png")
    link = link_files([path], key)[path]
    target = key.files / link
    target.unlink()
    target.symlink_to(tmp_path / "b.png")
    assert Path(link_files([path], key)[path]).readlink() == Path(path)


@pytest.mark.parametrize("path", ["/d/a.zip#b.png", "/d/#series/1.2.3", "/d/a.mhd"])
def test_what_is_found_by_names_around_it_is_refused(key, path):
    with pytest.raises(SourceError, match="convert series and headers to NIfTI"):
        link_files([path], key)
