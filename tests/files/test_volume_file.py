import bz2
import gc
import gzip
import itertools
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from hypothesis import given, settings
from hypothesis import strategies as st

from labelassemble.errors import ImageError
from labelassemble.files.file_suffixes import NIFTI_SUFFIXES, VOLUME_SUFFIXES
from labelassemble.files.volume_file import (
    VOLUME_HEADERS,
    is_volume_file,
    list_parts,
    open_grid_file,
    open_volume_file,
)

VOXELS = np.random.default_rng(0).integers(-900, 900, (5, 6, 7)).astype(np.int16)
KINDS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "float32", "float64")
NAMES = ("a.mhd", "a.mha", "a.nrrd", "a.nhdr", "A.MHD", "1.3.6.1.4.mhd")


def write(path: Path, voxels=VOXELS, packed=False, direction=None, origin=(10, 20, 30)):
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(voxels.T))
    image.SetSpacing((0.5, 0.75, 2.5))
    image.SetOrigin(origin)
    if direction is not None:
        image.SetDirection(np.asarray(direction).ravel().tolist())
    lower = path.with_name(path.name.lower())
    SimpleITK.WriteImage(image, str(lower), packed)
    return lower if lower == path else lower.rename(path)


def read(path: Path, step: int = 3) -> np.ndarray:
    file = open_volume_file(path)
    depth = file.shape[-1]
    slabs = [file.read(start, min(start + step, depth)) for start in range(0, depth, step)]
    return np.concatenate(slabs, axis=-1)


def data_of(path: Path) -> Path:
    return list_parts(path)[-1]


def true_affine(path: Path) -> np.ndarray:
    """As ITK reads it, turned from LPS to RAS."""
    image = SimpleITK.ReadImage(str(path))
    affine = np.eye(4)
    for axis in range(3):
        step = np.zeros(3)
        step[axis] = 1.0
        point = np.array(image.TransformContinuousIndexToPhysicalPoint(step.tolist()))
        affine[:3, axis] = point - np.array(image.GetOrigin())
    affine[:3, 3] = image.GetOrigin()
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_voxels_come_slab_by_slab_as_they_were_written(tmp_path, name, packed):
    path = write(tmp_path / name, packed=packed)
    for step in (1, 3, 7):
        assert np.array_equal(read(path, step), VOXELS)
    file = open_volume_file(path)
    # The last slices before the first: packed ones are unpacked anew.
    assert np.array_equal(file.read(5, 7), VOXELS[..., 5:])
    assert np.array_equal(file.read(0, 2), VOXELS[..., :2])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a.mha", "a.nrrd"])
def test_every_kind_of_number(tmp_path, name, kind):
    voxels = np.abs(VOXELS).astype(kind) if kind.startswith("u") else VOXELS.astype(kind)
    file = open_grid_file(write(tmp_path / name, voxels))
    assert file.kind == np.dtype(kind)
    assert np.array_equal(file.read(0, 7), voxels)


@pytest.mark.parametrize("name", ["a.mhd", "a.nrrd"])
def test_the_first_byte_may_be_the_highest(tmp_path, name):
    path = write(tmp_path / name)
    data = data_of(path)
    if name == "a.mhd":
        path.write_text(path.read_text().replace("MSB = False", "MSB = True"))
        data.write_bytes(np.asfortranarray(VOXELS).astype(">i2").tobytes(order="F"))
    else:
        head, _, _ = path.read_bytes().partition(b"\n\n")
        body = VOXELS.astype(">i2").tobytes(order="F")
        path.write_bytes(head.replace(b"endian: little", b"endian: big") + b"\n\n" + body)
    assert np.array_equal(read(path), VOXELS)
    assert np.array_equal(SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path))).T, VOXELS)


def turns():
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1.0, -1.0), repeat=3):
            matrix = np.zeros((3, 3))
            matrix[list(order), range(3)] = signs
            yield matrix


@pytest.mark.parametrize("name", ["a.mhd", "a.mha", "a.nrrd", "a.nhdr"])
def test_places_are_those_of_itk_in_every_orientation(tmp_path, name):
    oblique = np.array([[0.36, 0.48, -0.8], [-0.8, 0.6, 0.0], [0.48, 0.64, 0.6]])
    for turn in [*turns(), oblique, oblique.T]:
        path = write(tmp_path / name, direction=turn, origin=(-12.5, 40.25, -300.0))
        assert np.abs(open_grid_file(path).affine - true_affine(path)).max() < 1e-9


