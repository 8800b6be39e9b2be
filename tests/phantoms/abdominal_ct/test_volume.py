import hashlib
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import binary_dilation, binary_erosion

from labelassemble.errors import SettingsError
from labelassemble_phantoms.abdominal_ct.attenuation import PHASES
from labelassemble_phantoms.abdominal_ct.layout import lay_out
from labelassemble_phantoms.abdominal_ct.lesion_model import LESIONS
from labelassemble_phantoms.abdominal_ct.pancreas import lay_pancreas
from labelassemble_phantoms.abdominal_ct.scanner import ORDINARY_SCANNER, STYLES
from labelassemble_phantoms.abdominal_ct.volume import draw_ct_patient, simulate_abdomen

SHAPE = (72, 72, 40)
FINE = {"shape": (120, 84, 60), "spacing_mm": (1.6, 1.6, 2.0), "centre_mm": (-15.0, 12.0, 0.0)}


@pytest.fixture(scope="module")
def many():
    made = []
    for n in range(16):
        style = list(STYLES.values())[n % 4]
        generator = np.random.default_rng([8, n])
        patient = draw_ct_patient(generator, style, dict.fromkeys(LESIONS, 0.6))
        made.append((patient, style, simulate_abdomen(patient, style, SHAPE, generator)))
    return made


def test_shapes_types_and_range(many):
    for _, _, ct in many:
        assert ct.hu.shape == ct.organs.shape == ct.lesion_numbers.shape == SHAPE
        assert ct.hu.dtype == np.int16
        assert ct.hu.min() > -1100
        assert ct.hu.max() > 300
        assert ct.affine[:3, :3] == pytest.approx(np.diag(ct.spacing_mm))
        assert -1100 < np.percentile(ct.hu, 2) < -900
        # Most of the trunk is soft tissue and fat.
        inside = ct.hu[~ct.organ("background")]
        assert ((inside > -160) & (inside < 320)).mean() > 0.8


def test_lesions_and_masks_say_the_same(many):
    seen = set()
    for _, _, ct in many:
        assert ct.masks.shape == (3, *SHAPE)
        assert (ct.masks.sum(axis=0) <= 1).all()
        assert (ct.masks.any(axis=0) == (ct.lesion_numbers > 0)).all()
        for number, lesion in enumerate(ct.lesions, start=1):
            mine = ct.lesion_numbers == number
            assert mine.sum() == lesion.voxels > 0
            assert (ct.mask(lesion.kind) & mine).sum() == lesion.voxels
            assert np.pi / 6 * lesion.diameter_mm**3 == pytest.approx(lesion.volume_mm3)
            seen.add(lesion.kind)
            if lesion.voxels > 20:
                size = lesion.voxels * np.prod(ct.spacing_mm)
                assert size == pytest.approx(lesion.volume_mm3, rel=0.3)
                middle = (ct.affine @ [*np.argwhere(mine).mean(axis=0), 1])[:3]
                assert np.linalg.norm(middle - lesion.centre_mm) < 0.15 * lesion.diameter_mm
        assert len(ct.lesions) == ct.lesion_numbers.max()
    assert seen == set(LESIONS)


def test_lesions_lie_in_the_body_at_the_pancreas(many):
    for _, _, ct in many:
        lesion = ct.lesion_numbers > 0
        assert not (lesion & ct.organ("background")).any()
        assert not (lesion & ct.organ("vessel")).any() or lesion.sum() < 5
        gland = ct.organ("pancreas")
        assert (gland | ~lesion | ct.organ("vessel")).all()
        for number in range(1, len(ct.lesions) + 1):
            mine = ct.lesion_numbers == number
            ring = binary_dilation(mine, iterations=2) & ~mine
            assert (ring & gland).any()


