"""From what readings say to what images, and then images, come to."""

from collections import Counter, defaultdict
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from labelassemble.assembly.cells import Cells
from labelassemble.assembly.conflicts import decide_cells
from labelassemble.assembly.disagreement import compare_assessments, list_conflicts
from labelassemble.assembly.gather import gather_assessments
from labelassemble.assembly.readers import settle_readers
from labelassemble.setting_types import EVIDENCE
from labelassemble.settings import AssemblySettings

SOURCES = ("nih", "rsna", "google")
CLASSES = ("mass", "nodule", "hernia")
STATES = {"+": "positive", "-": "negative", "?": "uncertain"}
CONFLICTS = ("source_order", "evidence", "majority", "mask", "soft", "positive", "negative")
READERS = ("any", "majority", "all", "unanimous", "mean")


def resolve(make_table, rows, **settings):
    """Rows of image, class, source, image, reader, sign, evidence; what comes of them."""
    settings = AssemblySettings(**settings)
    records = sorted({row[0] for row in rows} | {"p"})
    tables, images = [], []
    for source in SOURCES:
        own = [row for row in rows if row[2] == source]
        names = sorted({(row[0], row[3]) for row in own})
        assessments = [
            (f"{record}/{image}", name, sign, f"{source} says {sign}", reader, evidence)
            for record, name, _, image, reader, sign, evidence in own
        ]
        tables.append(make_table(source, [f"{p}/{i}" for p, i in names], assessments))
        images += [(source, f"{p}/{i}", records.index(p)) for p, i in names]
    schema = {"source": pl.String, "image": pl.String, "record": pl.Int64}
    frame = pl.DataFrame(images, schema=schema, orient="row").with_columns(
        number=pl.int_range(pl.len(), dtype=pl.Int64)
    )
    readings = gather_assessments(tables, frame, CLASSES)
    said, counts = settle_readers(readings, CLASSES, settings)
    decisions = decide_cells(said, CLASSES, SOURCES, settings)
    names = pl.Series(records)
    cells = Cells(said, decisions, CLASSES, SOURCES, settings).frame(names)
    conflicts = list_conflicts(decisions.pairs, counts, said.rules, names, CLASSES, SOURCES)
    group = pl.Series(range(len(records)), dtype=pl.Int64)
    return cells, conflicts, compare_assessments(decisions.pairs, counts, group, CLASSES, SOURCES)


@pytest.fixture
def decide(make_table):
    """One image, one class: rows of source, sign, and perhaps image, reader, evidence."""

    def run(*said, **settings):
        rows = [
            (
                "p",
                "mass",
                source,
                *((*more, "1", "", "unstated")[k] for k in (0, 1)),
                sign,
                (*more, *("1", "", "unstated")[len(more) :])[2],
            )
            for source, sign, *more in said
        ]
        cells, conflicts, _ = resolve(make_table, rows, **settings)
        assert cells.height == 1
        return cells.row(0, named=True), conflicts.rows(named=True)

    return run


def test_a_single_assessment_passes_as_it_is(decide):
    cell, conflicts = decide(("nih", "+"))
    assert cell == {
        "record": "p",
        "class": "mass",
        "state": "positive",
        "label": 1.0,
        "source": "nih",
        "evidence": "unstated",
        "reason": "nih says +",
        "policy": None,
    }
    assert conflicts == []


def test_sources_that_agree_are_both_named(decide):
    cell, conflicts = decide(("rsna", "-"), ("nih", "-"))
    assert (cell["state"], cell["label"], cell["source"]) == ("negative", 0.0, "nih+rsna")
    assert cell["reason"] == "nih: nih says -; rsna: rsna says -"
    assert cell["policy"] is None
    assert conflicts == []


