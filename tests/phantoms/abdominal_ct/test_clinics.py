from labelassemble.vocabulary.vocabulary import load_vocabulary
from labelassemble_phantoms.abdominal_ct.clinics import (
    CLINICS,
    LESION_WORDS,
    REFERENCE,
    find_clinic,
)
from labelassemble_phantoms.abdominal_ct.lesion_model import LESIONS
from labelassemble_phantoms.abdominal_ct.scanner import STYLES


def test_every_hospital_has_a_scanner_and_values_of_its_own():
    assert set(CLINICS) == set(STYLES)
    values = [tuple(clinic.values[kind] for kind in LESIONS) for clinic in CLINICS.values()]
    assert len(set(values)) == len(values)
    for clinic in (*CLINICS.values(), REFERENCE):
        assert len(set(clinic.values.values())) == len(clinic.values)
        assert 0 not in clinic.values.values()
        assert set(clinic.looked_for) <= set(LESIONS)
    assert len({clinic.letters for clinic in (*CLINICS.values(), REFERENCE)}) == 5


def test_specialists_draw_one_lesion_and_have_patients_with_others():
    for name, kind in zip(CLINICS, LESIONS, strict=False):
        clinic = find_clinic(name)
        assert clinic.looked_for == (kind,)
        assert max(clinic.frequency, key=clinic.frequency.get) == kind
        assert all(clinic.frequency[other] > 0 for other in LESIONS)
    assert find_clinic("normals").frequency == {}
    assert find_clinic("normals").looked_for == LESIONS
    assert find_clinic("reference") is REFERENCE


def test_the_vocabulary_knows_their_words():
    vocabulary = load_vocabulary("abdominal_ct")
    assert {kind: vocabulary.find(word) for kind, word in LESION_WORDS.items()} == {
        kind: kind for kind in LESIONS
    }
