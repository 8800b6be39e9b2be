import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.split import draw_priorities, split_records
from labelassemble.assembly.strata import StratumCells
from labelassemble.settings import AssemblySettings


def know(cells, number):
    """Rows of image, class, label, source, as the split asks for them."""
    classes, sources = (sorted({row[place] for row in cells}) for place in (1, 3))
    return StratumCells(
        record=np.array([number[row[0]] for row in cells], dtype=np.int64),
        place=np.array([classes.index(row[1]) for row in cells], dtype=np.int64),
        label=np.array([row[2] for row in cells], dtype=np.float32),
        speaker=np.array([sources.index(row[3]) for row in cells], dtype=np.int64),
        classes=len(classes),
        speakers=len(sources),
    )


def split(rows, sources, unlabelled=(), cells=(), seed=0, seen=None, **settings):
    """Rows of image, group, source, official split; gives image to (split, prevented)."""
    with_list = {one.name for one in sources if one.test_list}
    images = pl.DataFrame(
        [(*row, row[2] in with_list and row[3] == "test") for row in rows],
        schema={
            "record_row": pl.Int64,
            "group": pl.Int64,
            "source": pl.String,
            "official_split": pl.String,
            "listed": pl.Boolean,
        },
        orient="row",
    )
    if seen is not None:
        images = images.with_columns(seen=pl.Series(seen, dtype=pl.Int8))
    numbers = images["record_row"].rank("dense").cast(pl.Int64) - 1
    placed = split_records(
        images,
        know(cells, dict(zip(images["record_row"], numbers, strict=True))),
        AssemblySettings(**settings),
        sources,
        unlabelled,
        np.random.default_rng(seed),
        kept_from="" if seen is None else "run",
    )
    assert placed["record_row"].is_sorted()
    return {row["record_row"]: (row["split"], row["prevented"]) for row in placed.to_dicts()}


def test_a_patient_in_official_train_and_test_of_one_source_is_tested(make_source):
    source = make_source("kermany", split="official")
    rows = [(0, 0, "kermany", "train"), (1, 0, "kermany", "test"), (2, 2, "kermany", "train")]
    assert split(rows, [source], validation_fraction=0.0) == {
        0: ("unused", True),
        1: ("test", False),
        2: ("train", False),
    }


def test_test_wins_where_two_official_splits_contradict_each_other(make_source):
    sources = [make_source("a", split="official"), make_source("b", split="official")]
    rows = [(0, 0, "a", "train"), (0, 0, "b", "test"), (1, 0, "a", "train")]
    assert split(rows, sources) == {0: ("test", True), 1: ("unused", True)}


def test_official_validation_wins_over_official_training_and_is_not_added_to(make_source):
    sources = [make_source("a", split="official")]
    rows = [(0, 0, "a", "validate"), (1, 0, "a", "train")]
    rows += [(n, n, "a", "train") for n in range(2, 30)]
    placed = split(rows, sources, validation_fraction=0.5)
    assert placed[0] == ("validate", False)
    assert placed[1] == ("unused", True)
    assert {placed[n] for n in range(2, 30)} == {("train", False)}


def test_a_test_list_leaves_the_other_images_of_its_patients_unused(make_source):
    source = make_source("a", test_list="/lists/test.txt")
    rows = [(n, n // 2 * 2, "a", "test" if n in (0, 2) else None) for n in range(40)]
    placed = split(rows, [source], test_fraction=0.5)
    assert [placed[n][0] for n in range(4)] == ["test", "unused", "test", "unused"]
    assert {placed[n][0] for n in range(4, 40)} == {"train", "validate"}


def test_joint_images_go_to_test_with_the_patient_of_another_source(make_source):
    sources = [make_source("a", split="official"), make_source("b")]
    rows = [(0, 0, "a", "test"), (1, 0, "b", None)]
    assert split(rows, sources) == {0: ("test", False), 1: ("test", False)}


def test_unlabelled_images_train_or_are_unused(make_source):
    sources = [make_source("a"), make_source("more")]
    rows = [(n, n, "a", None) for n in range(10)]
    rows += [(10 + n, n, "more", None) for n in range(10)]
    rows += [(20 + n, 20 + n, "more", None) for n in range(10)]
    placed = split(rows, sources, ["more"], test_fraction=0.3, validation_fraction=0.3)
    for n in range(10):
        trained = placed[n][0] == "train"
        assert placed[10 + n] == (("train", False) if trained else ("unused", True))
    assert {placed[20 + n] for n in range(10)} == {("train", False)}
    assert {placed[n][0] for n in range(10)} == {"train", "validate", "test"}


def test_an_image_that_another_source_labels_is_drawn_like_any(make_source):
    sources = [make_source("a"), make_source("more")]
    rows = [(n, n, name, None) for n in range(10) for name in ("a", "more")]
    placed = split(rows, sources, ["more"], test_fraction=0.3)
    assert sum(part == "test" for part, _ in placed.values()) == 3


def test_cells_that_a_forced_patient_leaves_unused_bring_validation_nothing(make_source):
    # Image 1 holds a positive, but its patient's official validation keeps it out.
    sources = [make_source("a", split="official"), make_source("b")]
    rows = [(0, 0, "a", "validate"), (1, 0, "a", "train")]
    rows += [(n, n, "b", None) for n in range(2, 8)]
    cells = [(1, "mass", 1.0, "a"), (4, "mass", 1.0, "b"), (6, "mass", 1.0, "b")]
    placed = split(rows, sources, cells=cells, test_fraction=0.0, validation_fraction=0.01)
    assert placed[1] == ("unused", True)
    assert sorted(placed[n][0] for n in (4, 6)) == ["train", "validate"]


@pytest.mark.parametrize("seed", range(5))
def test_sources_share_every_part(make_source, seed):
    sources = [make_source("a"), make_source("b")]
    rows = [(n, n, "ab"[n % 10 == 0], None) for n in range(1000)]
    cells = [(n, "mass", float(n % 3 == 0), "ab"[n % 10 == 0]) for n in range(1000)]
    placed = split(rows, sources, cells=cells, seed=seed)
    small = [placed[n][0] for n in range(0, 1000, 10)]
    assert small.count("test") == pytest.approx(20, abs=1)
    assert small.count("validate") == pytest.approx(12, abs=1)


def test_priorities_are_one_number_a_group():
    drawn = draw_priorities(np.random.default_rng(0), 100)
    assert drawn.shape == (100,)
    assert ((drawn >= 0) & (drawn < 1)).all()
    assert len(set(drawn)) == 100