def test_every_lesion_is_as_large_as_the_person_has_it(many):
    for patient, _, ct in many:
        assert len(ct.lesions) == len(patient.lesions)
        for plan, lesion in zip(patient.lesions, ct.lesions, strict=True):
            assert plan.kind == lesion.kind
            # Vessels go through adenocarcinomas, and are none of theirs.
            least = 0.7 if plan.kind == "pdac" else 0.9
            assert least * plan.diameter_mm < lesion.diameter_mm < 1.12 * plan.diameter_mm


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("kind", LESIONS)
def test_lesions_differ_from_the_gland_as_published(healthy, quiet, plan, kind, phase):
    """Inside against the gland, from the image alone: the sign, and what the truth says."""
    style = replace(quiet, phases={phase: 1.0})
    contrast = 10.0 if kind == "pancreatic_cyst" else 1.0
    lesion = plan(kind, place=0.55, diameter_mm=20.0, contrast=contrast, core=0.0, calcified=False)
    person = replace(healthy, lesions=(replace(lesion, obstruction=0.0),))
    ct = simulate_abdomen(person, style, generator=np.random.default_rng(3), **FINE)
    mine = binary_erosion(ct.mask(kind), iterations=2)
    gland = ct.organ("pancreas") & ~binary_dilation(ct.mask(kind), iterations=4)
    gland = binary_erosion(gland, iterations=2)
    measured = float(np.median(ct.hu[mine])) - float(np.median(ct.hu[gland]))
    assert measured == pytest.approx(ct.lesions[0].contrast_hu, abs=14)
    low, high = {"pdac": (-95, -18), "pancreatic_cyst": (-130, -50), "pannet": (18, 95)}[kind]
    assert low < measured < high
    if kind == "pancreatic_cyst":
        assert 0 <= np.median(ct.hu[mine]) <= 20


def line_hu(ct, pancreas, low, high):
    where = (pancreas.places >= low) & (pancreas.places <= high)
    voxel = np.rint((pancreas.line[where] - ct.affine[:3, 3]) / ct.spacing_mm).astype(int)
    return ct.hu[tuple(voxel.T)].astype(float)


def test_the_duct_is_wide_only_upstream_of_an_adenocarcinoma(healthy, quiet, plan):
    """In the image, against the same person without it."""
    lesion = plan("pdac", place=0.42, diameter_mm=16.0, obstruction=1.0)
    with_it, without = (
        simulate_abdomen(
            replace(healthy, lesions=lesions), quiet, generator=np.random.default_rng(3), **FINE
        )
        for lesions in ((lesion,), ())
    )
    from labelassemble_phantoms.abdominal_ct.grid import lay_grid

    grid = lay_grid(FINE["shape"], FINE["spacing_mm"], FINE["centre_mm"])
    pancreas = lay_pancreas(lay_out(grid, healthy.anatomy.bend), healthy.anatomy, ())
    upstream = line_hu(with_it, pancreas, 0.6, 0.85) - line_hu(without, pancreas, 0.6, 0.85)
    downstream = line_hu(with_it, pancreas, 0.13, 0.3) - line_hu(without, pancreas, 0.13, 0.3)
    assert np.median(upstream) < -25
    assert np.abs(downstream).max() <= 3
    duct = with_it.organ("pancreatic_duct").sum() - without.organ("pancreatic_duct").sum()
    assert duct > 60


def test_an_isodense_adenocarcinoma_shows_by_its_duct_alone(healthy, quiet, plan):
    lesion = plan("pdac", place=0.42, diameter_mm=16.0, contrast=0.0, obstruction=0.9)
    ct = simulate_abdomen(
        replace(healthy, lesions=(lesion,)), quiet, generator=np.random.default_rng(3), **FINE
    )
    assert abs(ct.lesions[0].contrast_hu) < 5
    assert ct.mask("pdac").any()
    assert ct.organ("pancreatic_duct").sum() > 60


def test_lesions_change_the_scan_only_around_the_pancreas(healthy, plan):
    lesions = (plan("pancreatic_cyst", place=0.5, diameter_mm=14.0),)
    one, other = (
        simulate_abdomen(
            replace(healthy, lesions=given), ORDINARY_SCANNER, SHAPE, np.random.default_rng(5)
        )
        for given in (lesions, ())
    )
    assert one.phase == other.phase
    assert (one.affine == other.affine).all()
    near = binary_dilation(one.lesion_numbers > 0, iterations=6)
    assert (one.hu[~near] == other.hu[~near]).all()
    assert (one.hu[near] != other.hu[near]).any()


def test_who_comes_does_not_depend_on_what_they_have():
    with_all, without = (
        draw_ct_patient(np.random.default_rng(4), ORDINARY_SCANNER, frequency)
        for frequency in (dict.fromkeys(LESIONS, 1.0), {})
    )
    assert (with_all.sex, with_all.age) == (without.sex, without.age)
    assert with_all.anatomy.half_width == without.anatomy.half_width
    assert (with_all.anatomy.kink == without.anatomy.kink).all()
    assert with_all.lesions
    assert not without.lesions


