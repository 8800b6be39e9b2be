import pytest

from labelassemble.files.inside_path import file_on_disk, find_inside, is_archive, split_row


@pytest.mark.parametrize(
    "path",
    [
        *("/a/b.png", "/a#b/c.png", "/a/b.npz", "/a/b.npz#x", "b.npz#x/y", "a.parquet#image/x"),
        *("/a/b.zip", "/a/b.zip#", "/data/cine.dcm#frame/3", "/data/zip#a.png", "a.h5#images"),
    ],
)
def test_other_paths_are_left_alone(path: str) -> None:
    assert find_inside(path) is None


@pytest.mark.parametrize(
    ("path", "file", "name"),
    [
        ("/a/B.ZIP#x/y.png", "/a/B.ZIP", "x/y.png"),
        ("/a/b.tar.gz#x.png", "/a/b.tar.gz", "x.png"),
        ("/a/b.tar#x#1.png", "/a/b.tar", "x#1.png"),
        ("/a/b.zip#in.zip#x.png", "/a/b.zip", "in.zip#x.png"),
        ("/a/b.zip#c.dcm#frame/12", "/a/b.zip", "c.dcm"),
        ("/a/b.npz#frame/3", "/a/b.npz", "frame/3"),
        ("/a/b.parquet#a/b/3", "/a/b.parquet", "a/b/3"),
        ("/a/b.hdf5#group/images/0", "/a/b.hdf5", "group/images/0"),
    ],
)
def test_a_path_is_taken_apart_at_its_container(path: str, file: str, name: str) -> None:
    found = find_inside(path)
    assert found is not None
    assert (found.file.as_posix(), found.name) == (file, name)
    assert file_on_disk(path) == file


def test_what_lies_on_disk_stays_itself() -> None:
    assert file_on_disk("/a/b#c.png") == "/a/b#c.png"
    assert file_on_disk("/a/b.dcm#frame/3") == "/a/b.dcm"
    assert split_row("group/images/7") == ("group/images", 7)


@pytest.mark.parametrize("name", ["labels.csv.zip", "a.json.zip", "v.nii.gz", "a.npz", "a.zip.png"])
def test_a_packed_table_or_volume_is_no_archive(name: str) -> None:
    assert not is_archive(name)


@pytest.mark.parametrize("name", ["a.zip", "A.ZIP", "a.b.tar", "x.tgz", "y.tar.xz", "1.0.zip"])
def test_archives_are_told_by_their_extension(name: str) -> None:
    assert is_archive(name)
