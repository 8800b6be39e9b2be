"""Headers of series are read once and kept; what changed since is read again."""

import os

import numpy as np
import pydicom

from labelassemble.sources import dicom_headers
from labelassemble.sources.dicom_scan import scan_dicom
from labelassemble.sources.image_files import find_image_files


def test_headers_are_read_once_and_kept(tmp_path, make_study, draw_masks, monkeypatch):
    folder = tmp_path / "data"
    studies = [make_study(folder, name) for name in ("P1", "P2")]
    studies[0].write_seg(draw_masks(), ["MASS"])
    asked = []
    read = dicom_headers._read_header

    def count(path, **more):
        asked.append(path)
        return read(path, **more)

    monkeypatch.setattr(dicom_headers, "_read_header", count)
    files = find_image_files(folder, None)
    kept = tmp_path / "headers.parquet"
    first = scan_dicom(files, kept)
    assert len(asked) == len(files.names)
    again = scan_dicom(files, kept)
    assert len(asked) == len(files.names)
    assert first.objects == again.objects
    assert list(first.series) == list(again.series) == sorted(one.uid for one in studies)
    for uid, one in first.series.items():
        other = again.series[uid]
        assert one._replace(grid=None) == other._replace(grid=None)
        assert np.array_equal(one.grid, other.grid)
    changed = next(path for path in asked if "seg" not in path)
    header = pydicom.dcmread(changed)
    header.PatientID = "P9"
    header.save_as(changed)
    os.utime(changed, ns=(1, 1))
    third = scan_dicom(files, kept)
    assert asked[len(files.names) :] == [changed]
    assert "P9" in {one.patient for one in third.series.values()}


def test_places_are_those_of_the_headers(tmp_path, make_study):
    study = make_study(tmp_path)
    (one,) = scan_dicom(find_image_files(tmp_path, None)).series.values()
    paths = sorted((tmp_path / "P1").rglob("*.dcm")) or sorted(tmp_path.rglob("*"))
    headers = [pydicom.dcmread(path) for path in paths if path.is_file()]
    assert one.uid == study.uid
    assert one.size == (headers[0].Columns, headers[0].Rows)
    expected = {
        tuple(np.array(header.ImagePositionPatient, dtype=float) * [-1, -1, 1])
        for header in headers
    }
    assert {tuple(place) for place in one.grid[:, :, 2]} == expected
    spacing = np.linalg.norm(one.grid[0, :, :2], axis=0)
    assert np.allclose(spacing[::-1], np.array(headers[0].PixelSpacing, dtype=float))
