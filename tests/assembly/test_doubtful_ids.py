import pytest

from labelassemble.assembly.describe import read_doubtful_ids
from labelassemble.assembly.doubtful_ids import find_doubtful_ids
from labelassemble.sources.overlapping_names import OverlappingNames


@pytest.fixture
def table(make_table):
    def make(source, patients, **manifest):
        images = {f"{source}{at}": {"patient": one} for at, one in enumerate(patients)}
        return make_table(source, images, **manifest)

    return make


@pytest.mark.parametrize(
    ("shares", "theirs", "told"),
    [
        ((), ["007"], False),
        ((OverlappingNames(source="b", ours="patient", theirs="patient"),), ["007"], True),
        ((OverlappingNames(source="b", ours="patient", theirs="patient"),), ["7"], False),
        ((OverlappingNames(source="c", ours="patient", theirs="patient"),), ["007"], False),
        (
            (
                OverlappingNames(
                    source="b", ours="patient", theirs="patient", pattern="s(?P<name>.*)"
                ),
            ),
            ["9.0"],
            True,
        ),
    ],
)
def test_ids_are_compared_within_sources_and_where_two_share_patients(table, shares, theirs, told):
    found = find_doubtful_ids([table("a", ["7", "s9"], overlaps=shares), table("b", theirs)])
    assert [source for source, _ in found] == ["a"] * told
    assert all("of a and b" in one.what for _, one in found)


def test_every_source_is_asked_by_itself(table):
    tables = [table("a", ["7", "7.0"]), table("b", ["7", "7.0"], patient_ids="as_written")]
    ((source, one),) = find_doubtful_ids(tables)
    assert source == "a"
    told = {"doubtful_ids": [{"source": source, "what": one.what, "do": one.do}]}
    assert read_doubtful_ids(told) == [f"{one.what} (a)"]
    assert read_doubtful_ids({}) == []
