from pathlib import Path

import cv2
import numpy as np
import pytest

from labelassemble.detection.annotated_image import AnnotatedImage
from labelassemble.detection.drawn_image import DrawnBoxes, OutlinedMask
from labelassemble.detection.fit_square import fit_mask
from labelassemble.errors import ImageError, SourceError
from labelassemble.images.build_store import build_store
from labelassemble.images.store import ImageStore
from labelassemble.settings import ImageSettings
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.volumes.mask_meaning import MaskMeaning

MEANING = MaskMeaning(("nodule", "mass"), {0: (1, 0), 7: (3, 0)})


@pytest.fixture
def record(tmp_path: Path) -> Path:
    grey = np.random.default_rng(0).integers(0, 255, (40, 60)).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), grey)
    return tmp_path / "a.png"


def make(record: Path, fit: str, **drawn: list[object]) -> AnnotatedImage:
    store: ImageStore = build_store(
        {"a": record}, ImageSettings(size=20, fit=fit), record.parent / "store"
    )
    return AnnotatedImage(
        store,
        "a",
        record,
        fit=fit,
        boxes=drawn.get("boxes", []),
        masks=drawn.get("masks", []),
        classes=2,
    )


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_a_mask_and_a_box_of_the_same_place_agree(record: Path, fit: str) -> None:
    mask = np.zeros((40, 60), dtype=np.uint8)
    mask[8:24, 20:36] = 7
    cv2.imwrite(str(record.with_name("mask.png")), mask)
    drawn = OutlinedMask(((record.with_name("mask.png"),),), MEANING)
    boxes = DrawnBoxes(0, np.array([[20.0, 8.0, 36.0, 24.0]]), None, True)
    by_mask, by_box = make(record, fit, masks=[drawn]), make(record, fit, boxes=[boxes])
    differing = (by_mask.state()[0] == POSITIVE) != (by_box.state()[0] == POSITIVE)
    assert differing.mean() < 0.03
    assert (by_mask.state()[1] == UNKNOWN).all()
    bars = by_mask.state()[0] == UNKNOWN
    assert bars.any() == (fit == "pad")
    assert (by_mask.state()[0][~bars] != UNKNOWN).all()
    assert np.array_equal(by_box.state_at(np.array([[3, 4]]))[:, 0], by_box.state()[:, 3, 4])
    # Places prediction where they lie in the file.
    middle = by_box.lesions(0).mean(axis=0)
    x, y, _ = by_box.affine @ [*middle, 1.0]
    assert (x, y) == pytest.approx((28, 16), abs=2)
    steps = np.linalg.norm(by_box.affine[:2, :2], axis=0)
    assert steps == pytest.approx(by_box.spacing)


def test_boxes_that_are_not_all_say_nothing_of_the_rest(record: Path) -> None:
    boxes = [DrawnBoxes(1, np.array([[0.0, 0.0, 30.0, 20.0]]), None, False)]
    state = make(record, "stretch", boxes=boxes).state()
    assert (state[1] == POSITIVE).sum() == 100
    assert (state != NEGATIVE).all()


def test_masks_of_their_own(record: Path) -> None:
    for name, columns in (("one", slice(0, 30)), ("two", slice(15, 45))):
        mask = np.zeros((40, 60), dtype=np.uint8)
        mask[:, columns] = 255
        cv2.imwrite(str(record.with_name(f"{name}.png")), mask)
    files = tuple((record.with_name(f"{name}.png"),) for name in ("one", "two"))
    states = {value: (3 if value & 1 else 1, 3 if value & 2 else 1) for value in range(4)}
    drawn = OutlinedMask(files, MaskMeaning(("nodule", "mass"), states, own_masks=2))
    state = make(record, "stretch", masks=[drawn]).state()
    assert (state == POSITIVE).mean(axis=(1, 2)).tolist() == [0.5, 0.5]
    assert (state == POSITIVE).all(axis=0).mean() == pytest.approx(0.25)


