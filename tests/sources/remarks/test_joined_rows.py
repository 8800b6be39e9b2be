from dataclasses import replace

import pytest
from tests.public_forms.forms import FORMS

from labelassemble.pipeline.check_source import check_source

NAMED = {form.name: form for form in FORMS}


def unused(form, root):
    form.write(root)
    found = check_source(form.source, root).remarks
    return [one.what for one in found if "belong to no image" in one.what]


@pytest.mark.parametrize("name", ["bimcv_pos", "bimcv_neg"])
def test_labels_of_which_half_the_images_are_missing_are_told(name, tmp_path):
    form = NAMED[name]
    table = next(one for one in form.tables if "labels" in one)
    assert unused(replace(form, images=form.images[:1]), tmp_path / "half") == [
        f"1 of the 2 rows of {table} belong to no image"
    ]
    assert unused(form, tmp_path / "whole") == []


def test_rows_of_a_table_that_is_not_needed_are_not(tmp_path):
    form = NAMED["bimcv_pos"]
    people = form.tables["participants.tsv"] + "sub-S09999\t['CR']\t[['chest']]\t[70]\tM\n"
    more = replace(form, tables={**form.tables, "participants.tsv": people})
    assert unused(more, tmp_path) == []