def test_the_same_generator_state_gives_the_same_scan(healthy):
    def digest(seed):
        ct = simulate_abdomen(healthy, ORDINARY_SCANNER, (40, 40, 20), np.random.default_rng(seed))
        return hashlib.sha256(ct.hu.tobytes() + ct.organs.tobytes()).hexdigest()

    assert digest(4) == digest(4)
    assert digest(4) != digest(5)


def test_the_shape_changes_the_grid_and_not_the_person(healthy, quiet, plan):
    person = replace(healthy, lesions=(plan("pancreatic_cyst", diameter_mm=30.0),))
    small, large = (
        simulate_abdomen(person, quiet, shape, np.random.default_rng(1))
        for shape in ((48, 48, 24), (96, 96, 48))
    )
    assert np.array(small.spacing_mm) == pytest.approx(2 * np.array(large.spacing_mm))
    shrunk = large.hu.reshape(48, 2, 48, 2, 24, 2).mean(axis=(1, 3, 5))
    assert np.corrcoef(small.hu.ravel(), shrunk.ravel())[0, 1] > 0.985
    assert small.lesions[0].diameter_mm == pytest.approx(large.lesions[0].diameter_mm, rel=0.05)
    assert small.lesions[0].centre_mm == pytest.approx(large.lesions[0].centre_mm, abs=0.5)


def test_spacing_and_centre_can_be_given(healthy):
    ct = simulate_abdomen(healthy, ORDINARY_SCANNER, generator=np.random.default_rng(1), **FINE)
    assert ct.spacing_mm == FINE["spacing_mm"]
    middle = ct.affine @ [*((np.array(FINE["shape"]) - 1) / 2), 1]
    assert middle[:3] == pytest.approx(FINE["centre_mm"])


def test_hospitals_differ_in_noise_and_spacing(many):
    noise, pixel = {}, {}
    for _, style, ct in many:
        liver = binary_erosion(ct.organ("liver"), iterations=2)
        pairs = liver[:, 1:] & liver[:, :-1]
        change = np.diff(ct.hu.astype(float), axis=1)[pairs]
        noise.setdefault(style.name, []).append(np.percentile(np.abs(change), 50))
        pixel.setdefault(style.name, []).append(ct.spacing_mm[2])
    noise = {name: np.mean(values) for name, values in noise.items()}
    assert noise["cyst_clinic"] < noise["normals"] < noise["pannet_clinic"]
    assert np.mean(pixel["cyst_clinic"]) > np.mean(pixel["pdac_clinic"]) + 0.2


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"shape": (8, 64, 64)}, "three numbers of voxels from 16 to 640"),
        ({"shape": (64, 64, 900)}, "shape = (64, 64, 900)"),
        ({"spacing_mm": (1.0, 0.0, 1.0)}, "spacing_mm = (1.0, 0.0, 1.0)"),
        ({"spacing_mm": (1.0, float("nan"), 1.0)}, "three sides of a voxel from 0.3 to 20.0 mm"),
        ({"centre_mm": (0.0, float("inf"), 0.0)}, "three coordinates in mm"),
    ],
)
def test_bad_wishes_are_refused(healthy, given, told):
    wishes = {"shape": (32, 32, 16)} | given
    with pytest.raises(SettingsError) as error:
        simulate_abdomen(healthy, ORDINARY_SCANNER, generator=np.random.default_rng(0), **wishes)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("frequency", "told"),
    [({"pdca": 0.5}, "no lesion 'pdca'; nearest: pdac"), ({"pdac": 1.5}, "pdac = 1.5")],
)
def test_unknown_lesions_and_shares_are_refused(frequency, told):
    with pytest.raises(SettingsError) as error:
        draw_ct_patient(np.random.default_rng(0), ORDINARY_SCANNER, frequency)
    assert told in str(error.value)


def test_unknown_masks_are_refused(many):
    with pytest.raises(SettingsError, match="no organ 'livre'; nearest: liver"):
        many[0][2].organ("livre")
    with pytest.raises(SettingsError, match="no lesion 'cyst'"):
        many[0][2].mask("cyst")