def test_masks_that_do_not_fit(record: Path) -> None:
    small, strange = record.with_name("small.png"), record.with_name("strange.png")
    cv2.imwrite(str(small), np.zeros((4, 6), dtype=np.uint8))
    cv2.imwrite(str(strange), np.full((40, 60), 9, dtype=np.uint8))
    with pytest.raises(ImageError, match=r"60 x 40 pixels(.|\n)*6 x 4"):
        make(record, "pad", masks=[OutlinedMask(((small,),), MEANING)]).state()
    with pytest.raises(SourceError, match="9 in 2,400 voxels"):
        make(record, "pad", masks=[OutlinedMask(((strange,),), MEANING)]).state()
    record.with_name("empty.png").touch()
    with pytest.raises(SourceError, match="a whole mask"):
        make(
            record, "pad", masks=[OutlinedMask(((record.with_name("empty.png"),),), MEANING)]
        ).state()


def test_fitting_keeps_values_whole() -> None:
    values = np.random.default_rng(1).integers(0, 5, (13, 31))
    for fit in ("crop", "pad", "stretch"):
        square = fit_mask(values, 8, fit)
        assert square.values.shape == (8, 8)
        assert set(np.unique(square.values)) <= set(range(5))
        assert square.inside.all() == (fit != "pad")


def test_a_mask_is_held_against_the_image_that_it_was_drawn_on(record: Path) -> None:
    """Sources may hold one image in several sizes: each draws on its own file."""
    half = record.with_name("half.png")
    cv2.imwrite(str(half), cv2.resize(cv2.imread(str(record), -1), (30, 20)))
    mask = np.zeros((20, 30), dtype=np.uint8)
    mask[4:12, 10:18] = 7
    small = record.with_name("mask.png")
    cv2.imwrite(str(small), mask)
    state = make(record, "stretch", masks=[OutlinedMask(((small,),), MEANING, half)]).state()
    cv2.imwrite(str(record.with_name("large.png")), np.kron(mask, np.ones((2, 2), np.uint8)))
    large = OutlinedMask(((record.with_name("large.png"),),), MEANING, record)
    assert np.array_equal(state, make(record, "stretch", masks=[large]).state())
    assert (state[0] == POSITIVE).any()
    with pytest.raises(ImageError) as caught:
        make(record, "stretch", masks=[OutlinedMask(((small,),), MEANING, record)]).state()
    for part in (str(record), "60 x 40 pixels", str(small), "30 x 20 pixels"):
        assert part in str(caught.value)
    other = record.with_name("other.png")
    cv2.imwrite(str(other), np.arange(600, dtype=np.uint16).reshape(30, 20))
    cv2.imwrite(str(small), mask.T)
    with pytest.raises(ImageError, match="joined as one image") as caught:
        make(record, "stretch", masks=[OutlinedMask(((small,),), MEANING, other)]).state()
    for part in (str(record), "60 x 40 pixels", str(other), "20 x 30 pixels", str(small)):
        assert part in str(caught.value)


def test_a_mask_that_lies_on_its_side(record: Path) -> None:
    turned = record.with_name("turned.png")
    cv2.imwrite(str(turned), np.zeros((60, 40), dtype=np.uint8))
    with pytest.raises(ImageError, match="EXIF"):
        make(record, "pad", masks=[OutlinedMask(((turned,),), MEANING)]).state()


def test_several_masks_are_joined(record: Path) -> None:
    files = tuple(record.with_name(f"{name}.png") for name in ("one", "two"))
    for place, file in enumerate(files):
        mask = np.zeros((40, 60), dtype=np.uint8)
        mask[:, 30 * place : 30 * place + 15] = 7
        cv2.imwrite(str(file), mask)
    state = make(record, "stretch", masks=[OutlinedMask((files,), MEANING)]).state()
    assert (state[0] == POSITIVE).mean() == 0.5
    assert (state[0] == NEGATIVE).mean() == 0.5
