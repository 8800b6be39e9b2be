"""Segments and contours on the grid of their series, voxel by voxel against what was drawn."""

from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from matplotlib.path import Path as Polygon
from pydicom.uid import generate_uid

from labelassemble.detection.open_cases import open_annotated
from labelassemble.errors import ImageError
from labelassemble.files.series_path import write_series
from labelassemble.files.structure_set import read_structures
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.settings import Recipe, VolumeSettings
from labelassemble.sources.assessments import NEGATIVE, POSITIVE
from labelassemble.volumes.contour_mask import ContourMask
from labelassemble.volumes.drawn_mask import JoinedMask
from labelassemble.volumes.read_volume import open_volume, read_volume
from labelassemble.volumes.segment_mask import SegmentMask

STRAIGHT = (1, 0, 0, 0, 1, 0)
OBLIQUE = (0.8, 0.6, 0.0, -0.6, 0.8, 0.0)
CORONAL = (1, 0, 0, 0, 0, -1)
PLANES = [STRAIGHT, OBLIQUE, CORONAL, (-1, 0, 0, 0, -1, 0)]


def grid_of(study):
    return open_volume(Path(write_series(study.folder, study.uid)), VolumeSettings()).geometry


def whole(mask, grid):
    drawn = mask.draw(grid)
    found = drawn.read(0, grid.shape[2])
    slabs = [drawn.read(start, start + 1) for start in range(grid.shape[2])]
    assert np.array_equal(np.concatenate(slabs, axis=-1), found)
    return found, drawn.notes


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_a_segment_on_the_grid_of_its_series(tmp_path, make_study, draw_masks, plane, kind):
    study = make_study(tmp_path, orientation=plane)
    masks = draw_masks(2, seed=3)
    masks[..., 1] &= ~masks[..., 0]  # A label map has one segment a voxel.
    path = study.write_seg(masks, ["one", "two"], kind=kind)
    grid = grid_of(study)
    for number in (1, 2):
        found, notes = whole(SegmentMask(path, number), grid)
        assert np.array_equal(found, masks[..., number - 1].transpose(2, 1, 0))
        assert not notes
    joined, _ = whole(JoinedMask((SegmentMask(path, 1), SegmentMask(path, 2))), grid)
    assert np.array_equal(joined, masks.any(axis=-1).transpose(2, 1, 0))


@pytest.mark.parametrize("plane", [STRAIGHT, OBLIQUE])
@pytest.mark.parametrize("fine", [0.5, 2.0])
def test_a_segment_on_another_grid_is_resampled_and_that_is_noted(
    tmp_path, make_study, plane, fine
):
    study = make_study(tmp_path, "P1", orientation=plane)
    other = make_study(tmp_path, "P2", orientation=plane)
    other.frame, other.spacing = study.frame, (0.8 * fine, 0.7 * fine)
    for dataset in other.slices:
        dataset.FrameOfReferenceUID, dataset.PixelSpacing = study.frame, list(other.spacing)
    masks = np.zeros((6, 20, 24, 1), dtype=bool)
    masks[1:4, 3:9, 4:11, 0] = True
    masks[2, 5, 6, 0] = False
    path = other.write_seg(masks, ["one"])
    found, notes = whole(SegmentMask(path, 1), grid_of(study))
    assert len(notes) == 1
    assert "resampled" in notes[0]
    image = SimpleITK.GetImageFromArray(masks[..., 0].astype(np.float32))
    like = SimpleITK.GetImageFromArray(np.zeros((6, 20, 24), dtype=np.float32))
    for one, own in ((image, other), (like, study)):
        one.SetSpacing((own.spacing[1], own.spacing[0], own.gap))
        one.SetOrigin(own.origin.tolist())
        turn = np.column_stack([own.orientation[:3], own.orientation[3:], own.normal])
        one.SetDirection(turn.ravel().tolist())
    true = SimpleITK.Resample(image, like, SimpleITK.Transform(), SimpleITK.sitkLinear, 0.0)
    overlaps = SimpleITK.GetArrayFromImage(true).transpose(2, 1, 0)
    sure = np.abs(overlaps - 0.5) > 1e-3
    assert np.array_equal(found[sure], (overlaps >= 0.5)[sure])
    assert found.any()


def test_a_small_segment_on_a_coarse_grid_does_not_vanish(tmp_path, make_study):
    study, other = make_study(tmp_path, "P1"), make_study(tmp_path, "P2")
    other.frame, other.spacing = study.frame, (0.1, 0.1)
    for dataset in other.slices:
        dataset.FrameOfReferenceUID, dataset.PixelSpacing = study.frame, [0.1, 0.1]
    masks = np.zeros((6, 20, 24, 1), dtype=bool)
    masks[2, 11, 10, 0] = True
    found, _ = whole(SegmentMask(other.write_seg(masks, ["one"]), 1), grid_of(study))
    assert np.argwhere(found).tolist() == [[1, 1, 2]]


def test_a_segment_outside_its_volume_is_an_error(tmp_path, make_study, draw_masks):
    study, other = make_study(tmp_path, "P1"), make_study(tmp_path, "P2")
    for dataset in other.slices:
        x, y, z = dataset.ImagePositionPatient
        dataset.ImagePositionPatient = [x + 40, y, z]
    path = other.write_seg(draw_masks(), ["one"])
    with pytest.raises(ImageError, match="pixels outside of it"):
        SegmentMask(path, 1).draw(grid_of(study))


def polygon(generator, middle, radius, points=9):
    angles = np.sort(generator.random(points)) * 2 * np.pi
    wide = radius * (0.6 + 0.4 * generator.random(points))
    return np.column_stack([np.cos(angles), np.sin(angles)]) * wide[:, None] + middle


