from dataclasses import replace

import pytest
from tests.public_forms.forms import FORMS

from labelassemble.pipeline.check_source import check_source

NAMED = {form.name: form for form in FORMS}


def remarks(form, root, tables):
    replace(form, tables={**form.tables, **tables}).write(root)
    check = check_source(form.source, form.folder(root))
    assert check.problems == ()
    return [one for one in check.remarks if "labels of it too" in one.what]


def changed(name, old, new):
    return {
        file: text.replace(old, new) for file, text in NAMED[name].tables.items() if old in text
    }


@pytest.mark.parametrize(
    ("form", "tables", "said"),
    [
        (
            "nih_v2020",
            {"Data_Entry_2017.csv": changed("nih_kaggle", "|Emphysema", "")["Data_Entry_2017.csv"]},
            "Data_Entry_2017.csv holds labels of it too, and is not read: "
            "Data_Entry_2017_v2020.csv is",
        ),
        (
            "tbx_all",
            {
                **NAMED["tbx_kaggle"].tables,
                **changed("tbx_kaggle", '"category_id": 1', '"category_id": 2'),
            },
            "annotations/json/TBX11K_train.json holds labels of it too",
        ),
        ("siim_stage1", changed("siim_stage2", ",-1", ",1 5"), "stage_2_train.csv holds labels"),
    ],
)
def test_another_version_beside_is_told(form, tables, said, tmp_path):
    (found,) = remarks(NAMED[form], tmp_path, tables)
    assert said in found.what


@pytest.mark.parametrize("form", ["nih_kaggle", "rsna_dicom", "nih_google_bucket", "cxr_lt"])
def test_nothing_else_is(form, tmp_path):
    assert remarks(NAMED[form], tmp_path, {}) == []


def test_the_same_table_under_another_name_is_not(tmp_path):
    form = NAMED["nih_v2020"]
    again = {"b.csv": form.tables["Data_Entry_2017_v2020.csv"]}
    assert remarks(form, tmp_path, again) == []
