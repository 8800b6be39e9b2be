from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest

from labelassemble.errors import ImageError
from labelassemble.settings import VolumeSettings
from labelassemble.volumes.geometry import to_mm, to_voxel
from labelassemble.volumes.read_volume import read_volume

Write = Callable[..., Path]
STRAIGHT = VolumeSettings(gantry_tilt="straighten")
FILLED = VolumeSettings(slice_gaps="interpolate")


def draw(slices: int = 6, rows: int = 8, columns: int = 10) -> np.ndarray:
    drawn = np.random.default_rng(1).integers(0, 2500, (slices, rows, columns))
    return drawn.astype(np.uint16)


def test_a_shuffled_series_lies_where_its_headers_say(write_series: Write) -> None:
    stored = draw()
    # Slices run feet to head along z; files are named in another order.
    positions = [[-50.0, -60.0, 100.0 + 2.5 * place] for place in range(6)]
    folder = write_series(stored, positions=positions, order=[3, 0, 5, 1, 4, 2])
    volume = read_volume(folder)
    assert volume.unit == "HU"
    assert volume.voxels.dtype == np.int16
    assert volume.shape == (10, 8, 6)
    assert volume.spacing_mm == pytest.approx((0.7, 0.8, 2.5))
    for place, row, column in ((0, 0, 0), (4, 7, 2), (5, 3, 9)):
        # DICOM PS3.3 C.7.6.2.1.1, then LPS to RAS.
        lps = np.add(positions[place], [0.7 * column, 0.8 * row, 0.0])
        at = np.rint(to_voxel(volume.affine, np.array([lps * [-1, -1, 1]])))[0].astype(int)
        assert volume.voxels[tuple(at)] == int(stored[place, row, column]) - 1024
        assert np.abs(to_mm(volume.affine, at[None].astype(float)) - lps * [-1, -1, 1]).max() < 1e-9


def test_coronal_slices_and_an_oblique_stack(write_series: Write, turned: np.ndarray) -> None:
    stored = draw()
    coronal = read_volume(write_series(stored, "c", orientation=(1, 0, 0, 0, 0, -1)))
    assert coronal.shape == (10, 6, 8)
    assert coronal.spacing_mm == pytest.approx((0.7, 2.0, 0.8))
    orientation = (*turned[:, 0], *turned[:, 1])
    oblique = read_volume(write_series(stored, "o", orientation=orientation))
    assert oblique.spacing_mm == pytest.approx((0.7, 0.8, 2.0))
    assert np.abs(oblique.affine[:3, :3] / oblique.spacing_mm - np.eye(3)).max() > 0.05


def test_each_slice_has_its_own_slope(write_series: Write) -> None:
    stored = draw(3)
    volume = read_volume(write_series(stored, slopes=[1.0, 0.5, 2.0]))
    assert volume.voxels.dtype == np.float32
    expected = stored.transpose(2, 1, 0)[::-1, ::-1] * np.array([1.0, 0.5, 2.0]) - 1024.0
    assert np.array_equal(volume.voxels, expected.astype(np.float32))


def test_slices_without_preamble_and_with_empty_slopes(write_series: Write) -> None:
    stored = draw(3)
    plain = read_volume(write_series(stored, "plain"))
    bare = write_series(stored, "bare")
    for file in bare.iterdir():
        dataset = pydicom.Dataset()
        dataset.update(pydicom.dcmread(file))
        dataset.save_as(file, implicit_vr=True, little_endian=True)
        assert file.read_bytes()[128:132] != b"DICM"
    assert np.array_equal(read_volume(bare).voxels, plain.voxels)
    empty = write_series(stored, "empty")
    for file in empty.iterdir():
        dataset = pydicom.dcmread(file)
        dataset.RescaleSlope, dataset.RescaleIntercept = None, None
        dataset.NumberOfFrames, dataset.SamplesPerPixel = None, 1
        dataset.save_as(file)
    assert np.array_equal(read_volume(empty).voxels, plain.voxels + 1024)


def test_slices_whose_bits_lie_elsewhere_are_refused(write_series: Write) -> None:
    shifted = write_series(draw(3) << 4, HighBit=15)
    with pytest.raises(ImageError, match="a HighBit of 15 with 12 BitsStored"):
        read_volume(shifted)


def test_what_stands_in_unused_bits_is_no_voxel(write_series: Write) -> None:
    stored = draw(3)
    dirty = stored | np.uint16(0x5000)
    plain = read_volume(write_series(stored, "plain"))
    assert np.array_equal(read_volume(write_series(dirty, "dirty")).voxels, plain.voxels)


def test_several_series_are_an_error_that_names_them(write_series: Write) -> None:
    write_series(draw(), series="1.2.3", SeriesDescription="portal venous")
    folder = write_series(draw(4), series="1.2.4", SeriesDescription="arterial")
    with pytest.raises(ImageError, match=r"1\.2\.3 \(6 slices, portal venous\), 1\.2\.4"):
        read_volume(folder)
    assert read_volume(folder, series="1.2.4").shape[2] == 4
    with pytest.raises(ImageError, match=r"the series 1\.2\.5"):
        read_volume(folder, series="1.2.5")