def place(study, flat, at):
    return np.array([study.point(column, row, at) for column, row in flat])


@pytest.mark.parametrize("plane", PLANES)
def test_contours_on_the_slices_of_their_series(tmp_path, make_study, plane):
    study = make_study(tmp_path, orientation=plane)
    generator = np.random.default_rng(7)
    flat = {at: polygon(generator, (11.3, 9.7), 7.0) for at in (1, 2, 4)}
    hole = polygon(generator, (11.3, 9.7), 2.5)
    contours = [place(study, one, at) for at, one in flat.items()] + [place(study, hole, 2)]
    path = study.write_structures([("one", contours, "CLOSED_PLANAR")])
    (region,) = read_structures(path).regions
    grid = grid_of(study)
    found, _ = whole(ContourMask(region.contours, "one"), grid)
    centres = np.stack(np.meshgrid(np.arange(24), np.arange(20), indexing="ij"), -1).reshape(-1, 2)
    true = np.zeros(grid.shape, dtype=bool)
    for at, one in flat.items():
        true[..., at] = Polygon(one).contains_points(centres).reshape(24, 20)
    true[..., 2] &= ~Polygon(hole).contains_points(centres).reshape(24, 20)
    assert true.any(axis=(0, 1)).sum() == 3
    assert np.array_equal(found, true)


def test_contours_between_slices_or_outside_are_errors(tmp_path, make_study):
    study = make_study(tmp_path)
    grid = grid_of(study)
    flat = np.array([(5, 5), (9, 5), (9, 9)])

    def draw(contour):
        path = study.write_structures([("one", [contour], "CLOSED_PLANAR")])
        (region,) = read_structures(path).regions
        return ContourMask(region.contours, "region one").draw(grid)

    with pytest.raises(ImageError, match="between its slices"):
        draw(place(study, flat, 2.5))
    with pytest.raises(ImageError, match="region one"):
        draw(place(study, flat * 4, 2))
    with pytest.raises(ImageError, match="contours inside their volume"):
        draw(place(study, flat, 9))


MANIFEST = """name = "mine"
vocabulary = "chest_radiograph"
labels.encoding = "dicom_annotations"
labels.words = { "gtv.*" = "mass" }
scope.terms = ["Nodule", "mass"]
"""


def test_a_recipe_learns_from_segments_and_contours(tmp_path, make_study, draw_masks):
    folder = tmp_path / "data"
    first, second = make_study(folder, "P1"), make_study(folder, "P2", orientation=OBLIQUE)
    masks = draw_masks(2)
    first.write_seg(masks, ["Nodule 1", "Nodule 2"])
    flat = np.array([(5.3, 4.4), (12.2, 4.4), (12.2, 11.1), (5.3, 11.1)])
    second.write_structures([("GTV-1", [place(second, flat, 3)], "CLOSED_PLANAR")])
    (tmp_path / "m.toml").write_text(MANIFEST)
    recipe = Recipe.model_validate(
        {
            "name": "Toy",
            "output": tmp_path / "out",
            "classes": ("nodule", "mass"),
            "assembly": {"allow_unscored_classes": True},
            "sources": [{"name": "own", "manifest": str(tmp_path / "m.toml"), "folder": folder}],
            "detection": {
                "task": "detection",
                "volumes": {"spacing_mm": None, "window_hu": (-1000.0, 400.0)},
            },
        }
    )
    table = assemble_sources(recipe)
    assert table.records.height == 2
    names = table.records["record"].to_list()
    annotated = open_annotated(recipe, table, names, store=None, drawn_on=set(names))
    true = np.zeros((6, 20, 24, 2), dtype=bool)
    true[3, 5:12, 6:13, 1] = True
    both = np.stack([masks.any(axis=-1), true[..., 0]], -1)
    for own, (study, drawn) in enumerate(((first, both), (second, true))):
        ground = annotated[f"own/{study.uid}"]
        volume = read_volume(Path(write_series(study.folder, study.uid)))
        # Right, anterior, superior: columns run to the left and rows to the back.
        expected = drawn.transpose(3, 2, 1, 0)[:, ::-1, ::-1]
        assert np.array_equal(ground.state() == POSITIVE, expected)
        assert (ground.state()[own][~expected[own]] == NEGATIVE).all()
        assert ground.shape == volume.shape
        np.testing.assert_allclose(ground.affine, volume.affine)


def test_two_series_of_one_folder_are_two_images(tmp_path, make_study, draw_masks):
    folder = tmp_path / "data"
    first = make_study(folder, "P1", flat=True)
    for path in folder.glob("ct*"):
        path.rename(path.with_name(f"a{path.name}"))
    second = make_study(folder, "P2", flat=True)
    grids = [grid_of(study) for study in (first, second)]
    assert grids[0].shape == grids[1].shape
    for study in (first, second):
        study.write_seg(draw_masks(), ["Nodule 1"], name=f"{study.patient}.dcm")
    (tmp_path / "m.toml").write_text(MANIFEST)
    source = {"name": "own", "manifest": str(tmp_path / "m.toml"), "folder": folder}
    content = {"name": "Toy", "output": tmp_path / "out", "sources": [source]}
    table = assemble_sources(
        Recipe.model_validate({**content, "assembly": {"allow_unscored_classes": True}})
    )
    assert table.records.height == 2
    assert table.records["patient"].n_unique() == 2
    with pytest.raises(ImageError, match="the series"):
        open_volume(Path(write_series(folder, generate_uid())), VolumeSettings())
