from labelassemble.sources.label_table import IMAGE_COLUMNS
from labelassemble.sources.rows import FACTS, NONE_LEFT_OUT


def test_facts_become_the_columns_of_images():
    assert {"split" if name == "official_split" else name for name in IMAGE_COLUMNS} == {
        *FACTS,
        "path",
    }
    assert NONE_LEFT_OUT.columns == ["image", "reason"]