def test_a_missing_slice_is_an_error_or_filled_between_its_neighbours(write_series: Write) -> None:
    ramp = np.broadcast_to(np.arange(8, dtype=np.uint16)[:, None, None] * 100, (8, 5, 6))
    folder = write_series(ramp, order=[0, 1, 2, 4, 5, 7])
    with pytest.raises(ImageError, match=r"about 2 missing, 4\.00 to 8\.00 mm"):
        read_volume(folder)
    volume = read_volume(folder, FILLED)
    assert volume.shape == (6, 5, 8)
    assert volume.spacing_mm[2] == pytest.approx(2.0)
    assert np.abs(volume.voxels - (ramp.transpose(2, 1, 0) - 1024.0)).max() < 1e-3
    assert "interpolated" in volume.notes[0]


def test_uneven_slices_are_an_error_or_read_onto_an_even_grid(write_series: Write) -> None:
    places = np.array([0.0, 2.0, 4.4, 6.0, 8.0])
    ramp = np.rint(np.broadcast_to(places[:, None, None] * 100, (5, 4, 4))).astype(np.uint16)
    folder = write_series(ramp, positions=[[0, 0, z] for z in places])
    with pytest.raises(ImageError, match=r"gaps from 1\.6 to 2\.4 mm"):
        read_volume(folder)
    volume = read_volume(folder, FILLED)
    # A ramp along z stays that ramp at every even place.
    assert np.abs(volume.voxels[0, 0] + 1024.0 - np.arange(5) * 200).max() < 1e-2
    jitter = [[0, 0, 2.0 * place + 0.04 * (place % 2)] for place in range(6)]
    assert read_volume(write_series(draw(), "jitter", positions=jitter)).notes == ()


def test_a_tilted_gantry_is_an_error_or_every_slice_moves_to_its_place(write_series: Write) -> None:
    # A rod along z in the patient: askew slices see it at another row each.
    angle = np.radians(14.0)
    rows = np.arange(40)
    stored = np.zeros((9, 40, 12), dtype=np.uint16)
    positions = []
    for place in range(9):
        shift = 2.0 * place * np.tan(angle)
        positions.append([0.0, shift, 2.0 * place])
        # Gaussian rod at y = 20 mm of the patient, rows 0.8 mm apart.
        stored[place] = (1000 * np.exp(-(((rows * 0.8 + shift - 20.0) / 3.0) ** 2)))[:, None]
    folder = write_series(stored, positions=positions)
    with pytest.raises(ImageError, match=r"askew by 14\.0. degrees"):
        read_volume(folder)
    volume = read_volume(folder, STRAIGHT)
    assert "straightened" in volume.notes[0]
    assert volume.shape[2] == 9
    values = volume.voxels + 1024.0
    for place in range(9):
        line = values[6, :, place]
        at = (line * np.arange(len(line))).sum() / line.sum()
        mm = to_mm(volume.affine, np.array([[6.0, at, place]]))[0]
        assert mm[1] == pytest.approx(-20.0, abs=0.01)
        assert mm[2] == pytest.approx(2.0 * place, abs=1e-9)


def test_other_bad_series(write_series: Write, tmp_path: Path) -> None:
    twice = write_series(draw(), "twice", positions=[[0, 0, 2 * (place % 3)] for place in range(6)])
    with pytest.raises(ImageError, match="3 places with several"):
        read_volume(twice)
    with pytest.raises(ImageError, match="two slices or more"):
        read_volume(write_series(draw(1), "one"))
    write_series(draw(), "mixed", series="1.2.9")
    scout = [[0.0, 0.0, 40.0 + place] for place in range(2)]
    write_series(draw(2, 9, 10), "mixed", series="1.2.9", positions=scout)
    with pytest.raises(ImageError, match="2 of 8 of other sizes"):
        read_volume(tmp_path / "mixed")
    bent = write_series(draw(3), "bent", series="1.3")
    write_series(draw(3), "bent", series="1.3", orientation=(0, 1, 0, 0, 0, -1))
    with pytest.raises(ImageError, match="other orientations"):
        read_volume(bent)
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "notes.txt").write_text("nothing")
    with pytest.raises(ImageError, match="none of them such a slice"):
        read_volume(empty)
    (empty / "bad.dcm").write_bytes(b"x" * 400)
    with pytest.raises(ImageError, match=r"bad\.dcm"):
        read_volume(empty)


def test_other_files_beside_the_slices_do_not_matter(write_series: Write) -> None:
    folder = write_series(draw())
    (folder / "README.txt").write_text("CT of an abdomen")
    (folder / "DICOMDIR").write_bytes(b"\0" * 200)
    assert read_volume(folder).shape == (10, 8, 6)


def test_cut_pixels_are_an_error(write_series: Write) -> None:
    folder = write_series(draw())
    path = folder / "IM0003"
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(ImageError, match="IM0003"):
        read_volume(folder)


def test_a_multi_frame_file(write_multiframe: Write) -> None:
    stored = draw(5)
    volume = read_volume(write_multiframe(stored, 1.5))
    assert volume.unit == "HU"
    assert volume.spacing_mm == pytest.approx((0.5, 0.5, 1.5))
    expected = stored.transpose(2, 1, 0)[::-1, ::-1].astype(int) - 1000
    assert np.array_equal(volume.voxels, expected)
    assert volume.affine[:3, 3] == pytest.approx([-5.0 - 9 * 0.5, -6.0 - 7 * 0.5, 0.0])
