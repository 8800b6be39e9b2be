import pytest
from pydantic import ValidationError

from labelassemble.sources.overlapping_names import OverlappingNames


def test_the_same_names_are_images_unless_said_otherwise():
    shared = OverlappingNames(source="nih")
    assert (shared.ours, shared.theirs, shared.pattern) == ("image", "image", None)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "Field required"),
        ({"source": "nih", "ours": "study"}, "'image' or 'patient'"),
        ({"source": "nih", "pattern": r"a(.*)"}, r"a group \(\?P<name>"),
        ({"source": "nih", "pattern": r"a\(?P<name>.*"}, r"a group \(\?P<name>"),
        ({"source": "nih", "pattern": "("}, "not a regular expression"),
        ({"source": "nih", "their": "image"}, "Extra inputs"),
    ],
)
def test_a_mistake_is_named(keys, message):
    with pytest.raises(ValidationError, match=message):
        OverlappingNames.model_validate(keys)
