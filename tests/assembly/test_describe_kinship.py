import polars as pl
import pytest

from labelassemble.assembly.describe_kinship import count_kin, read_kin, tell_kin, warn_of_kin
from labelassemble.assembly.kin_routes import Kinship, Relation
from labelassemble.assembly.links import LINK_COLUMNS
from labelassemble.settings import AssemblySettings
from labelassemble.sources.overlapping_names import OverlappingNames, SharedTable

FACT = OverlappingNames(source="whole", evidence="It is so.", reference="https://example.org/a")
TABLE = SharedTable(file="pairs.json", ours="a", theirs="b")

# Image 0 by ids, 1 by fingerprints; 2 and 3 are of one patient.
IMAGES = pl.DataFrame(
    {
        "row": [0, 1, 2, 3, 4, 5, 6],
        "source": ["a", "a", "a", "b", "b", "b", "b"],
        "record_row": [0, 1, 2, 0, 1, 5, 6],
        "group": [0, 1, 2, 0, 1, 2, 3],
    }
)
LINKS = pl.DataFrame(
    [
        (0, 3, "shared name", None),
        (1, 4, "same fingerprints", 0.01),
        (2, 5, "shared patient", None),
    ],
    schema=LINK_COLUMNS,
    orient="row",
)
LOOKED = pl.DataFrame({"source": ["a", "b"], "fingerprint": [b"1", b"2"]})


@pytest.fixture
def count():
    def count(by_ids=True, siblings=False, links=LINKS, contents=LOOKED, missing=(), **settings):
        relation = Relation("a", "b", "a", "whole", by_ids, (), siblings, (FACT,), missing)
        if siblings:
            relation = relation._replace(other_is="b", through=("whole",))
        kinship = Kinship((relation,), {}, {}, ())
        (told,) = count_kin(kinship, IMAGES, links, AssemblySettings(**settings), contents)
        return told

    return count


def test_what_both_hold_is_counted_by_what_joined_it(count):
    told = count()
    assert (told["records_by_ids"], told["records_otherwise"], told["patients"]) == (1, 1, 3)
    assert tell_kin(told) == (
        "a and b (whole) share images: 1 joined by ids, 1 joined by content or fingerprints; "
        "3 patients stand in both"
    )
    assert warn_of_kin([told]) == []
    assert (told["evidence"], told["reference"]) == (["It is so."], ["https://example.org/a"])
    assert read_kin({"kinship": [told]}) == [told]
    assert read_kin({}) == []


BY_FINGERPRINT = LINKS.filter(pl.col("evidence").cast(pl.String) != "shared name")


def test_where_only_looks_can_tell_a_leak_is_warned_of_if_nobody_looked(count):
    told = count(by_ids=False, links=BY_FINGERPRINT)
    assert "only fingerprints can tell which: 2 joined by content or fingerprints" in tell_kin(told)
    assert warn_of_kin([told]) == []
    for because, told in {
        'similar_images = "ignore"': count(False, links=BY_FINGERPRINT, similar_images="ignore"),
        "no image was read": count(False, links=BY_FINGERPRINT, contents=None),
        "volumes have no fingerprints": count(False, links=BY_FINGERPRINT, contents=LOOKED.head(1)),
    }.items():
        (warning,) = warn_of_kin([told])
        assert because in warning
        assert "train and test" in warning
        assert warning.startswith("a and b (whole) share images")


def test_names_that_the_recipe_does_not_ask_tell_nothing(count):
    (warning,) = warn_of_kin(
        [count(links=BY_FINGERPRINT, overlapping_names=False, similar_images="ignore")]
    )
    assert "nobody looked" in warning


def test_a_table_that_is_not_there_is_asked_for(count):
    told = count(by_ids=False, links=BY_FINGERPRINT, missing=(TABLE,))
    assert "pairs.json tells which and is not there" in tell_kin(told)
    (warning,) = warn_of_kin([told])
    assert "Put pairs.json" in warning
    assert "https://example.org/a" in warning
    # A crosswalk of the recipe does as well.
    assert warn_of_kin([count(by_ids=False, missing=(TABLE,))]) == []


def test_parts_of_a_third_only_may_share(count):
    told = count(by_ids=False, siblings=True, links=BY_FINGERPRINT, similar_images="ignore")
    assert tell_kin(told).startswith("a and b may share images (both hold a part of whole), only")
    assert "may share" in warn_of_kin([told])[0]
