import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import VocabularyError
from labelassemble.setting_types import EVIDENCE
from labelassemble.settings import SourceSettings
from labelassemble.sources.assessments import NO_REASON, STATES, Assessments, Reason
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.label_table import IMAGE_COLUMNS, SOURCE_EXCLUDED_COLUMNS, LabelTable
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.read import read_source
from labelassemble.vocabulary.class_table import UNMAPPED_COLUMNS
from labelassemble.vocabulary.harmonise import harmonise
from labelassemble.vocabulary.vocabulary import Vocabulary, load_vocabulary

SIGNS = {"+": "positive", "-": "negative", "?": "uncertain", ".": "negative"}
STRENGTH = {"negative": 0, "uncertain": 1, "positive": 2}
TREE = Vocabulary.model_validate(
    {
        "name": "tree",
        "version": "1",
        "findings": [
            {"name": "opacity", "title": "Opacity"},
            {
                "name": "pneumonia",
                "title": "Pneumonia",
                "synonyms": ["lung infection"],
                "parents": [{"name": "opacity", "implies_down": False}],
            },
            {"name": "viral", "title": "Viral", "parents": ["pneumonia"]},
            {"name": "covid", "title": "Covid", "parents": ["viral"]},
            {"name": "effusion", "title": "Effusion"},
        ],
    }
)


def make(assessments, scope=(), terms=None):
    """``assessments``: rows of image, term, one of + - ? and . (negative by silence), and
    reader."""
    images = sorted({row[0] for row in assessments} | {"z"})
    readings = sorted({(row[0], row[3] if len(row) > 3 else "") for row in assessments})
    columns = tuple(dict.fromkeys(row[1] for row in assessments))
    reasons = [NO_REASON]
    for term in columns:
        reasons += [Reason(f"column {term!r}"), Reason(f"{term!r} not listed", silence=True)]
    state = np.zeros((len(readings), len(columns)), dtype=np.uint8)
    reason = np.zeros(state.shape, dtype=np.uint16)
    for row in assessments:
        at = readings.index((row[0], row[3] if len(row) > 3 else "")), columns.index(row[1])
        state[at] = STATES.index(SIGNS[row[2]])
        reason[at] = 1 + 2 * at[1] + (row[2] == ".")
    return LabelTable(
        source="mine",
        manifest=Manifest(name="mine", terms=terms or {}),
        images=pl.DataFrame([{"image": name} for name in images], schema=IMAGE_COLUMNS),
        assessments=Assessments(
            columns=columns,
            image=np.array([images.index(image) for image, _ in readings], dtype=np.int64),
            state=state,
            reason=reason,
            reasons=tuple(reasons),
            reader=pl.Series("reader", [who or None for _, who in readings], dtype=pl.String),
            evidence=pl.Series(["report"] * len(readings), dtype=pl.Enum(EVIDENCE)),
        ),
        scope=tuple(scope),
        excluded=pl.DataFrame(schema=SOURCE_EXCLUDED_COLUMNS),
        inputs=(InputFile(path="a.csv", sha256="0" * 64, size=1, rows=1),),
    )


def found(table):
    rows = table.list_assessments().select("image", "class", "assessment")
    return {(image, name): assessment for image, name, assessment in rows.iter_rows()}


def reason(table, image, name):
    rows = table.list_assessments().filter(pl.col("image") == image, pl.col("class") == name)
    return rows["reason"].item()


def test_terms_become_classes_and_say_why():
    table = harmonise(make([("a", "Lung_Infection", "-")], ["Lung_Infection"]), TREE)
    assert found(table) == {
        ("a", "pneumonia"): "negative",
        ("a", "viral"): "negative",
        ("a", "covid"): "negative",
    }
    assert reason(table, "a", "pneumonia") == "column 'Lung_Infection'"
    assert reason(table, "a", "covid") == "column 'Lung_Infection'; implied by parent pneumonia"
    assert table.scope == ("pneumonia",)
    assert table.source == "mine"
    assert table.inputs[0].path == "a.csv"


