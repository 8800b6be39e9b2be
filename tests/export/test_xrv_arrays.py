import io

import numpy as np
import polars as pl
import pytest

from labelassemble.errors import AssemblyError
from labelassemble.export.xrv_arrays import XRV_NAMES, make_xrv_arrays, render_xrv_arrays
from labelassemble.vocabulary.vocabulary import load_vocabulary

# Their names as published; the order is theirs too.
DEFAULT_PATHOLOGIES = [
    "Atelectasis",
    "Consolidation",
    "Infiltration",
    "Pneumothorax",
    "Edema",
    "Emphysema",
    "Fibrosis",
    "Effusion",
    "Pneumonia",
    "Pleural_Thickening",
    "Cardiomegaly",
    "Nodule",
    "Mass",
    "Hernia",
    "Lung Lesion",
    "Fracture",
    "Lung Opacity",
    "Enlarged Cardiomediastinum",
]


def relabel(pathologies, names, labels):
    """What their ``relabel_dataset`` does, slowly: columns by name, NaN where there is none."""
    blank = np.full(len(labels), np.nan)
    return np.stack(
        [labels[:, names.index(one)] if one in names else blank for one in pathologies], axis=1
    )


def test_unknown_is_nan_and_soft_labels_stay(table):
    arrays = make_xrv_arrays(table)
    nan = np.nan
    expected = [[1, 0, nan], [nan, 0.5, 0.1], [1, 0, nan], [nan, nan, nan]]
    np.testing.assert_array_equal(arrays.labels, np.array(expected, dtype=np.float32))
    assert arrays.labels.dtype == np.float32
    assert arrays.pathologies == ["Mass", "Nodule", "Lung Opacity"]


def test_their_columns(table):
    csv = make_xrv_arrays(table).csv
    assert csv.select("patientid", "view", "age_years", "sex_male", "sex_female").rows() == [
        ("nih/7", "PA", 0.5, False, True),
        (None, None, 40.0, True, False),
        (None, None, None, False, False),
        (None, None, None, False, False),
    ]
    assert csv["split"].to_list() == ["test", "validate", "unused", "train"]
    assert "offset_day_int" not in csv.columns


def test_all_of_their_names_are_classes_here():
    assert list(XRV_NAMES.values()) == DEFAULT_PATHOLOGIES
    vocabulary = load_vocabulary("chest_radiograph")
    assert set(XRV_NAMES) <= {finding.name for finding in vocabulary.findings}


def test_aligned_with_a_network_of_theirs(table):
    arrays = make_xrv_arrays(table)
    aligned = relabel(DEFAULT_PATHOLOGIES, arrays.pathologies, arrays.labels)
    assert aligned.shape == (4, 18)
    np.testing.assert_array_equal(aligned[:, 12], arrays.labels[:, 0])
    assert np.isnan(aligned[:, 0]).all()


@pytest.mark.parametrize("manifest", [{}, {"vocabulary": {"name": "abdominal_ct"}}])
def test_classes_of_another_vocabulary_keep_their_names(make_table, manifest):
    table = make_table(("mass", "hernia"), {"a/1": "+ -"}, manifest=manifest)
    assert make_xrv_arrays(table).pathologies == ["mass", "hernia"]


def test_two_classes_of_one_name_are_refused(make_table):
    manifest = {"vocabulary": {"name": "chest_radiograph"}}
    table = make_table(("mass", "Mass"), {"a/1": "+ -"}, manifest=manifest)
    with pytest.raises(AssemblyError, match="'Mass' for two"):
        make_xrv_arrays(table)


@pytest.mark.parametrize("rows", [{}, {"a/1": ". ."}, {"a/ü,\n": "- 0.1"}])
def test_files_hold_the_arrays(make_table, rows):
    arrays = make_xrv_arrays(make_table(("mass", "nodule"), rows))
    npz, text = render_xrv_arrays(arrays)
    held = np.load(io.BytesIO(npz), allow_pickle=False)
    assert held["pathologies"].tolist() == arrays.pathologies
    np.testing.assert_array_equal(held["labels"], arrays.labels)
    assert held["labels"].dtype == np.float32
    assert pl.read_csv(text.encode())["record"].cast(pl.String).to_list() == list(rows)


def test_the_same_table_the_same_bytes_at_any_time(table, monkeypatch):
    first = render_xrv_arrays(make_xrv_arrays(table))
    monkeypatch.setattr("time.localtime", lambda *_: (2031, 1, 1, 0, 0, 0, 0, 1, 0))
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert render_xrv_arrays(make_xrv_arrays(table)) == first
