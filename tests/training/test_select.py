from dataclasses import replace

import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError
from labelassemble.settings import RunSettings
from labelassemble.training.select import select_learnable


@pytest.mark.parametrize(
    "method", ["label-assemble", "masked", "full", "unknown-as-negative", "med3d", "dodnet"]
)
def test_keeps_all_but_test_and_unused(toy_table: AssembledTable, method: str) -> None:
    unused = toy_table.records["record"][0]
    records = toy_table.records.with_columns(
        split=pl.when(pl.col("record") == unused).then(pl.lit("unused")).otherwise(pl.col("split"))
    )
    learnable = select_learnable(replace(toy_table, records=records), RunSettings(method=method))
    assert set(learnable.records["split"]) == {"train", "validate"}
    kept = set(learnable.records["record"])
    assert unused not in kept
    assert set(learnable.cells["record"]) == kept
    assert learnable.records.height == 71
    assert learnable.classes == toy_table.classes
    # In the order in which they were.
    order = [name for name in toy_table.records["record"] if name in kept]
    assert learnable.records["record"].to_list() == order


def test_single_takes_what_its_source_brought_and_said(toy_table: AssembledTable) -> None:
    # West's first image is east's too, and east agreed with west on one class.
    shared = "west/train000"
    member = pl.DataFrame(
        {"record": [shared], "source": ["east"], "image": ["x"], "evidence": ["crosswalk"]}
    )
    cell = pl.DataFrame(
        {"record": [shared], "class": ["right"], "label": [1.0], "source": ["west+east"]},
        schema_overrides={"label": pl.Float32},
    )
    table = replace(
        toy_table,
        members=pl.concat([toy_table.members, member], how="diagonal"),
        cells=pl.concat([toy_table.cells, cell], how="diagonal"),
    )
    learnable = select_learnable(table, RunSettings(method="single", source="east"))
    assert learnable.classes == ("right",)
    assert learnable.records.height == 37
    assert learnable.records["record"][0] == shared
    assert set(learnable.cells["class"]) == {"right"}
    assert set(learnable.cells["source"]) == {"east", "west+east"}


@pytest.mark.parametrize(
    ("run", "got"),
    [
        (RunSettings(method="single"), "no source 'None'"),
        (RunSettings(method="single", source="eest"), "no source 'eest'; nearest: west, east"),
        (RunSettings(method="masked", source="east"), "source = 'east'"),
    ],
)
def test_a_wrong_source_is_told(toy_table: AssembledTable, run: RunSettings, got: str) -> None:
    with pytest.raises(RunError) as caught:
        select_learnable(toy_table, run)
    assert got in caught.value.got


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (RunSettings(), "known cells in the train split of the table"),
        (
            RunSettings(method="single", source="west"),
            "known cells in the train split of the source 'west'",
        ),
    ],
)
def test_nothing_to_learn_from_is_told(
    toy_table: AssembledTable, run: RunSettings, expected: str
) -> None:
    records = toy_table.records.with_columns(split=pl.col("split").replace("train", "validate"))
    with pytest.raises(RunError) as caught:
        select_learnable(replace(toy_table, records=records), run)
    assert caught.value.expected == expected
    assert caught.value.got == "none on its 0 training images"
