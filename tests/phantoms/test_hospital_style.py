import numpy as np
import pytest

from labelassemble_phantoms.chest_radiograph import draw_patient, simulate_radiograph
from labelassemble_phantoms.finding_model import FINDINGS
from labelassemble_phantoms.hospital_style import HOSPITALS, ORDINARY_STYLE


@pytest.fixture(scope="module")
def images():
    made = {}
    for number, (name, style) in enumerate(HOSPITALS.items()):
        made[name] = []
        for n in range(45):
            generator = np.random.default_rng([number, n])
            person = draw_patient(generator, style)
            made[name].append(simulate_radiograph(person, style, 64, generator))
    return made


def test_names_and_frequencies_are_known():
    for name, style in {**HOSPITALS, "ordinary": ORDINARY_STYLE}.items():
        assert style.name == name
        assert set(style.frequency_factor) <= set(FINDINGS)


def test_histograms_tell_the_hospitals_apart(images):
    """The gap between hospitals is real: nearest mean histogram, trained on other patients."""
    grey = {
        name: np.array(
            [np.histogram(one.image, bins=16, range=(0, 256), density=True)[0] for one in several]
        )
        for name, several in images.items()
    }
    means = {name: rows[:20].mean(axis=0) for name, rows in grey.items()}
    right = [
        min(means, key=lambda other: np.abs(means[other] - row).sum()) == name
        for name, rows in grey.items()
        for row in rows[20:]
    ]
    assert np.mean(right) > 0.65


def test_east_lies_in_bed(images):
    in_bed = {
        name: np.mean([one.view == "AP" for one in several]) for name, several in images.items()
    }
    assert in_bed["east"] > in_bed["west"] > 0
    assert in_bed["east"] > in_bed["north"] + 0.3
