from dataclasses import FrozenInstanceError

import pytest

from labelassemble.sources.assessments import ASSESSMENT_COLUMNS
from labelassemble.sources.label_table import IMAGE_COLUMNS, SOURCE_EXCLUDED_COLUMNS


def test_columns_and_kinds_are_as_stated(read_handmade):
    table = read_handmade("image,person,found\nb.png,1,Mass\na.png,,No Finding\nb.png,1,Mass\n")
    assert dict(table.images.schema) == IMAGE_COLUMNS
    assert dict(table.list_assessments().schema) == ASSESSMENT_COLUMNS
    assert dict(table.excluded.schema) == SOURCE_EXCLUDED_COLUMNS
    assert table.scope == ("Mass", "Edema")
    assert table.images["image"].is_sorted()
    with pytest.raises(FrozenInstanceError):
        table.source = "other"
