from collections import Counter, defaultdict

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from labelassemble.assembly.conflicts import resolve_verdicts
from labelassemble.settings import AssemblySettings

STATES = {"+": "positive", "-": "negative", "?": "uncertain"}
SOURCES = ("nih", "rsna", "google")
POLICIES = ("source_order", "unknown", "positive", "negative", "soft")


def say(*rows):
    """Rows of picture, class, source, verdict (+ - ?, followed by i where implied)."""
    return pl.DataFrame(
        [
            (
                picture,
                name,
                SOURCES.index(source),
                source,
                STATES[verdict[0]],
                f"column {verdict[2:]}" + ("; implied by child mass" if "i" in verdict else ""),
            )
            for picture, name, source, verdict in rows
        ],
        schema=["picture", "class", "order", "source", "verdict", "reason"],
        orient="row",
    )


def decide(*verdicts, **settings):
    """One picture, one class: its cell and its conflicts."""
    rows = [("p", "mass", source, verdict) for source, verdict in verdicts]
    cells, conflicts = resolve_verdicts(say(*rows), AssemblySettings(**settings))
    assert cells.height == 1
    return cells.row(0, named=True), conflicts.rows(named=True)


def test_a_single_verdict_passes_as_it_is():
    cell, conflicts = decide(("nih", "+"))
    assert cell == {
        "picture": "p",
        "class": "mass",
        "state": "positive",
        "label": 1.0,
        "source": "nih",
        "reason": "column ",
        "policy": None,
    }
    assert conflicts == []


def test_sources_that_agree_are_both_named():
    cell, conflicts = decide(("rsna", "- b"), ("nih", "- a"))
    assert (cell["state"], cell["label"], cell["source"]) == ("negative", 0.0, "nih+rsna")
    assert cell["reason"] == "nih: column a; rsna: column b"
    assert cell["policy"] is None
    assert conflicts == []


@pytest.mark.parametrize(
    ("policy", "state", "label", "source"),
    [
        ("source_order", "negative", 0.0, "nih"),
        ("unknown", "uncertain", None, "nih+rsna"),
        ("positive", "positive", 1.0, "rsna"),
        ("negative", "negative", 0.0, "nih"),
        ("soft", "uncertain", 0.25, "nih+rsna"),
    ],
)
def test_contradictions_follow_the_policy(policy, state, label, source):
    cell, conflicts = decide(
        ("nih", "-"), ("rsna", "+"), conflicts=policy, uncertain_soft=0.25, uncertain="positive"
    )
    assert (cell["state"], cell["label"], cell["source"]) == (state, label, source)
    rule = "source_order, nih first" if policy == "source_order" else f"conflicts, {policy}"
    assert cell["policy"] == rule
    assert conflicts == [
        {
            "picture": "p",
            "class": "mass",
            "left_source": "nih",
            "left_verdict": "negative",
            "right_source": "rsna",
            "right_verdict": "positive",
            "decision": f"{state}: {rule}",
        }
    ]


@pytest.mark.parametrize("policy", POLICIES)
def test_direct_beats_implied_whatever_the_policy_and_the_order(policy):
    cell, conflicts = decide(("nih", "+i"), ("rsna", "-"), conflicts=policy)
    assert (cell["state"], cell["source"]) == ("negative", "rsna")
    assert cell["policy"] == "direct beats implied"
    assert conflicts[0]["decision"] == "negative: direct beats implied"


def test_order_wins_also_over_an_uncertain_verdict():
    cell, _ = decide(("nih", "?"), ("rsna", "+"))
    assert (cell["state"], cell["label"]) == ("uncertain", None)
    assert cell["policy"] == "source_order, nih first; uncertain, unknown"


@pytest.mark.parametrize("policy", [one for one in POLICIES if one != "source_order"])
def test_fixed_policies_do_not_invent_a_verdict_that_nobody_gave(policy):
    cell, conflicts = decide(("nih", "?"), ("rsna", "-"), conflicts=policy)
    assert (cell["state"], cell["label"], cell["source"]) == ("negative", 0.0, "rsna")
    assert cell["policy"] == "definite beats uncertain"
    assert len(conflicts) == 1


def test_three_sources_list_each_pair_that_differs():
    cell, conflicts = decide(("nih", "-"), ("rsna", "+"), ("google", "-"))
    assert (cell["state"], cell["source"]) == ("negative", "nih+google")
    pairs = [(one["left_source"], one["right_source"]) for one in conflicts]
    assert pairs == [("nih", "rsna"), ("rsna", "google")]


