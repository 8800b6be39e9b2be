"""All forms."""

from tests.public_forms import (
    chest_diseases,
    chest_other,
    competitions,
    eyes,
    lines_and_organs,
    mimic_and_padchest,
    mirrors,
    nih_and_chexpert,
    other_regions,
    volumes,
)

FORMS = (
    *nih_and_chexpert.FORMS,
    *mimic_and_padchest.FORMS,
    *competitions.FORMS,
    *chest_diseases.FORMS,
    *chest_other.FORMS,
    *volumes.FORMS,
    *other_regions.FORMS,
    *eyes.FORMS,
    *lines_and_organs.FORMS,
    *mirrors.FORMS,
)
