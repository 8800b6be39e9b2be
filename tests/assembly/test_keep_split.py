import polars as pl
from tests.assembly.test_split import split

from labelassemble.assembly.keep_split import describe_kept, describe_places, remark_kept
from labelassemble.assembly.seen_images import SEEN, SEEN_COLUMNS, SeenByRun


def keep(rows, sources, **settings):
    """Rows of image, group, source, official split, how it was seen; gives image to split."""
    seen = [None if row[4] is None else SEEN.index(row[4]) for row in rows]
    placed = split([row[:4] for row in rows], sources, seen=seen, **settings)
    return {image: part for image, (part, _) in placed.items()}


def test_places_are_kept_whatever_the_seed(make_source):
    rows = [(n, n, "a", None, SEEN[n % 5]) for n in range(50)]
    rows += [(50 + n, 50 + n, "b", None, None) for n in range(50)]
    wanted = ["train", "train", "validate", "validate", "test"]
    for seed in range(3):
        kept = keep(rows, [make_source("a"), make_source("b")], seed=seed, test_fraction=0.2)
        assert [kept[n] for n in range(50)] == wanted * 10
        assert sum(kept[n] == "test" for n in range(50, 100)) == 10
        assert {kept[n] for n in range(50, 100)} == {"train", "validate", "test"}


def test_what_was_learned_from_binds_its_group(make_source):
    """Image 0 was held out and 1 learned from; a source says now that they are one patient's."""
    rows = [(0, 0, "a", None, "test"), (1, 0, "a", None, "train"), (2, 0, "a", None, None)]
    rows += [(3, 3, "a", None, "validate"), (4, 3, "a", None, "test")]
    kept = keep(rows, [make_source("a")], test_fraction=1.0)
    assert kept == {0: "train", 1: "train", 2: "train", 3: "validate", 4: "validate"}


def test_what_a_source_holds_out_and_a_run_has_seen_is_unused(make_source):
    sources = [make_source("a", split="official"), make_source("b", split="test")]
    rows = [(0, 0, "a", "test", "train"), (1, 0, "a", "train", None)]
    rows += [(2, 2, "a", "validate", "inherited train"), (3, 3, "a", "test", "validate")]
    rows += [(4, 4, "b", None, "train"), (5, 5, "b", None, "test"), (6, 6, "b", None, None)]
    rows += [(7, 7, "a", "train", "test")]
    kept = keep(rows, sources)
    assert kept == {
        0: "unused",
        1: "train",
        2: "unused",
        3: "unused",
        4: "unused",
        5: "test",
        6: "test",
        7: "train",
    }


def test_folds_are_drawn_of_what_nobody_has_seen(make_source):
    rows = [(n, n, "a", None, "train" if n < 20 else None) for n in range(40)]
    kept = keep(rows, [make_source("a")], folds=2, test_fraction=0.0)
    assert {kept[n] for n in range(20)} == {"train"}
    assert sum(kept[n] == "validate" for n in range(20, 40)) == 10


def test_it_is_told_what_could_not_be_kept():
    seen = SeenByRun("run", "f00", None, pl.DataFrame(schema=SEEN_COLUMNS))
    records = pl.DataFrame(
        {
            "seen": [0, 4, 4, 0, None],
            "group": [0, 0, 1, 2, 3],
            "split": ["train", "train", "test", "unused", "test"],
            "split_reason": ["", "", "", "official test of a, and run has seen its patient", ""],
        }
    )
    kept = describe_kept(seen, records)
    assert kept["images"] == {"test": 1, "train": 2, "unused": 1}
    assert describe_places(kept) == ["Places kept as in run: 1 test, 2 train, 1 unused"]
    assert describe_places(None) == remark_kept(None) == []
    moved, barred = remark_kept(kept)
    assert moved.startswith("1 image")
    assert barred.startswith("1 image")
