import polars as pl

from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.image_files import find_image_files
from labelassemble.sources.remarks.masks import remark_on_masks


def remarks(folder, *names, **labels):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    files = find_image_files(folder, "imgs/*.png")
    assert isinstance(files.names, pl.Series)
    made = MaskValues(encoding="mask_values", case=r"imgs/(?P<case>.+)\.png", **labels)
    return {one.what: one.example for one in remark_on_masks(made, files)}


ONE = {"mask": "masks/{case}_m.png", "values": {"255": "Mass"}}


def test_sound_masks(tmp_path):
    names = ("imgs/a.png", "masks/a_m.png", "masks/.DS_Store", "masks/._a_m.png", "masks/Thumbs.db")
    assert remarks(tmp_path, *names, **ONE) == {}


def test_several_masks_and_masks_of_no_image_are_counted(tmp_path):
    told = remarks(
        tmp_path,
        *("imgs/a.png", "imgs/b.png"),
        *("masks/a_m.png", "masks/a_m_1.png", "masks/b_m.png", "masks/c_m.png", "masks/d_m.png"),
        **ONE,
    )
    assert told == {
        "1 image with several masks, which are joined": "imgs/a.png: a_m.png, a_m_1.png",
        "2 files beside the masks, of no image (c_m.png, d_m.png)": "",
    }


def test_later_folders_and_images_without_masks_are_counted(tmp_path):
    two = {"mask": ["one/{case}.png", "two/{case}.png"], "values": {"1": "Mass"}}
    told = remarks(tmp_path, "imgs/a.png", "one/a.png", "two/a.png", **two)
    assert list(told.values()) == ["imgs/a.png: a.png"]
    own = {"masks": {"Mass": "one/{case}.png", "Cyst": "three/{case}.png"}}
    told = remarks(tmp_path, "imgs/b.png", **own)
    assert told == {"1 image without a mask, of which nothing is known": "imgs/b.png"}
