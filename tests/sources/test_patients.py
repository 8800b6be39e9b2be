import polars as pl
import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.patients import find_patients

PATTERN = r"patient(?P<patient>\d+)"
FACTS = pl.DataFrame(
    {"image": ["train/patient7/1.png", "train/patient8/1.png"], "patient": ["patient1/x", ""]}
)


def test_in_the_image_or_in_the_patient():
    assert find_patients(FACTS, PATTERN, "image")["patient"].to_list() == ["7", "8"]
    assert find_patients(FACTS, PATTERN, "patient")["patient"].to_list() == ["1", ""]
    assert find_patients(FACTS.clear(), PATTERN, "image").is_empty()


def test_a_group_that_took_no_part_is_nobody():
    optional = r"(?:patient(?P<patient>7))?"
    facts = FACTS.with_columns(image=pl.Series(["patient7", "x"]))
    assert find_patients(facts, optional, "image")["patient"].to_list() == ["7", ""]


def test_a_name_without_a_patient_is_refused():
    with pytest.raises(SourceError) as caught:
        find_patients(FACTS, r"patient(?P<patient>7)", "image")
    assert "a patient in every name of the image" in caught.value.expected
    assert caught.value.got == (
        "patient_pattern finds none in 1 different name of the image, such as train/patient8/1.png"
    )
