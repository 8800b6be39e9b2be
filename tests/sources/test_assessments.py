import numpy as np
import polars as pl

from labelassemble.setting_types import EVIDENCE
from labelassemble.sources.assessments import (
    ASSESSMENT_COLUMNS,
    NEGATIVE,
    NO_REASON,
    POSITIVE,
    Assessments,
    Reason,
    say_nothing,
)

SAID = Assessments(
    columns=("Mass", "Edema"),
    image=np.array([0, 1, 1]),
    state=np.array([[POSITIVE, 0], [0, NEGATIVE], [POSITIVE, NEGATIVE]], dtype=np.uint8),
    reason=np.array([[1, 0], [0, 2], [1, 2]], dtype=np.uint16),
    reasons=(NO_REASON, Reason("listed"), Reason("not listed", silence=True)),
    reader=pl.Series("reader", [None, "R1", "R2"]),
    evidence=pl.Series("evidence", ["radiologist"] * 3, dtype=pl.Enum(EVIDENCE)),
)
IMAGES = pl.Series("image", ["a", "b"])


def test_a_row_for_every_statement_and_none_for_silence():
    frame = SAID.frame(IMAGES)
    assert dict(frame.schema) == ASSESSMENT_COLUMNS
    assert frame.drop("evidence").rows() == [
        ("a", "Mass", "positive", None, "listed"),
        ("b", "Edema", "negative", "R1", "not listed"),
        ("b", "Mass", "positive", "R2", "listed"),
        ("b", "Edema", "negative", "R2", "not listed"),
    ]
    assert SAID.frame(IMAGES, "class").columns[1] == "class"


def test_images_that_go_take_their_readings_with_them():
    left = SAID.keep(np.array([False, True]))
    assert left.frame(IMAGES[1:]).equals(SAID.frame(IMAGES).filter(pl.col("image") == "b"))
    assert left.image.tolist() == [0, 0]
    assert SAID.keep(np.array([False, False])).readings == 0


def test_a_column_that_nobody_wrote_is_unknown():
    assert SAID.column("Mass").tolist() == [POSITIVE, 0, POSITIVE]
    assert SAID.column("Hernia").tolist() == [0, 0, 0]


def test_nothing_said():
    nothing = say_nothing(3)
    assert nothing.columns == ()
    assert nothing.state.shape == nothing.reason.shape == (3, 0)
