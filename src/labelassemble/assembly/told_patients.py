"""Whether a source's names of patients tell anything that its names of images do not."""

import polars as pl

from labelassemble.sources.strip_suffix import strip_suffix


def tells_patient() -> pl.Expr:
    """Whether the patient of an image is known, over the columns source, image, patient.

    Where every patient of a source is but the name of its one image, such as the case of a mask,
    nothing tells that two images are of one person.

    >>> rows = {"source": ["a", "a", "b"], "image": ["x/1.png", "x/2.png", "1.png"]}
    >>> pl.DataFrame({**rows, "patient": ["a/1", "a/2", "b/p"]}).select(
    ...     tells_patient()
    ... ).to_series().to_list()
    [False, False, True]
    """
    name = pl.col("patient").str.strip_prefix(pl.col("source") + "/")
    stem = strip_suffix("image")
    echo = (name == stem) | (name == stem.str.extract(r"([^/]*)$")) | (name == pl.col("image"))
    return pl.col("patient").is_not_null() & ~echo.fill_null(True).all().over("source")
