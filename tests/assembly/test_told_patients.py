import polars as pl
import pytest

from labelassemble.assembly.told_patients import tells_patient


@pytest.mark.parametrize(
    ("patients", "told"),
    [
        (["a/1", "a/2"], [False, False]),
        (["a/x/1", "a/x/2"], [False, False]),
        (["a/x/1.png", None], [False, False]),
        (["a/1", "a/p2"], [True, True]),
        (["a/p", None], [True, False]),
        ([None, None], [False, False]),
    ],
)
def test_names_that_only_repeat_the_image_tell_nothing(patients, told):
    rows = pl.DataFrame(
        {"source": ["a", "a"], "image": ["x/1.png", "x/2.png"], "patient": patients},
        schema_overrides={"patient": pl.String},
    )
    assert rows.select(tells_patient()).to_series().to_list() == told
