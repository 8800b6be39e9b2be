import numpy as np

from labelassemble.detection.dense_case import DenseCase
from labelassemble.detection.dense_class_sources import find_dense_class_sources
from labelassemble.volumes.places import Places


def make(source: int, drawn: list[int], known: list[bool]) -> DenseCase:
    case = DenseCase.__new__(DenseCase)
    lesions = tuple(np.zeros((count, 3), dtype=np.int64) for count in drawn)
    nothing = np.zeros((0, 3), dtype=np.int64)
    case.places = Places((4, 4, 4), lesions, nothing, np.zeros((0, 3), dtype=bool))
    case.source, case.known = source, np.array(known)
    return case


def test_who_drew_a_lesion_teaches_its_class() -> None:
    cases = [
        make(0, [5, 0, 0], [True, True, False]),
        make(0, [0, 0, 0], [True, True, False]),
        make(1, [0, 0, 0], [True, True, False]),
    ]
    found = find_dense_class_sources(cases, sources=3, classes=3)
    # The second class nobody drew: whoever knows it; the third nobody knows.
    assert found.tolist() == [[True, True, False], [False, True, False], [False, False, False]]