def test_older_names_of_fields_and_a_position_on_windows(tmp_path):
    path = write(tmp_path / "a.mhd")
    text = path.read_text()
    text = text.replace("TransformMatrix", "Rotation").replace("Offset", "Position")
    path.write_text(text.replace("a.raw", "D:\\luna\\a.raw").replace("\n", "\r\n"))
    file = open_grid_file(path)
    assert np.array_equal(file.read(0, 7), VOXELS)
    assert file.affine[:3, 3].tolist() == [-10.0, -20.0, 30.0]
    assert not file.notes


def test_an_orientation_that_is_not_written_is_noted(tmp_path):
    path = write(tmp_path / "a.mha")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"TransformMatrix = 1 0 0 0 1 0 0 0 1\n", b""))
    file = open_grid_file(path)
    assert len(file.notes) == 1
    assert np.abs(file.affine - true_affine(path)).max() < 1e-9


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (-1, None), (300, 300)])
def test_bytes_before_the_voxels_are_skipped(tmp_path, count, shown):
    path = write(tmp_path / "a.mhd")
    data = data_of(path)
    data.write_bytes(bytes(300 if count else 0) + data.read_bytes())
    text = path.read_text()
    path.write_text(text.replace("ElementSpacing", f"HeaderSize = {count}\nElementSpacing"))
    assert np.array_equal(read(path), VOXELS)
    detached = write(tmp_path / "b.nhdr")
    data = data_of(detached)
    data.write_bytes(b"one\ntwo\n" + bytes(300 if count else 0) + data.read_bytes())
    lines = "" if count == -1 else "line skip: 2\n"
    text = detached.read_text().replace("endian", f"{lines}byte skip: {count}\nendian")
    detached.write_text(text)
    assert np.array_equal(read(detached), VOXELS)


NRRD = (
    "NRRD0005\n# written by hand\ntype: int16\ndimension: 3\nsizes: 5 6 7\n"
    "space: {space}\nspace directions: (0.5,0,0) (0,0.5,0) (0,0,2)\nspace origin: (1,2,3)\n"
    "endian: little\nencoding: {encoding}\nSegment0_Name:=cyst: left\n\n"
)


@pytest.mark.parametrize(
    ("space", "signs"),
    [
        ("RAS", (1, 1)),
        ("right-anterior-superior", (1, 1)),
        ("left-anterior-superior", (-1, 1)),
        ("LPS", (-1, -1)),
    ],
)
@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("raw", bytes), ("gz", gzip.compress), ("gzip", gzip.compress), ("bzip2", bz2.compress)],
)
def test_spaces_and_packings_of_nrrd(tmp_path, space, signs, encoding, pack):
    path = tmp_path / "a.nrrd"
    header = NRRD.format(space=space, encoding=encoding).encode()
    path.write_bytes(header + pack(VOXELS.tobytes(order="F")))
    file = open_grid_file(path)
    assert np.array_equal(file.read(0, 7), VOXELS)
    assert file.affine.diagonal().tolist() == [0.5 * signs[0], 0.5 * signs[1], 2.0, 1.0]
    assert file.affine[:3, 3].tolist() == [signs[0], 2.0 * signs[1], 3.0]


def test_units_of_space_become_millimetres(tmp_path):
    path = tmp_path / "a.nrrd"
    header = NRRD.format(space="RAS", encoding="raw")
    header = header.replace("endian", 'space units: "cm" "cm" "cm"\nendian')
    path.write_bytes(header.encode() + VOXELS.tobytes(order="F"))
    assert open_grid_file(path).affine.diagonal().tolist() == [5.0, 5.0, 20.0, 1.0]


def test_an_axis_of_one_that_is_no_space_is_excluded(tmp_path):
    path = tmp_path / "a.nrrd"
    header = NRRD.format(space="RAS", encoding="raw").replace("dimension: 3", "dimension: 4")
    header = header.replace("sizes: 5", "sizes: 1 5").replace("ions: (", "ions: none (")
    path.write_bytes(header.encode() + VOXELS.tobytes(order="F"))
    assert np.array_equal(read(path), VOXELS)
    flat = write(tmp_path / "b.mha")
    content = flat.read_bytes().replace(b"NDims = 3", b"NDims = 4")
    content = content.replace(b"DimSize = 5 6 7", b"DimSize = 5 6 7 1")
    content = content.replace(b"1 0 0 0 1 0 0 0 1", b"1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1")
    content = content.replace(b"Offset = 10 20 30", b"Offset = 10 20 30 0")
    flat.write_bytes(content.replace(b"0.75 2.5", b"0.75 2.5 1"))
    file = open_grid_file(flat)
    assert file.shape == (5, 6, 7)
    assert file.affine[:3, 3].tolist() == [-10.0, -20.0, 30.0]