def test_a_positive_child_makes_its_parents_positive():
    table = harmonise(make([("a", "covid", "+")]), TREE)
    assert set(found(table).values()) == {"positive"}
    assert reason(table, "a", "opacity") == "column 'covid'; implied by child covid"


def test_nothing_follows_where_the_vocabulary_does_not_say_so():
    table = harmonise(
        make(
            [("a", "opacity", "-"), ("b", "covid", "-"), ("c", "viral", "?"), ("d", "opacity", "+")]
        ),
        TREE,
    )
    assert found(table) == {
        ("a", "opacity"): "negative",
        ("b", "covid"): "negative",
        ("c", "viral"): "uncertain",
        ("d", "opacity"): "positive",
    }


def test_what_was_said_beats_what_follows():
    table = harmonise(make([("a", "viral", "+"), ("a", "pneumonia", "-")]), TREE)
    assert found(table) == {
        ("a", "viral"): "positive",
        ("a", "pneumonia"): "negative",
        ("a", "covid"): "negative",
        ("a", "opacity"): "positive",
    }
    assert "implied" not in reason(table, "a", "pneumonia")
    table = harmonise(make([("a", "viral", "?"), ("a", "pneumonia", "-")]), TREE)
    assert found(table)["a", "viral"] == "uncertain"


def test_silence_does_not_contradict_a_listed_narrower_term():
    # Who lists covid need not list viral and pneumonia too; who denies them does contradict.
    table = harmonise(
        make([("a", "covid", "+"), ("a", "viral", "."), ("a", "pneumonia", "-")]), TREE
    )
    assert found(table) == {
        ("a", "covid"): "positive",
        ("a", "viral"): "positive",
        ("a", "pneumonia"): "negative",
        ("a", "opacity"): "positive",
    }
    assert reason(table, "a", "viral") == "column 'covid'; implied by child covid"
    table = harmonise(make([("a", "viral", "."), ("a", "effusion", "+")]), TREE)
    assert found(table) == {
        ("a", "viral"): "negative",
        ("a", "covid"): "negative",
        ("a", "effusion"): "positive",
    }


def test_a_union_is_negative_where_all_of_its_parts_are():
    either = Vocabulary.model_validate(
        {
            "name": "either",
            "version": "1",
            "findings": [
                {"name": "lesion", "title": "Lesion", "union_of": ["mass", "nodule"]},
                {"name": "mass", "title": "Mass", "parents": ["lesion"]},
                {"name": "nodule", "title": "Nodule", "parents": ["lesion"]},
            ],
        }
    )
    rows = [("a", "mass", "-"), ("a", "nodule", "-"), ("b", "mass", "-"), ("b", "nodule", "?")]
    rows += [("c", "mass", "-"), ("d", "mass", "-"), ("d", "nodule", "+")]
    table = harmonise(make(rows, ["mass", "nodule"]), either)
    said = {
        image: assessment for (image, name), assessment in found(table).items() if name == "lesion"
    }
    assert said == {"a": "negative", "d": "positive"}
    assert reason(table, "a", "lesion") == "column 'mass'; implied by mass and nodule"
    assert table.scope == ("lesion", "mass", "nodule")


def test_a_positive_beats_a_negative_when_both_follow():
    table = harmonise(make([("a", "covid", "+"), ("a", "pneumonia", "-")]), TREE)
    assert found(table)["a", "viral"] == "positive"


def test_two_terms_of_one_class_give_one_assessment():
    rows = [("a", "pneumonia", "-"), ("a", "lung infection", "?"), ("a", "infiltrate", "+")]
    table = harmonise(make(rows, terms={"infiltrate": "pneumonia"}), TREE)
    assert found(table)["a", "pneumonia"] == "positive"
    assert table.list_assessments().filter(pl.col("class") == "pneumonia").height == 1
    assert reason(table, "a", "pneumonia") == "column 'infiltrate'"


def test_readers_stay_apart():
    rows = [("a", "viral", "+", "R1"), ("a", "viral", "-", "R2"), ("a", "pneumonia", "-", "R2")]
    table = harmonise(make(rows), TREE)
    pneumonia = table.list_assessments().filter(pl.col("class") == "pneumonia")
    assert pneumonia.select("reader", "assessment").rows() == [
        ("R1", "positive"),
        ("R2", "negative"),
    ]


