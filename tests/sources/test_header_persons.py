"""Who is one person by headers: studies without a patient, ids of several issuers."""

import polars as pl
import pytest

from labelassemble.sources.header_persons import keep_studies_together, part_issuers
from labelassemble.sources.problems import Problems


def series(*texts):
    return pl.Series("patient", texts, dtype=pl.String)


@pytest.mark.parametrize(
    ("patients", "studies", "found", "told"),
    [
        (["7", None], ["1", "1"], ["7", None], False),  # one study of everything says nothing
        (["7", None, None], ["1", "1", "2"], ["7", "7", "study 2"], True),
        (["7", "8", None, None], ["1", "1", "1", "2"], ["7", "8", "study 1", "study 2"], True),
        ([None, None, None], ["1", "1", "2"], ["study 1", "study 1", "study 2"], True),
        ([None, None], [None, "2"], [None, "study 2"], True),
        ([None, None], [None, None], [None, None], False),
        (["7", "8"], ["1", "2"], ["7", "8"], False),
    ],
)
def test_images_of_a_study_without_a_patient_stay_together(patients, studies, found, told):
    problems = Problems()
    made = keep_studies_together(series(*patients), series(*studies), problems)
    assert made.to_list() == found
    assert [("without a patient" in one.what) for one in problems.noted] == [True] * told


@pytest.mark.parametrize(
    ("patients", "issuers", "found"),
    [
        (["7", "7"], ["A", None], ["7", "7"]),  # one issuer, who is not always written
        (["7", "7", "7"], ["A", "B", None], ["7 (A)", "7 (B)", "7"]),
        (["7", "8"], ["A", "B"], ["7", "8"]),
        ([None, None], ["A", "B"], [None, None]),
    ],
)
def test_one_id_of_two_issuers_is_two_persons(patients, issuers, found):
    problems = Problems()
    made = part_issuers(series(*patients), series(*issuers), problems)
    assert made.to_list() == found
    assert len(problems.noted) == (found != patients)
    if None in issuers and problems.noted:
        assert "so do 1 image of them without an issuer" in str(problems.noted[0])
