"""Sources with masks in other folders, in another form, or there twice."""

import numpy as np
import pytest
from PIL import Image

from labelassemble.pipeline.check_source import check_source
from labelassemble.sources.manifest_file import load_manifest

MANIFEST = r"""
name = "mine"
[recognise]
[labels]
encoding = "mask_values"
case = '(?P<root>(?:.*/)?)img/(?P<case>c\d+)\.png'
mask = "{root}masks/{case}_mask.png"
values = { "255" = "mass" }
[images]
glob = "**/img/*.png"
[[variants]]
[variants.labels]
mask = "{root}gt/{case}.png"
"""


def draw(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((8, 8), np.uint8)
    pixels[2:4] = value
    Image.fromarray(pixels).save(path)


def count(folder, tmp_path, vocabulary="chest_radiograph"):
    manifest = tmp_path / "mine.toml"
    manifest.write_text(MANIFEST)
    check = check_source(str(manifest), folder, vocabulary=vocabulary)
    assert check.problems == ()
    (term,) = check.terms
    return (term.positive, term.negative), " ".join(str(one) for one in check.remarks)


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        ("masks/{}_mask.png", ""),
        ("gt/{}.png", ""),
        ("deep/other/{}_mask.png", "masks are not where they are published"),
    ],
)
def test_where_the_masks_lie(tmp_path, mask, said):
    folder = tmp_path / "data"
    for name, value in (("c1", 255), ("c2", 0)):
        draw(folder / "img" / f"{name}.png", 77)
        draw(folder / mask.format(name), value)
    counts, remarks = count(folder, tmp_path)
    assert counts == (1, 1)
    assert said in remarks
    assert not said or "deep/other/{case}_mask.png" in remarks


def test_a_copy_of_the_whole_set_is_not_read_twice(tmp_path):
    folder = tmp_path / "data"
    for place in ("", "again/"):
        for name, value in (("c1", 255), ("c2", 0)):
            draw(folder / f"{place}img/{name}.png", 77)
            draw(folder / f"{place}masks/{name}_mask.png", value)
    counts, remarks = count(folder, tmp_path)
    assert counts == (1, 1)
    assert "again holds images a second time" in remarks


def test_built_in_sources_with_masks_are_settled(tmp_path):
    assert load_manifest("lits").recognise is not None
    nibabel = pytest.importorskip("nibabel")
    for number, value in ((0, 2), (1, 1)):
        volume = np.zeros((4, 4, 4), np.int16)
        for name in (f"volume_pt1/x/volume-{number}.nii", f"segs/y/segmentation-{number}.nii"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            volume[0] = value if "seg" in name else 90
            nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), tmp_path / name)
    check = check_source("lits", tmp_path)
    assert check.problems == ()
    assert (check.terms[0].positive, check.terms[0].negative) == (1, 1)