@pytest.mark.parametrize(
    ("policy", "state", "label", "source", "rule"),
    [
        ("source_order", "negative", 0.0, "nih", "source_order, nih first"),
        ("evidence", "positive", 1.0, "rsna", "evidence, rsna first"),
        ("majority", "uncertain", None, "nih+rsna", "majority: 1 positive, 1 negative"),
        ("mask", "uncertain", None, "nih+rsna", "conflicts, mask"),
        ("soft", "uncertain", 0.5, "nih+rsna", "conflicts, soft"),
        ("positive", "positive", 1.0, "rsna", "conflicts, positive"),
        ("negative", "negative", 0.0, "nih", "conflicts, negative"),
    ],
)
def test_contradictions_follow_the_policy(decide, policy, state, label, source, rule):
    cell, conflicts = decide(
        ("nih", "-", "1", "", "text_mining"),
        ("rsna", "+", "1", "", "radiologist"),
        conflicts=policy,
    )
    assert (cell["state"], cell["label"], cell["source"]) == (state, label, source)
    undecided = "; uncertain, unknown" if policy == "majority" else ""
    assert cell["policy"] == rule + undecided
    assert cell["evidence"] == ("text_mining" if source == "nih" else "radiologist")
    assert conflicts == [
        {
            "record": "p",
            "class": "mass",
            "between": "sources",
            "left_source": "nih",
            "left_assessment": "negative",
            "right_source": "rsna",
            "right_assessment": "positive",
            "decision": f"{state}: {rule}",
        }
    ]


def test_a_masked_conflict_stays_unknown_whatever_uncertain_becomes(decide):
    for policy, label in (("mask", None), ("soft", 0.5)):
        cell, _ = decide(("nih", "-"), ("rsna", "+"), conflicts=policy, uncertain="positive")
        assert cell["label"] == label


@pytest.mark.parametrize("policy", CONFLICTS)
def test_a_definite_assessment_beats_an_uncertain_one_whoever_comes_first(decide, policy):
    cell, conflicts = decide(("nih", "?"), ("rsna", "+"), conflicts=policy)
    assert (cell["state"], cell["label"], cell["source"]) == ("positive", 1.0, "rsna")
    assert cell["policy"] == "definite beats uncertain"
    assert len(conflicts) == 1


def test_equal_evidence_falls_back_on_the_order(decide):
    cell, _ = decide(
        ("nih", "-", "1", "", "report"), ("rsna", "+", "1", "", "report"), conflicts="evidence"
    )
    assert (cell["state"], cell["policy"]) == ("negative", "evidence, nih first")


def test_the_order_of_evidence_is_a_setting(decide):
    said = (("nih", "-", "1", "", "radiologist"), ("rsna", "+", "1", "", "laboratory"))
    assert decide(*said, conflicts="evidence")[0]["state"] == "positive"
    order = ("radiologist",)
    assert decide(*said, conflicts="evidence", evidence_order=order)[0]["state"] == "negative"


def test_a_policy_may_be_a_class_of_its_own(decide):
    cell, _ = decide(("nih", "-"), ("rsna", "+"), conflicts_by_class={"mass": "positive"})
    assert cell["policy"] == "conflicts, positive"


def test_a_source_that_contradicts_itself_is_uncertain(decide):
    cell, conflicts = decide(("nih", "+", "1"), ("nih", "-", "2"), ("rsna", "+"))
    assert (cell["state"], cell["label"]) == ("uncertain", None)
    assert cell["policy"] == "source_order: nih contradicts itself; uncertain, unknown"
    assert [one["between"] for one in conflicts] == ["images", "sources"]


def test_three_sources_list_each_pair_that_differs(decide):
    cell, conflicts = decide(("nih", "-"), ("rsna", "+"), ("google", "-"))
    assert (cell["state"], cell["source"]) == ("negative", "nih+google")
    pairs = [(one["left_source"], one["right_source"]) for one in conflicts]
    assert pairs == [("nih", "rsna"), ("rsna", "google")]
    cell, _ = decide(("nih", "-"), ("rsna", "+"), ("google", "-"), conflicts="soft")
    assert cell["label"] == pytest.approx(1 / 3)
    cell, _ = decide(("nih", "+"), ("rsna", "-"), ("google", "-"), conflicts="majority")
    assert (cell["state"], cell["policy"]) == ("negative", "majority: 1 positive, 2 negative")


THREE = (("nih", "+", "1", "R1"), ("nih", "+", "1", "R2"), ("nih", "-", "1", "R3"))


