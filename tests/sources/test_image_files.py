import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.sources.image_files import find_image_files
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.match_image_files import match_image_files


def folder(tmp_path, *names):
    return ImageFolder(tmp_path, pl.Series("image", sorted(names), dtype=pl.String), 0)


def match(tmp_path, images, files):
    found = match_image_files(pl.Series(images, dtype=pl.String), folder(tmp_path, *files))
    root = tmp_path.as_posix() + "/"
    paths = [path and path.removeprefix(root) for path in found.path]
    return paths, found.doubt.to_list()


def test_by_name_else_by_stem_at_any_depth(tmp_path):
    files = ["a.jpg", "x/b.png", "c.png", "c.jpg", "1.2.840.1.dcm", "1.2.840.dcm"]
    images = ["a.png", "b", "c.png", "1.2.840.1", "1.2.840", "none.png"]
    paths, doubt = match(tmp_path, images, files)
    assert paths == ["a.jpg", "x/b.png", "c.png", "1.2.840.1.dcm", "1.2.840.dcm", None]
    assert doubt == [None] * 6


def test_names_with_folders_are_compared_folder_by_folder(tmp_path):
    files = ["train/p1/view1.jpg", "train/p2/view1.jpg"]
    images = [
        "Set-v1/train/p1/view1.png",
        "Set-v1\\train\\p2\\view1.png",
        "./Set-v1/train/p3/view1.png",
    ]
    assert match(tmp_path, images, files) == ([*files, None], [None] * 3)


def test_several_files_that_fit_are_a_doubt(tmp_path):
    paths, doubt = match(tmp_path, ["a", "b"], ["x/a.png", "y/a.png", "b.png"])
    assert paths == [None, "b.png"]
    assert doubt == ["several files fit it: x/a.png and y/a.png", None]
    assert match(tmp_path, ["a.png"], ["x/a.png", "y/a.png"])[0] == [None]


def test_a_file_that_two_images_claim_is_given_to_neither(tmp_path):
    paths, doubt = match(tmp_path, ["1.jpg", "1.png", "2.png"], ["1.jpg", "2.jpg"])
    assert paths == [None, None, "2.jpg"]
    assert doubt[0] == doubt[1] == "the one file 1.jpg fits several images: 1.jpg and 1.png"
    assert match(tmp_path, ["1.jpg", "1.png"], ["1.jpg", "1.png"])[0] == ["1.jpg", "1.png"]


def test_frames_of_one_file_are_images_of_their_own(tmp_path):
    images = ["x/cine.dcm#frame/1", "cine#frame/2", "b.png#frame/3", "none.tif#frame/1"]
    paths, doubt = match(tmp_path, images, ["x/cine.dcm", "b.tif"])
    assert paths == ["x/cine.dcm#frame/1", "x/cine.dcm#frame/2", "b.tif#frame/3", None]
    assert doubt == [None] * 4
    paths, doubt = match(tmp_path, ["cine.dcm#frame/1", "cine#frame/1"], ["cine.dcm"])
    assert paths == [None, None]
    assert "fits several images" in doubt[0]


def test_nothing_to_match(tmp_path):
    assert match(tmp_path, [], ["a.png"]) == ([], [])
    assert match(tmp_path, ["a"], []) == ([None], [None])


