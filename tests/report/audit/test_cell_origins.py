import polars as pl

from labelassemble.report.audit.cell_origins import trace_cells


def test_every_cell_has_an_origin(table):
    found = trace_cells(table)
    assert found.total == table.records.height * 4
    assert found.known == table.cells["label"].count()
    assert found.open == table.cells["label"].null_count() > 0
    for state in ("positive", "negative", "uncertain"):
        counted = sum(getattr(one, state) for one in found.origins)
        assert counted == (table.cells["state"] == state).sum()
    for one in found.origins:
        own = table.cells.filter(
            (pl.col("source") == one.source)
            & (pl.col("evidence").cast(pl.String) == one.evidence)
            & (pl.col("reason").cast(pl.String) == one.reason)
        )
        assert own.height == one.positive + one.negative + one.uncertain
    order = list(dict.fromkeys(one.source for one in found.origins))
    assert order == ["north", "south", "north+south"]


def test_evidence_and_policies(table):
    found = trace_cells(table)
    for counted, column in ((found.evidence, "evidence"), (found.policies, "policy")):
        slow = table.cells[column].cast(pl.String).drop_nulls().value_counts()
        assert dict(counted) == dict(slow.iter_rows())
        numbers = [number for _, number in counted]
        assert numbers == sorted(numbers, reverse=True)


def test_no_cells(bare):
    found = trace_cells(bare)
    assert (found.origins, found.policies, found.known, found.open, found.total) == (
        [],
        [],
        0,
        0,
        0,
    )
