import pytest

from labelassemble_phantoms.abdominal_ct.truth_files import (
    SimulatedVolume,
    lesion_table,
    volume_truth_table,
)
from labelassemble_phantoms.abdominal_ct.volume import Lesion


@pytest.fixture
def records():
    cyst = Lesion("pancreatic_cyst", (1.0, 2.0, 3.0), 10.0, 523.6, 20, -90.0, 0.0)
    tumour = Lesion("pdac", (4.0, 5.0, 6.0), 30.0, 14137.0, 600, -40.04, 0.5)
    return [
        SimulatedVolume("PD00000.nii.gz", "pdac_clinic", "PD00000", 70, "F", 24.26, "pancreatic",
               (2.8, 2.8, 2.5), 1.0, "LPS", (cyst, tumour)),
        SimulatedVolume("PD00001.nii.gz", "pdac_clinic", "PD00001", 60, "M", 27.0, "portal_venous",
               (2.8, 2.8, 2.5), 1.0, "LPS", ()),
    ]  # fmt: skip


def test_a_row_a_volume(records):
    table = volume_truth_table("pdac_clinic", records)
    assert table.select("pdac", "pancreatic_cyst", "pannet").rows() == [(1, 1, 0), (0, 0, 0)]
    assert table["habitus"].to_list() == [24.3, 27.0]
    assert table["z_spacing_mm"].to_list() == [2.5, 2.5]


def test_a_row_a_lesion_drawn_or_not(records):
    table = lesion_table("pdac_clinic", records)
    assert table.select("number", "kind", "drawn").rows() == [
        (1, "pancreatic_cyst", 0),
        (2, "pdac", 1),
    ]
    assert table["contrast_hu"].to_list() == [-90, -40]
    assert lesion_table("pdac_clinic", records, complete=True)["drawn"].to_list() == [1, 1]
    nothing = lesion_table("normals", records[1:])
    assert nothing.height == 0
    assert nothing.schema == table.schema