NAME = st.from_regex(r"([ab]/){0,2}[ab]{1,2}(\.png|\.jpg)?", fullmatch=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(images=st.lists(NAME, unique=True, max_size=5), files=st.sets(NAME, max_size=5))
def test_no_file_is_ever_given_to_two_images(tmp_path, images, files):
    paths, _ = match(tmp_path, images, files)
    given_away = [path for path in paths if path]
    assert len(paths) == len(images)
    assert len(given_away) == len(set(given_away))
    assert set(given_away) <= files


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        (None, ["a.PNG", "x/b.jpg", "x/y/c.dcm"]),
        ("*.PNG", ["a.PNG"]),
        ("**/*.jpg", ["x/b.jpg"]),
        ("x/**", ["x/b.jpg", "x/notes.txt", "x/y/c.dcm"]),
        ("?.PNG", ["a.PNG"]),
        ("**/[bc].*", []),
    ],
)
def test_files_are_found_by_extension_or_pattern(tmp_path, glob, expected):
    for name in ("a.PNG", "x/b.jpg", "x/y/c.dcm", "x/notes.txt", ".hidden/d.png", "x/.e.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_bytes(b"12")
    found = find_image_files(tmp_path, glob)
    assert found.names.to_list() == expected
    assert found.size == 2 * len(expected)


def test_the_trace_tells_lists_of_names_apart(tmp_path):
    one, other = folder(tmp_path, "a.png").describe(), folder(tmp_path, "b.png").describe()
    assert one.sha256 != other.sha256
    assert one.rows == 1
    assert find_image_files(tmp_path / "none", None).names.is_empty()


def test_files_without_an_extension_are_images_if_they_begin_as_dicom(tmp_path):
    bare = b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100" + bytes(50)
    (tmp_path / "IM0001").write_bytes(bytes(128) + b"DICM" + bytes(50))
    (tmp_path / "1.2.840.113619").write_bytes(bare)
    (tmp_path / "DICOMDIR").write_bytes(bytes(128) + b"DICM")
    (tmp_path / "README").write_text("image")
    (tmp_path / "labels.csv").write_bytes(bare)
    (tmp_path / "empty").touch()
    found = find_image_files(tmp_path, None)
    assert found.names.to_list() == ["1.2.840.113619", "IM0001"]
    assert dict(found.passed.select("file", "reason").iter_rows()) == {
        "DICOMDIR": "an index of DICOM files, no image",
        "README": "no image by its name, nor DICOM by its content",
        "empty": "no image by its name, nor DICOM by its content",
        "labels.csv": "no image by its extension .csv",
    }
    assert find_image_files(tmp_path, "**/*").names.to_list() == [
        "1.2.840.113619", "IM0001", "README", "empty", "labels.csv",
    ]  # fmt: skip
    matched, _ = match(tmp_path, ["1.2.840.113619.dcm", "IM0001"], found.names)
    assert matched == ["1.2.840.113619", "IM0001"]


@pytest.mark.parametrize("name", ["a.jfif", "a.JPE", "a.webp", "a.IMA"])
def test_rarer_extensions_count(tmp_path, name):
    (tmp_path / name).touch()
    assert find_image_files(tmp_path, None).names.to_list() == [name]
    assert match(tmp_path, ["a.png"], [name])[0] == [name]


def test_composed_and_decomposed_letters_are_the_same_unless_both_are_there(tmp_path):
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    for one, other in ((composed, decomposed), (decomposed, composed)):
        assert match(tmp_path, [f"{one}.png"], [f"x/{other}.png"])[0] == [f"x/{other}.png"]
        assert match(tmp_path, [f"{one}/1.png"], [f"{other}/1.jpg"])[0] == [f"{other}/1.jpg"]
        both = [f"{one}.png", f"{other}.png"]
        assert match(tmp_path, both, both)[0] == both
        assert match(tmp_path, both[:1], both)[0] == both[:1]
        paths, doubt = match(tmp_path, both, both[1:])
        assert paths == [None, None]
        assert "fits several images" in doubt[0]
    paths, doubt = match(tmp_path, [composed], [f"a/{decomposed}.png", f"b/{decomposed}.png"])
    assert paths == [None]
    assert "several files fit it" in doubt[0]


@pytest.mark.parametrize("glob", ["/data/*.png", "C:\\data\\*.png", "**labels.png", "a/x**/b.png"])
def test_a_pattern_that_is_none_below_the_folder_is_refused(tmp_path, glob):
    with pytest.raises(SourceError, match="Expected a pattern"):
        find_image_files(tmp_path, glob)


def test_a_link_to_nothing_is_told(tmp_path):
    (tmp_path / "a.png").touch()
    (tmp_path / "b.png").symlink_to("nowhere.png")
    found = find_image_files(tmp_path, None)
    assert found.names.to_list() == ["a.png"]
    assert found.passed.rows() == [("a link to a file that is not there", "b.png")]
