import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image

from labelassemble.detection.drawn_image import OutlinedMask, read_drawn
from labelassemble.detection.find_meaning import find_meaning
from labelassemble.errors import SourceError
from labelassemble.settings import SourceSettings
from labelassemble.sources.manifest_file import parse_manifest
from labelassemble.sources.problems import Problems
from labelassemble.sources.read import collect_source, read_source
from labelassemble.vocabulary.harmonise import harmonise
from labelassemble.vocabulary.vocabulary import load_vocabulary

MANIFEST = """
name = "mine"
labels.encoding = "mask_values"
labels.case = 'imgs/(?P<case>c\\d+)\\.png'
images.glob = "imgs/*.png"
terms = { Mass = "mass", Cyst = "nodule" }
"""
ONE = 'labels.mask = "masks/{case}_mask.png"\nlabels.values = { "255" = "Mass" }\n'


def draw(*corners, side=20, value=255):
    mask = np.zeros((40, 40), dtype=np.uint8)
    for corner in corners:
        mask[corner : corner + side, corner : corner + side] = value
    return mask


def save(path, mask, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = mask if isinstance(mask, Image.Image) else Image.fromarray(mask)
    image.save(path, **options)


@pytest.fixture
def source(tmp_path):
    """Images c0 to c5; in each, grey noise."""
    grey = np.random.default_rng(0).integers(0, 255, (40, 40)).astype(np.uint8)
    for place in range(6):
        save(tmp_path / f"imgs/c{place}.png", grey)
    return tmp_path


def settings(folder):
    return SourceSettings(name="mine", manifest="m", folder=folder)


def states(folder, labels):
    """States by assembly; and whether training draws a lesion in each image that has a mask."""
    manifest = parse_manifest(MANIFEST + labels, "m")
    table = read_source(settings(folder), manifest)
    vocabulary = load_vocabulary("chest_radiograph")
    named = harmonise(table, vocabulary)
    assert set(named.masks["kind"]) == {"file"}
    drawn = {}
    for (image,), own in named.masks.group_by("image"):
        terms = own["term"].drop_nulls().unique().to_list()
        meaning = find_meaning(named.legend, ("mass",), terms)
        files = tuple(Path(path) for path in own.sort("number")["path"])
        values = read_drawn(OutlinedMask((files,), meaning))
        drawn[image] = int((meaning.table()[0, values] == 3).sum())
    assert [drawn.get(image, 0) > 0 for image in table.images["image"]] == [
        state == 3 for state in table.assessments.state[:, 0].tolist()
    ]
    return table.assessments.state.tolist(), drawn


@pytest.mark.parametrize(
    "labels",
    [
        ONE,
        ONE.replace("_mask.png", "_mask*.png"),
        ONE.replace(
            '"masks/{case}_mask.png"', '["masks/{case}_mask.png", "masks/{case}_mask_1.png"]'
        ),
        'labels.masks = { "Mass" = "masks/{case}_mask.png" }\n',
        'labels.masks = { "Mass" = "masks/{case}_mask*.png" }\n',
    ],
)
def test_several_masks_of_an_image_are_joined_wherever_masks_are_read(source, labels):
    """One image has two lesions in two files, another its only one in the second file."""
    for place in range(6):
        save(source / f"masks/c{place}_mask.png", draw(0) if place == 1 else draw())
    save(source / "masks/c1_mask_1.png", draw(20))
    save(source / "masks/c2_mask_1.png", draw(20))
    found, drawn = states(source, labels)
    table = read_source(settings(source), parse_manifest(MANIFEST + labels, "m"))
    assert table.not_taken.is_empty()
    assert found == [[1], [3], [3], [1], [1], [1]]
    assert [drawn[f"imgs/c{place}.png"] for place in range(3)] == [0, 800, 400]


def test_masks_of_every_kind_are_one_to_assembly_and_training(source):
    mask = Image.fromarray(draw(3))
    grey = draw(3)
    palette = Image.fromarray(grey // 255, "P")
    palette.putpalette([0, 0, 0, 255, 255, 255])
    alpha = Image.fromarray(np.full_like(grey, 255))
    save(source / "masks/c0_mask.png", mask)
    save(source / "masks/c1_mask.png", grey > 0)
    save(source / "masks/c2_mask.png", palette)
    save(source / "masks/c3_mask.png", Image.merge("RGBA", [mask] * 3 + [alpha]))
    save(source / "masks/c4_mask.png", Image.merge("LA", [Image.fromarray(draw()), alpha]))
    save(source / "masks/c5_mask.png", np.zeros_like(grey) > 0)
    for labels in (ONE, 'labels.masks = { "Mass" = "masks/{case}_mask.png" }\n'):
        found, drawn = states(source, labels)
        assert found == [[3], [3], [3], [3], [1], [1]]
        assert [drawn[f"imgs/c{place}.png"] for place in range(6)] == [400] * 4 + [0] * 2


def test_lossy_masks_are_refused_all_at_once_and_cut_where_the_manifest_says(source):
    for place in range(6):
        mask = draw(7 + place) if place % 2 else draw()
        save(source / f"masks/c{place}.jpg", Image.fromarray(mask).convert("RGB"), quality=70)
    for labels in (
        'labels.mask = "masks/{case}.jpg"\nlabels.values = { "255" = "Mass" }\n',
        'labels.masks = { "Mass" = "masks/{case}.jpg" }\n',
    ):
        with pytest.raises(SourceError) as caught:
            read_source(settings(source), parse_manifest(MANIFEST + labels, "m"))
        assert caught.value.got.startswith("6 images with a mask")
        assert "masks/c0.jpg" in str(caught.value)
        assert "labels.above = 127" in str(caught.value)
        found, drawn = states(source, labels + "labels.above = 127\n")
        assert found == [[1], [3], [1], [3], [1], [3]]
        assert [drawn[f"imgs/c{place}.png"] for place in (0, 1)] == [0, 400]


def test_colours_of_classes(source):
    mask = np.zeros((40, 40, 3), dtype=np.uint8)
    mask[:5, :5] = (255, 0, 0)
    for place in range(6):
        save(source / f"masks/c{place}_mask.png", mask * (place % 2))
    mask[9:12, :4] = (0, 255, 0)
    save(source / "masks/c5_mask.png", mask)
    colours = ONE.replace('"255" = "Mass"', '"#FF0000" = "Mass", "#00ff00" = ""')
    found, drawn = states(source, colours)
    assert found == [[1], [3], [1], [3], [1], [3]]
    assert drawn["imgs/c1.png"] == drawn["imgs/c5.png"] == 25
    with pytest.raises(SourceError, match="colours, such as"):
        states(source, ONE)


def test_overlapping_values_of_two_masks_are_refused(source):
    for place in range(6):
        save(source / f"masks/c{place}_mask.png", draw(3))
    save(source / "masks/c3_mask_1.png", draw(9, value=1))
    two = ONE.replace('"255" = "Mass"', '"255" = "Mass", "1" = "Cyst"')
    with pytest.raises(SourceError, match="196 places with two") as caught:
        states(source, two)
    for name in ("c3_mask.png", "c3_mask_1.png"):
        assert name in caught.value.expected
    save(source / "masks/c3_mask_1.png", draw(9)[:30])
    with pytest.raises(SourceError, match=r"40 x 30 pixels in .*c3_mask_1\.png"):
        states(source, two)


def test_bad_masks_do_not_stop_the_others(source):
    for place in range(6):
        save(source / f"masks/c{place}_mask.png", draw(3) if place % 2 else draw())
    (source / "masks/c0_mask.png").write_bytes(b"no mask")
    (source / "masks/c1_mask.png").unlink()
    save(source / "masks/c2_mask.png", draw(3, value=9))
    save(source / "masks/c4_mask.png", draw()[:, :30])
    save(source / "masks/c9_mask.png", draw())
    problems = Problems()
    manifest = parse_manifest(MANIFEST + ONE, "m")
    table = collect_source(settings(source), manifest, problems)
    wrong = [one for one in problems.noted if one.kind == "problem"]
    assert [one.count for one in wrong] == [1, 1, 1]
    assert table.images["image"].to_list() == ["imgs/c3.png", "imgs/c4.png", "imgs/c5.png"]
    assert table.assessments.state.tolist() == [[3], [1], [3]]
    remarks = " ".join(str(one) for one in problems.noted if one.kind == "remark")
    assert "masks of 1 of 6 images are empty" in remarks
    assert "c4_mask.png has 30 x 40 pixels, its image " in remarks
    with pytest.raises(SourceError) as caught:
        read_source(settings(source), manifest)
    assert all(f"c{place}" in str(caught.value) for place in (0, 1, 2))


def test_a_wrong_bit_in_a_packed_mask_is_an_error(tmp_path):
    generator = np.random.default_rng(0)
    for place in range(3):
        values = (generator.random((9, 9, 9)) < 0.01 * place).astype(np.uint8)
        for folder in ("imgs", "masks"):
            (tmp_path / folder).mkdir(exist_ok=True)
            image = nibabel.Nifti1Image(values, np.eye(4))
            (tmp_path / folder / f"c{place}.nii.gz").write_bytes(
                gzip.compress(image.to_bytes(), compresslevel=0)
            )
    manifest = parse_manifest(
        MANIFEST.replace("\\.png", "\\.nii\\.gz").replace("*.png", "*.nii.gz")
        + 'labels.mask = "masks/{case}.nii.gz"\nlabels.values = { "1" = "Mass" }\n',
        "m",
    )
    assert read_source(settings(tmp_path), manifest).assessments.state.tolist() == [[1], [3], [3]]
    path = tmp_path / "masks/c0.nii.gz"
    content = bytearray(path.read_bytes())
    content[700] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(SourceError, match="CRC check failed") as caught:
        read_source(settings(tmp_path), manifest)
    assert str(path) in caught.value.expected


@pytest.mark.parametrize("key", ["ignore = [3]", 'values = { "1" = "a", "2" = "b" }', "above = -1"])
def test_a_cut_needs_one_value(key):
    rest = ONE if not key.startswith("values") else 'labels.mask = "m/{case}.png"\n'
    above = "" if key.startswith("above") else "labels.above = 127\n"
    with pytest.raises(SourceError):
        parse_manifest(MANIFEST + rest + f"labels.{key}\n" + above, "m")
    assert parse_manifest(MANIFEST + ONE + "labels.above = 127\n", "m")
