from dataclasses import replace

import polars as pl
import pytest

from labelassemble.assembly.check_tables import check_tables, choose_classes
from labelassemble.errors import AssemblyError
from labelassemble.settings import AssemblySettings


def test_matching_tables_pass(make_table, make_source):
    check_tables(
        [make_table("a", ["1"]), make_table("b", ["1"])], [make_source("a"), make_source("b")]
    )


@pytest.mark.parametrize(
    ("tables", "sources", "got"),
    [
        (["a"], ["b"], "tables of a"),
        (["a", "b"], ["b", "a"], "tables of a, b"),
        ([], [], "tables of no source"),
        (["a", "a"], ["a", "a"], "a twice"),
    ],
)
def test_tables_and_settings_of_other_sources(make_table, make_source, tables, sources, got):
    with pytest.raises(AssemblyError) as caught:
        check_tables(
            [make_table(name, ["1"]) for name in tables], [make_source(name) for name in sources]
        )
    assert caught.value.got == got


@pytest.mark.parametrize(
    ("images", "assessments", "got"),
    [
        (["1", None], [], "1 without"),
        (["1", "2", "1"], [], "1 more than once"),
    ],
)
def test_odd_rows(make_table, make_source, images, assessments, got):
    table = make_table("a", [str(number) for number in range(len(images))], assessments)
    table = replace(table, images=table.images.with_columns(image=pl.Series(images)))
    with pytest.raises(AssemblyError) as caught:
        check_tables([table], [make_source("a")])
    assert caught.value.got == got
    assert caught.value.expected.startswith("in the source a: ")


def test_assessments_on_an_image_that_is_not_there(make_table, make_source):
    table = make_table("a", ["1", "2"], [("2", "mass", "+")])
    table = replace(table, images=table.images.head(1))
    with pytest.raises(AssemblyError, match="assessments on rows 1 to 1 of 1 images"):
        check_tables([table], [make_source("a")])


@pytest.mark.parametrize(("folds", "fold"), [(1, 0), (0, 1), (5, 5)])
def test_folds_that_cannot_be(make_table, vocabulary, folds, fold):
    tables = [make_table("a", [], scope=["mass"])]
    with pytest.raises(AssemblyError, match=f"folds = {folds}, fold = {fold}"):
        choose_classes(tables, vocabulary, AssemblySettings(folds=folds, fold=fold), ())


def test_classes_are_all_annotated_ones_in_the_order_of_the_vocabulary(make_table, vocabulary):
    tables = [make_table("a", [], scope=["nodule"]), make_table("b", [], scope=["effusion"])]
    assert choose_classes(tables, vocabulary, AssemblySettings(), ()) == ("effusion", "nodule")


def test_classes_asked_for_keep_their_order(make_table, vocabulary):
    tables = [make_table("a", [], scope=["nodule", "effusion", "mass"])]
    chosen = choose_classes(tables, vocabulary, AssemblySettings(), ["nodule", "effusion"])
    assert chosen == ("nodule", "effusion")


@pytest.mark.parametrize(
    ("classes", "policies", "said"),
    [
        (["nodul"], {}, "no class 'nodul'; nearest: nodule"),
        (["mass", "mass"], {}, "mass twice"),
        (["hernia"], {}, "nobody annotates hernia; annotated: mass"),
        ([], {"massive": "positive"}, "no class 'massive'; nearest: mass"),
    ],
)
def test_classes_that_cannot_be(make_table, vocabulary, classes, policies, said):
    tables = [make_table("a", [], scope=["mass"])]
    with pytest.raises(AssemblyError) as caught:
        choose_classes(tables, vocabulary, AssemblySettings(uncertain_by_class=policies), classes)
    assert said in caught.value.got


def test_sources_without_any_label_make_a_table_without_classes(make_table, vocabulary):
    tables = [make_table("a", []), make_table("b", [])]
    assert choose_classes(tables, vocabulary, AssemblySettings(), ()) == ()