@pytest.mark.parametrize(
    ("policy", "state", "label"),
    [
        ("any", "positive", 1.0),
        ("majority", "positive", 1.0),
        ("all", "negative", 0.0),
        ("unanimous", "uncertain", None),
        ("mean", "uncertain", 2 / 3),
    ],
)
def test_readers_follow_the_policy(decide, policy, state, label):
    cell, conflicts = decide(*THREE, readers=policy)
    assert cell["state"] == state
    assert cell["label"] == (label if label is None else pytest.approx(label))
    rule = f"readers, {policy}: 2 positive, 1 negative"
    assert cell["policy"] == rule + ("; uncertain, unknown" if policy == "unanimous" else "")
    said = {"positive": "nih says +", "negative": "nih says -"}.get(state, rule)
    assert cell["reason"] == said
    assert conflicts == [
        {
            "record": "p",
            "class": "mass",
            "between": "readers",
            "left_source": "nih",
            "left_assessment": "positive",
            "right_source": "nih",
            "right_assessment": "negative",
            "decision": f"{state}: {rule}",
        }
    ]


def test_readers_may_differ_by_class(make_table):
    rows = [
        ("p", name, "nih", "1", reader, sign, "unstated")
        for name in ("mass", "nodule")
        for reader, sign in (("R1", "+"), ("R2", "-"))
    ]
    cells, _, _ = resolve(make_table, rows, readers="any", readers_by_class={"nodule": "all"})
    assert cells.select("class", "state").rows() == [("mass", "positive"), ("nodule", "negative")]


def test_within_a_source_the_strongest_evidence_speaks_alone(decide):
    cell, conflicts = decide(
        ("nih", "-", "1", "", "text_mining"), ("nih", "+", "1", "boxes", "radiologist")
    )
    assert (cell["state"], cell["evidence"]) == ("positive", "radiologist")
    assert cell["policy"] == "radiologist first"
    assert conflicts == []
    cell, _ = decide(
        ("nih", "+", "1", "", "text_mining"), ("nih", "+", "1", "boxes", "radiologist")
    )
    assert (cell["evidence"], cell["policy"]) == ("radiologist", None)


def test_uncertain_cells_follow_the_policy_of_their_class(make_table):
    rows = [("p", name, "nih", "1", "", "?", "unstated") for name in CLASSES]
    cells, _, _ = resolve(
        make_table,
        rows,
        uncertain="negative",
        uncertain_by_class={"mass": "positive", "nodule": "soft"},
        uncertain_soft=0.25,
    )
    assert cells.select("class", "state", "label", "policy").rows() == [
        ("mass", "uncertain", 1.0, "uncertain, positive"),
        ("nodule", "uncertain", 0.25, "uncertain, soft"),
        ("hernia", "uncertain", 0.0, "uncertain, negative"),
    ]


def test_no_assessment_is_no_cell(make_table):
    cells, conflicts, agreement = resolve(make_table, [])
    assert cells.is_empty()
    assert conflicts.is_empty()
    assert agreement.is_empty()


def test_agreement_counts_images_on_which_both_are_sure(make_table):
    signs = {"p": "++", "q": "+-", "r": "--", "s": "-+", "t": "-?"}
    rows = [
        (record, "mass", source, "1", "", sign, "unstated")
        for record, pair in signs.items()
        for source, sign in zip(("nih", "rsna"), pair, strict=True)
    ]
    _, _, agreement = resolve(make_table, rows)
    assert agreement.drop("kappa", "kappa_low", "kappa_high").rows() == [
        ("nih", "rsna", "mass", 4, 1, 1, 1, 1, 0.5)
    ]
    _, _, readers = resolve(
        make_table, [("p", "mass", *row[:1], *row[2:], row[1], "unstated") for row in THREE]
    )
    assert readers.drop("kappa", "kappa_low", "kappa_high").rows() == [
        ("nih", "nih", "mass", 1, 1, 2, 0, 0, pytest.approx(1 / 3))
    ]


def read_slowly(signs, policy):
    """What readers of one image come to: a sign, and perhaps a label; as the docstring says it."""
    counts = Counter(signs)
    if len(counts) == 1:
        return signs[0], None
    if policy == "any":
        return next(sign for sign in "+?-" if counts[sign]), None
    if policy == "all":
        return next(sign for sign in "-?+" if counts[sign]), None
    if policy == "majority":
        ranked = counts.most_common(2)
        return ("?" if ranked[0][1] == ranked[1][1] else ranked[0][0]), None
    sure = counts["+"] + counts["-"]
    return "?", Fraction(counts["+"], sure) if policy == "mean" and sure else None