def test_readers_of_one_source_are_heard_by_majority():
    cell, conflicts = decide(("nih", "+"), ("nih", "+"), ("nih", "-"))
    assert (cell["state"], cell["label"]) == ("positive", 1.0)
    assert cell["policy"] == "majority of 3 verdicts"
    assert [tuple(one.values())[2:] for one in conflicts] == [
        ("nih", "positive", "nih", "negative", "positive: majority of 3 verdicts")
    ]


def test_readers_without_majority_leave_the_source_uncertain():
    cell, conflicts = decide(("nih", "+"), ("nih", "-"), uncertain="soft")
    assert (cell["state"], cell["label"]) == ("uncertain", 0.5)
    assert cell["policy"] == "no majority of 2 verdicts; uncertain, soft"
    assert cell["reason"] == "no majority of 2 verdicts"
    assert conflicts[0]["decision"] == "uncertain: no majority of 2 verdicts"


def test_uncertain_cells_follow_the_policy_of_their_class():
    cells, _ = resolve_verdicts(
        say(("p", "mass", "nih", "?"), ("p", "nodule", "nih", "?"), ("p", "hernia", "nih", "?")),
        AssemblySettings(
            uncertain="negative", uncertain_by_class={"mass": "positive", "nodule": "unknown"}
        ),
    )
    rows = {row["class"]: (row["state"], row["label"], row["policy"]) for row in cells.to_dicts()}
    assert rows == {
        "mass": ("uncertain", 1.0, "uncertain, positive"),
        "nodule": ("uncertain", None, "uncertain, unknown"),
        "hernia": ("uncertain", 0.0, "uncertain, negative"),
    }


def test_no_verdict_is_no_cell():
    cells, conflicts = resolve_verdicts(say(("p", "mass", "nih", "+")).clear(), AssemblySettings())
    assert cells.is_empty()
    assert conflicts.is_empty()


def decide_slowly(verdicts, settings):
    """One cell from (order, state, implied) triples, written down as the docstring says it."""
    by_source = defaultdict(list)
    for order, state, implied in verdicts:
        by_source[order].append((state, implied))
    heard = []
    for order in sorted(by_source):
        said = by_source[order]
        ranked = Counter(state for state, _ in said).most_common()
        tie = len(ranked) > 1 and ranked[0][1] == ranked[1][1]
        state = "uncertain" if tie else ranked[0][0]
        those = [implied for one, implied in said if one == state] or [i for _, i in said]
        heard.append((state, all(those)))
    if not all(implied for _, implied in heard):
        heard = [one for one in heard if not one[1]]
    states = {state for state, _ in heard}
    open_conflict = False
    if len(states) == 1 or settings.conflicts == "source_order":
        state = heard[0][0]
    elif {"positive", "negative"} <= states:
        open_conflict = settings.conflicts in ("unknown", "soft")
        state = "uncertain" if open_conflict else settings.conflicts
    else:
        state = next(iter(states - {"uncertain"}))
    if state != "uncertain":
        policy = state
    else:
        policy = settings.conflicts if open_conflict else settings.uncertain
    label = {"positive": 1.0, "negative": 0.0, "soft": 0.5, "unknown": None}[policy]
    return state, label


@given(
    st.lists(
        st.tuples(
            st.sampled_from("pq"),
            st.sampled_from(["mass", "nodule"]),
            st.sampled_from(SOURCES),
            st.sampled_from(["+ a", "+ b", "- a", "- b", "?", "+i", "-i"]),
        ),
        min_size=1,
        max_size=25,
    ),
    st.sampled_from(POLICIES),
    st.sampled_from(["unknown", "positive", "negative", "soft"]),
    st.randoms(use_true_random=False),
)
@budget(max_examples=80, deadline=None)
def test_random_verdicts_come_out_as_the_slow_rules_say(rows, conflicts, uncertain, random):
    settings = AssemblySettings(conflicts=conflicts, uncertain=uncertain)
    resolved = resolve_verdicts(say(*rows), settings)
    verdicts = defaultdict(list)
    for picture, name, source, verdict in rows:
        verdicts[picture, name].append((SOURCES.index(source), STATES[verdict[0]], "i" in verdict))
    got = {
        (row["picture"], row["class"]): (row["state"], row["label"])
        for row in resolved.cells.to_dicts()
    }
    assert got == {cell: decide_slowly(said, settings) for cell, said in verdicts.items()}
    differing = {cell for cell, said in verdicts.items() if len({one[1] for one in said}) > 1}
    assert set(resolved.conflicts.select("picture", "class").rows()) == differing
    undecided = resolved.cells.filter(pl.col("policy").is_null() & (pl.col("state") == "uncertain"))
    assert undecided.is_empty()

    random.shuffle(rows)
    again = resolve_verdicts(say(*rows), settings)
    assert_frame_equal(resolved.cells, again.cells)
    assert_frame_equal(resolved.conflicts, again.conflicts)
