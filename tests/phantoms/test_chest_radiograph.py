import hashlib

import numpy as np
import pytest

from labelassemble.errors import SettingsError
from labelassemble_phantoms.chest_radiograph import draw_patient, simulate_radiograph
from labelassemble_phantoms.finding_model import FINDINGS, VISIBLE_SEVERITY
from labelassemble_phantoms.hospital_style import HOSPITALS, ORDINARY_STYLE


@pytest.fixture(scope="module")
def many():
    made = []
    for n in range(60):
        style = list(HOSPITALS.values())[n % 3]
        generator = np.random.default_rng([8, n])
        made.append(simulate_radiograph(draw_patient(generator, style), style, 64, generator))
    return made


def test_shapes_and_range(many):
    for one in many:
        assert one.image.shape == (64, 64)
        assert one.image.dtype == np.uint8
        assert one.masks.shape == (8, 64, 64)
        assert one.image.max() > 150
        assert one.image.min() < 60
        assert one.image.std() > 25
        assert one.view in ("PA", "AP")


def test_a_mask_is_empty_exactly_where_the_label_is_false(many):
    for one in many:
        assert (one.masks.any(axis=(1, 2)) == one.labels).all()
        assert (one.severity[one.labels] > VISIBLE_SEVERITY).all()
    labels = np.array([one.labels for one in many])
    assert labels.any(axis=0).all()
    assert not labels.all(axis=0).any()


def test_the_same_generator_state_gives_the_same_image(patient):
    def digest():
        one = simulate_radiograph(patient, ORDINARY_STYLE, 96, np.random.default_rng(4))
        return hashlib.sha256(one.image.tobytes() + one.masks.tobytes()).hexdigest()

    assert digest() == digest()


def test_visits_of_one_person_share_the_anatomy(patients, plain_style):
    first, second, other = (
        simulate_radiograph(person, plain_style, 64, np.random.default_rng(seed), {}).image.astype(
            float
        )
        for person, seed in ((patients[1], 1), (patients[1], 2), (patients[2], 1))
    )
    assert (first != second).any()
    assert np.abs(first - second).mean() < 0.7 * np.abs(first - other).mean()


def test_the_size_changes_the_grid_and_not_the_person(patient, plain_style):
    small, large = (
        simulate_radiograph(patient, plain_style, size, np.random.default_rng(1), {"mass": 0.8})
        for size in (64, 256)
    )
    shrunk = large.image.reshape(64, 4, 64, 4).mean(axis=(1, 3))
    assert np.corrcoef(small.image.ravel(), shrunk.ravel())[0, 1] > 0.97
    mass = FINDINGS.index("mass")
    assert small.masks[mass].mean() == pytest.approx(large.masks[mass].mean(), rel=0.25)


@pytest.mark.parametrize("finding", FINDINGS)
def test_contrast_rises_with_severity(patients, plain_style, finding):
    """Against the same image without the finding; air is darker, everything else brighter."""
    sign = -1 if finding == "pneumothorax" else 1
    changes = []
    for number, person in enumerate(patients):
        made = [
            simulate_radiograph(
                person, plain_style, 64, np.random.default_rng(number), {finding: amount}
            )
            for amount in (0.0, 0.1, 0.4, 0.7, 1.0)
        ]
        where = made[-1].masks[FINDINGS.index(finding)]
        grey = np.array([one.image[where].mean() for one in made])
        changes.append(sign * (grey[1:] - grey[0]))
    contrasts = np.mean(changes, axis=0)
    assert (np.diff(contrasts) > 0).all()
    assert contrasts[-1] > contrasts[0] + 5


def test_severities_that_are_given_are_used_and_the_others_absent(patient, plain_style):
    one = simulate_radiograph(
        patient, plain_style, 64, np.random.default_rng(0), {"edema": 0.5, "nodule": 0.1}
    )
    assert one.severity[FINDINGS.index("edema")] == 0.5
    assert one.severity.sum() == 0.6
    assert one.labels.tolist() == [name == "edema" for name in FINDINGS]


@pytest.mark.parametrize(
    ("size", "severity", "told"),
    [
        (16, None, ["a side of 32 to 2048 pixels", "size = 16"]),
        (4096, None, ["size = 4096"]),
        (64, {"efusion": 0.5}, ["no finding 'efusion'; nearest: effusion"]),
        (64, {"edema": 1.5}, ["severities between 0 and 1", "edema = 1.5"]),
        (64, {"edema": float("nan")}, ["edema = nan"]),
    ],
)
def test_bad_wishes_are_refused(patient, size, severity, told):
    with pytest.raises(SettingsError) as error:
        simulate_radiograph(patient, ORDINARY_STYLE, size, np.random.default_rng(0), severity)
    assert all(part in str(error.value) for part in told)
