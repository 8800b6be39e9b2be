import pytest

from labelassemble.errors import SettingsError
from labelassemble_phantoms.each_patient import each_patient

PATIENTS = [(group, patient) for group in range(3) for patient in range(7)]


@pytest.mark.parametrize("workers", [1, 2])
def test_patients_come_back_in_their_order(workers: int) -> None:
    assert list(each_patient(sum, PATIENTS, workers)) == [sum(one) for one in PATIENTS]


def test_no_workers() -> None:
    with pytest.raises(SettingsError, match="workers = 0"):
        list(each_patient(sum, PATIENTS, 0))