def decide_slowly(readings, settings):
    """One cell from (order, image, reader, sign, evidence): its state and label."""
    by_image = defaultdict(list)
    for order, image, _, sign, evidence in readings:
        by_image[order, image].append((EVIDENCE.index(evidence), sign))
    heard = []
    for (order, _), said in sorted(by_image.items()):
        best = min(rank for rank, _ in said)
        sign, share = read_slowly([s for rank, s in said if rank == best], settings.readers)
        heard.append((order, best, sign, share))
    definite = [one for one in heard if one[2] != "?"]
    if not definite:
        shares = [share for *_, share in heard if share is not None]
        return "uncertain", shares[0] if shares else label_of("uncertain", settings)
    signs = {sign for _, _, sign, _ in definite}
    if len(signs) == 1:
        state = STATES[signs.pop()]
        return state, label_of(state, settings)
    yes = sum(sign == "+" for _, _, sign, _ in definite)
    no = len(definite) - yes
    policy = settings.conflicts
    if policy in ("positive", "negative"):
        return policy, label_of(policy, settings)
    if policy == "mask":
        return "uncertain", None
    if policy == "soft":
        return "uncertain", Fraction(yes, yes + no)
    if policy == "majority":
        state = "positive" if yes > no else "negative" if no > yes else "uncertain"
        return state, label_of(state, settings)

    def rank(one):
        return (one[1], one[0]) if policy == "evidence" else (one[0],)

    first = [one for one in definite if rank(one) == min(map(rank, definite))]
    signs = {sign for _, _, sign, _ in first}
    state = STATES[signs.pop()] if len(signs) == 1 else "uncertain"
    return state, label_of(state, settings)


def label_of(state, settings):
    policy = settings.uncertain if state == "uncertain" else state
    return {"positive": 1.0, "negative": 0.0, "soft": 0.5, "unknown": None}[policy]


READING_KEY = st.tuples(
    st.sampled_from("pq"),
    st.sampled_from(["mass", "nodule"]),
    st.sampled_from(SOURCES),
    st.sampled_from(["1", "2"]),
    st.sampled_from(["R1", "R2", "R3"]),
    st.sampled_from("++--?"),
    st.sampled_from(["radiologist", "radiologist", "text_mining"]),
)


def identify(row):
    """All of a reading but what it says."""
    return (*row[:5], row[6])


@given(
    st.lists(READING_KEY, max_size=25, unique_by=identify),
    st.sampled_from(CONFLICTS),
    st.sampled_from(READERS),
    st.sampled_from(["unknown", "positive", "negative", "soft"]),
    st.randoms(use_true_random=False),
)
@budget(max_examples=150, deadline=None)
def test_random_readings_come_out_as_the_slow_rules_say(
    make_table, rows, conflicts, readers, uncertain, random
):
    policies = {"conflicts": conflicts, "readers": readers, "uncertain": uncertain}
    cells, listed, _ = resolve(make_table, rows, **policies)
    readings = defaultdict(list)
    for record, name, source, *more in rows:
        readings[record, name].append((SOURCES.index(source), *more))
    got = {(row["record"], row["class"]): row for row in cells.to_dicts()}
    assert set(got) == set(readings)
    for cell, said in readings.items():
        state, label = decide_slowly(said, AssemblySettings(**policies))
        assert got[cell]["state"] == state, (cell, said)
        assert got[cell]["label"] == (None if label is None else pytest.approx(float(label)))
        assert got[cell]["reason"]
        assert got[cell]["policy"] or state != "uncertain"
        assert set(got[cell]["source"].split("+")) <= {SOURCES[order] for order, *_ in said}
        if not listed.filter(pl.col("record") == cell[0], pl.col("class") == cell[1]).height:
            # Nobody differs, unless a stronger evidence of the same image overruled a weaker one.
            per_image = defaultdict(set)
            for order, image, _, sign, evidence in said:
                per_image[order, image].add((EVIDENCE.index(evidence), sign))
            heard = {
                sign for one in per_image.values() for rank, sign in one if rank == min(one)[0]
            }
            assert len(heard) == 1
    shuffled = list(rows)
    random.shuffle(shuffled)
    again, listed_again, _ = resolve(make_table, shuffled, **policies)
    assert_frame_equal(cells, again)
    assert_frame_equal(listed, listed_again)