def test_unmapped_terms_are_counted_with_the_nearest_class():
    rows = [("a", "Effusions", "+"), ("b", "Effusions", "+"), ("c", "Effusions", "-")]
    rows += [("a", "Scar", "-"), ("a", "Gone", "+")]
    table = harmonise(make(rows, ["Effusions", "Scar", "Gone", "Pneumonia"], {"Gone": ""}), TREE)
    assert dict(table.unmapped.schema) == UNMAPPED_COLUMNS
    assert table.unmapped.rows() == [("Effusions", 2, "effusion"), ("Scar", 0, "")]
    assert table.list_assessments().is_empty()
    assert table.scope == ("pneumonia",)


def test_a_mapping_to_no_class_is_refused():
    with pytest.raises(VocabularyError, match="nearest: pneumonia"):
        harmonise(make([("a", "x", "+")], terms={"x": "pneumona"}), TREE)


def test_the_scope_is_what_was_looked_for_or_follows_both_ways():
    rows = [("a", "covid", "+"), ("b", "covid", "-"), ("c", "pneumonia", "-")]
    table = harmonise(make(rows, ["covid"]), TREE)
    # viral follows from covid above and from pneumonia below; opacity is only ever positive.
    assert table.scope == ("viral", "covid")
    assert found(table)["a", "opacity"] == "positive"


def test_the_order_is_that_of_images_and_of_the_vocabulary():
    rows = [("b", "effusion", "+"), ("b", "opacity", "+"), ("a", "effusion", "-")]
    table = harmonise(make(rows), TREE)
    assert table.list_assessments().select("image", "class").rows() == [
        ("a", "effusion"),
        ("b", "opacity"),
        ("b", "effusion"),
    ]


NAMES = [one.name for one in TREE.findings]


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("ab"), st.sampled_from(NAMES)), st.sampled_from("+-?"), max_size=8
    )
)
def test_against_a_slow_reference(said):
    up = {"pneumonia": ["opacity"], "viral": ["pneumonia", "opacity"]}
    up["covid"] = ["viral", "pneumonia", "opacity"]
    down = {"pneumonia": ["viral", "covid"], "viral": ["covid"]}
    expected = {}
    for (image, name), sign in said.items():
        follows = {"+": up, "-": down, "?": {}}[sign].get(name, [])
        for other in follows:
            before = expected.get((image, other), "negative")
            expected[image, other] = max(before, SIGNS[sign], key=STRENGTH.__getitem__)
    expected.update({key: SIGNS[sign] for key, sign in said.items()})
    table = harmonise(make([(*key, sign) for key, sign in said.items()]), TREE)
    assert found(table) == expected
    assert table.list_assessments().height == len(expected)
    for row in table.list_assessments().iter_rows(named=True):
        assert ("implied by" in row["reason"]) == ((row["image"], row["class"]) not in said)


def test_real_sources_in_the_classes_of_the_chest(real_data):
    chest = load_vocabulary("chest_radiograph")

    def read(manifest, folder):
        settings = SourceSettings(
            name="s", manifest=manifest, folder=real_data / folder, missing_images="exclude"
        )
        return harmonise(read_source(settings, load_manifest(manifest)), chest)

    rsna = read("rsna_pneumonia", "tables")
    assert rsna.scope == ("lung_opacity",)
    assert rsna.assessments.state.shape == (26_684, 1)
    google = read("nih_google", "tables")
    assert google.unmapped.is_empty()
    assert google.scope == ("pneumothorax", "airspace_opacity", "nodule_or_mass", "fracture")
    kermany = read("kermany_pneumonia", "kermany")
    assert kermany.scope == ("pneumonia", "bacterial_pneumonia", "viral_pneumonia")
    assert kermany.unmapped.is_empty()
    covid = read("covid_chestxray", "covid_chestxray")
    assert {"pneumonia", "covid_19", "bacterial_pneumonia", "viral_pneumonia"} <= set(covid.scope)
    assert covid.unmapped.is_empty()
