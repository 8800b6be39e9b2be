"""What `check` passes, `assemble` takes: built-in sources by themselves, by the plain command.

Those of `tests/public_forms` are assembled there.
"""

import json

import pytest
from tests.public_forms.form import arrays, draw, make_volume, put
from tests.public_forms.forms import FORMS
from tests.sources.manifests.test_layouts import LAYOUTS, build

from labelassemble.assembly.table_folder import read_assembled, write_table
from labelassemble.errors import AssemblyError, ImageError, RunError
from labelassemble.pipeline.assemble_sources import assemble_sources, open_assembled
from labelassemble.pipeline.audit_assembled import audit_assembled
from labelassemble.pipeline.check_source import check_source
from labelassemble.pipeline.export_table import FORMS as EXPORTS
from labelassemble.pipeline.export_table import export_table
from labelassemble.pipeline.train_networks import train_networks
from labelassemble.pipeline.write_description import write_description
from labelassemble.settings import AssemblySettings, Recipe, SourceSettings
from labelassemble.sources.manifest_file import builtin_manifests, load_manifest

ELSEWHERE = {form.source for form in FORMS}
LAID_OUT = {one.name: one for one in LAYOUTS if one.name not in ELSEWHERE}
PACKED = [
    name
    for name, one in builtin_manifests().items()
    if one.labels.encoding == "npz_arrays" and name not in ELSEWHERE
]
OTHERS = {
    "isic2016_part3": {
        "ISBI2016_ISIC_Part3_Training_GroundTruth.csv": b"ISIC_0000000,benign\n",
        "ISBI2016_ISIC_Part3_Test_GroundTruth.csv": b"ISIC_0000003,1.0\n",
        "train/ISIC_0000000.jpg": None,
        "test/ISIC_0000003.jpg": None,
    },
    "isic2017_part3": {
        "ISIC-2017_Training_Part3_GroundTruth.csv": b"image_id,melanoma,seborrheic_keratosis\n"
        b"ISIC_0000000,0.0,1.0\nISIC_0000001,1.0,0.0\n",
        "images/ISIC_0000000.jpg": None,
        "images/ISIC_0000001.jpg": None,
    },
    "object_cxr": {
        "train.csv": b"image_name,annotation\n1.jpg,0 2 2 9 9\n2.jpg,\n",
        "dev.csv": b"image_name,annotation\n3.jpg,\n",
        "train/1.jpg": None,
        "train/2.jpg": None,
        "dev/3.jpg": None,
    },
    "candid_ptx_chest_tube": {
        "chest_tube.csv": b"anon_SOPUID,mask_rle\n1.2.3.4.5.6.1,5 7\n1.2.3.4.5.6.2,\n",
        "dataset/1.2.3.4.5.6.1.dcm": None,
        "dataset/1.2.3.4.5.6.2.dcm": None,
    },
    "unlabelled_folder": {"a/1.png": None, "a/2.png": None},
}


def write(name, folder):
    if name in LAID_OUT:
        build(folder, LAID_OUT[name])
    elif name in PACKED:
        classes = len(load_manifest(name).labels.classes)
        rows = [[at] for at in range(classes)]
        put(folder / f"{name}.npz", arrays(28, train=rows, val=rows, test=rows))
    for file, content in OTHERS.get(name, {}).items():
        put(folder / file, draw(file, (32, 32)) if content is None else content)


def make_recipe(name, folder, output, **assembly):
    source = SourceSettings(name="here", manifest=name, folder=folder)
    settings = AssemblySettings(similar_images="ignore", **assembly)
    return Recipe(name="alone", sources=(source,), assembly=settings, output=output)


@pytest.mark.parametrize("name", [*LAID_OUT, *PACKED, *OTHERS])
def test_what_check_passes_is_assembled_alone(name, tmp_path):
    write(name, tmp_path / name)
    check = check_source(name, tmp_path / name)
    assert check.problems == ()
    recipe = make_recipe(name, tmp_path / name, tmp_path / "out", allow_unscored_classes=True)
    table = assemble_sources(recipe)
    assert table.members.height == check.table.images.height
    assert set(table.classes) == set(check.cells)


def test_those_without_a_layout_here_are_told():
    tried = {*ELSEWHERE, *LAID_OUT, *PACKED, *OTHERS}
    # LUNA16 and LIDC-IDRI are DICOM and MetaImage: test_lesion_tables.py, test_lidc.py.
    assert set(builtin_manifests()) - tried == {"lidc_idri", "luna16"}


@pytest.fixture
def no_class(tmp_path):
    """A set of nnU-Net whose words mean no class of a vocabulary."""
    labels = {"labels": {"background": 0, "liver": 1, "cancer": 2}, "channel_names": {"0": "CT"}}
    put(tmp_path / "set" / "dataset.json", json.dumps(labels).encode())
    for at, values in enumerate([(1, 2), (1,), (2,)]):
        name = f"case_{at}"
        put(tmp_path / f"set/imagesTr/{name}_0000.nii.gz", make_volume(name + ".nii.gz", None))
        put(tmp_path / f"set/labelsTr/{name}.nii.gz", make_volume(name + ".nii.gz", values))
    return make_recipe("nnunet_dataset", tmp_path / "set", tmp_path / "out")


def test_a_table_without_a_class_serves_all_that_needs_none(no_class, tmp_path):
    (remark,) = [
        str(one)
        for one in check_source("nnunet_dataset", tmp_path / "set").remarks
        if "No class" in str(one)
    ]
    table = assemble_sources(no_class)
    assert table.classes == ()
    assert table.records["split"].to_list() == ["train"] * 3
    assert [remark] == table.manifest["remarks"]
    assert "the vocabulary knows none of cancer, liver" in write_description(table)
    write_table(read_assembled(tmp_path / "out" / "assembled"), tmp_path / "again")
    assert audit_assembled(tmp_path / "out").leaks == []
    refused = {
        "coco": "a volume, not an image: 3",
        "yolo": "a volume, not an image: 3",
        "nnunet": "nobody drew a class on it: 3",
    }
    for form in EXPORTS:
        output = tmp_path / f"{form}" / "Dataset501_Livers"
        if form in refused:
            with pytest.raises(AssemblyError, match=refused[form]):
                export_table(tmp_path / "out", form, output)
        else:
            assert export_table(tmp_path / "out", form, output)


def test_what_learns_says_what_it_needs(no_class):
    assemble_sources(no_class)
    table, store = open_assembled(no_class)
    with pytest.raises(ImageError, match="Volumes are never there"):
        store.find_rows(table.records["record"].to_list())
    learn = no_class.model_copy(update={"methods": ("masked",)})
    with pytest.raises(RunError, match="known cells in the train split"):
        train_networks(learn, table, store)


def test_words_that_mean_a_class_make_one(no_class, tmp_path):
    (tmp_path / "own.toml").write_text(
        'extends = "nnunet_dataset"\nname = "own"\n[terms]\ncancer = "liver_tumor"\nliver = ""\n'
    )
    recipe = make_recipe(str(tmp_path / "own.toml"), tmp_path / "set", tmp_path / "out")
    table = assemble_sources(recipe)
    assert table.classes == ("liver_tumor",)
    states = dict(table.cells.select("record", "state").iter_rows())
    assert sorted(states.values()) == ["negative", "positive", "positive"]