@pytest.mark.parametrize("name", ["a.mhd", "a.mha", "a.nrrd", "a.nhdr"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("cut", [1, 4, 40])
def test_a_cut_is_an_error_that_names_the_file(tmp_path, name, packed, cut):
    path = write(tmp_path / name, packed=packed)
    data = data_of(path)
    data.write_bytes(data.read_bytes()[:-cut])
    with pytest.raises(ImageError, match=r"truncated|ended before|Compressed file") as told:
        read(path)
    assert str(path) in told.value.expected


@pytest.mark.parametrize("name", ["a.mhd", "a.mha", "a.nrrd", "a.nhdr"])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_flipped_bit_in_packed_voxels_is_an_error_or_changes_nothing(
    tmp_path_factory, name, data
):
    path = write(tmp_path_factory.mktemp("flips") / name, packed=True)
    voxels = data_of(path)
    content = bytearray(voxels.read_bytes())
    # Behind an attached header: flipped letters of one change what the file says.
    first = len(content) - 100 if voxels == path else 0
    place = data.draw(st.integers(first, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    voxels.write_bytes(content)
    try:
        assert np.array_equal(read(path), VOXELS)
    except ImageError as error:
        assert str(path) in str(error)  # noqa: PT017


def test_a_header_of_another_size_is_an_error(tmp_path):
    for name, old, new in (
        ("a.mhd", "DimSize = 5 6 7", "DimSize = 5 6 6"),
        ("a.nhdr", "sizes: 5 6 7", "sizes: 5 5 7"),
    ):
        # 16-bit slices of 30 voxels alone would pass as padding.
        voxels = np.zeros((40, 40, 7), dtype=np.int16)
        path = write(tmp_path / name, voxels)
        old, new = old.replace("5 6", "40 40"), new.replace("5 6", "40 40").replace("5 5", "40 20")
        path.write_text(path.read_text().replace(old, new))
        with pytest.raises(ImageError, match="need"):
            open_grid_file(path)
    packed = write(tmp_path / "b.mhd", packed=True)
    packed.write_text(packed.read_text().replace("5 6 7", "5 6 6"))
    with pytest.raises(ImageError, match="more packed voxels"):
        read(packed)


@pytest.mark.parametrize("name", ["a.mhd", "a.nhdr"])
def test_voxels_that_are_not_there(tmp_path, name):
    path = write(tmp_path / name)
    data_of(path).unlink()
    with pytest.raises(ImageError, match=r"no file a\.raw beside it"):
        open_grid_file(path)


def test_parts_of_a_volume(tmp_path):
    assert [one.name for one in list_parts(write(tmp_path / "a.mhd"))] == ["a.mhd", "a.raw"]
    assert [one.name for one in list_parts(write(tmp_path / "b.mha"))] == ["b.mha"]
    assert list_parts(tmp_path / "c.nii.gz") == (tmp_path / "c.nii.gz",)


@pytest.mark.parametrize("each", [1, 7])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("how", ["LIST", "s%03d.raw"])
@pytest.mark.parametrize("name", ["a.mhd", "a.nhdr"])
def test_a_volume_of_a_file_a_slice(tmp_path, name, how, packed, each):
    path = write(tmp_path / name)
    whole, affine = VOXELS, open_grid_file(path).affine
    text = path.read_text()
    names = [f"s{number:03}.raw" for number in range(3, 3 + 7 // each)]
    for at, one in enumerate(names):
        data = whole[..., at * each : (at + 1) * each].tobytes(order="F")
        squeeze = zlib.compress if name == "a.mhd" else gzip.compress
        (tmp_path / one).write_bytes(squeeze(data) if packed else data)
    listed = "\n".join(names)
    said = f"LIST\n{listed}" if how == "LIST" else f"{how} 3 {2 + 7 // each} 1"
    if packed:
        text = text.replace("CompressedData = False", "CompressedData = True")
        text = text.replace("encoding: raw", "encoding: gzip")
    start = "ElementDataFile = a.raw" if name == "a.mhd" else "data file: a.raw"
    assert start in text
    path.write_text(text.replace(start, start.replace("a.raw", said)).rstrip() + "\n")
    (tmp_path / "a.raw").unlink()
    for step in (1, 3, 7):
        assert np.array_equal(read(path, step), whole)
    assert [one.name for one in list_parts(path)] == [name, *names]
    assert np.array_equal(open_grid_file(path).affine, affine)
    if not packed and name == "a.mhd" and each == 1:  # ITK reads slices, and no packed ones
        image = SimpleITK.ReadImage(str(path))
        assert np.array_equal(SimpleITK.GetArrayFromImage(image).T, whole)
    (tmp_path / names[-1]).write_bytes(b"1")
    with pytest.raises(ImageError):
        read(path)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("MET_SHORT", "MET_SHORT_ARRAY", "ElementType"),
        ("DimSize = 5 6 7", "DimSize = 5 6", "DimSize"),
        ("DimSize = 5 6 7", "DimSize = 5 6 0", "DimSize"),
        ("0.5 0.75 2.5", "0.5 0.75 wide", "no numbers"),
        ("ElementSpacing = 0.5 0.75 2.5\n", "", "ElementSpacing"),
        ("ElementDataFile = a.raw", "ElementDataFile = LIST", "without a name"),
        ("ElementDataFile = a.raw", "ElementDataFile = LIST\na.raw\na.raw", "2 files for 7"),
        ("ElementDataFile = a.raw", "ElementDataFile = s%03d.raw 1 7 1", r"no file s001\.raw"),
        ("ElementDataFile = a.raw", "ElementDataFile = s%03d.raw 1", "first, last, step"),
        ("ElementDataFile = a.raw", "ElementDataFile = s%s.raw 1 7 1", "first, last, step"),
        ("ElementDataFile = a.raw", "ElementDataFile = s%d.raw 7 1 1", "from 7 to 1 by 1"),
        ("ElementDataFile = a.raw", "ElementDataFile = s%d.raw 1 7 0", "from 1 to 7 by 0"),
        ("ElementDataFile = a.raw", "", "no line ElementDataFile"),
        ("BinaryData = True", "BinaryData = False", "written as text"),
        ("DimSize", "ElementNumberOfChannels = 3\nDimSize", "3 numbers a voxel"),
        ("ObjectType = Image", "ObjectType = Tube", "no image"),
        ("ObjectType = Image\n", "<html>\n", "<html>"),
    ],
)
def test_headers_that_are_not_read(tmp_path, old, new, told):
    path = write(tmp_path / "a.mhd")
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(ImageError, match=told) as error:
        open_grid_file(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("type: int16", "type: block", "type"),
        ("sizes: 5 6 7", "sizes: 5 6", "sizes"),
        ("encoding: raw", "encoding: hex", "encoding"),
        ("endian: little\n", "", "endian"),
        ("(0.5,0,0) ", "", "space directions"),
        ("(0.5,0,0)", "(0.5,0,x)", "no numbers"),
        ("endian", 'space units: "inch" "inch" "inch"\nendian', "inch"),
        ("endian", "data file: s%d.raw 1 7 1\nendian", r"no file s1\.raw"),
        ("NRRD0005", "NOTNRRD", "begins with"),
    ],
)
def test_nrrd_headers_that_are_not_read(tmp_path, old, new, told):
    path = tmp_path / "a.nrrd"
    header = NRRD.format(space="RAS", encoding="raw")
    assert old in header
    path.write_bytes(header.replace(old, new, 1).encode() + VOXELS.tobytes(order="F"))
    with pytest.raises(ImageError, match=told):
        open_grid_file(path)


def test_kinds_that_are_not_read(tmp_path):
    for name in ("a.mgz", "A.HDR", "a.vtk"):
        with pytest.raises(ImageError, match="not read"):
            open_volume_file(tmp_path / name)
    assert not is_volume_file(tmp_path / "a.raw")
    with pytest.raises(ImageError, match="No such file"):
        open_volume_file(tmp_path / "a.mhd")


def test_zlib_as_itk_writes_it_holds_its_checksum(tmp_path):
    path = write(tmp_path / "a.mhd", packed=True)
    data = data_of(path)
    assert zlib.decompress(data.read_bytes()) == VOXELS.tobytes(order="F")
    data.write_bytes(data.read_bytes()[:-4] + b"\0\0\0\0")
    with pytest.raises(ImageError, match="incorrect data check"):
        read(path)


@pytest.mark.parametrize("name", ["a.mha", "a.nrrd"])
def test_a_damaged_file_is_shut_with_its_error(tmp_path, name):
    path = write(tmp_path / name, packed=True)
    content = bytearray(path.read_bytes())
    content[-6] ^= 1  # in the checksum
    path.write_bytes(content)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        file = open_grid_file(path)
        with pytest.raises(ImageError, match="a whole volume"):
            file.read(0, 7)
        handles = [Path(one) for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
        assert not [one for one in handles if one.exists() and one.resolve() == path.resolve()]
        del file
        gc.collect()
    assert not told


def test_every_extension_of_a_volume_has_a_reader() -> None:
    assert sorted(VOLUME_SUFFIXES) == sorted([*NIFTI_SUFFIXES, *VOLUME_HEADERS])
    assert VOLUME_SUFFIXES.index(".nii.gz") < VOLUME_SUFFIXES.index(".nii")
