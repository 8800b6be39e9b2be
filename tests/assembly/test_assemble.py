"""The whole way from class tables to one table."""

import gzip
import json
import zipfile
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sklearn.model_selection import GroupShuffleSplit

from labelassemble.assembly.assemble import assemble_table
from labelassemble.assembly.assembled_table import FRAMES, fits_columns
from labelassemble.assembly.audit import audit_table, find_leaks
from labelassemble.assembly.settle_cells import NO_FILE
from labelassemble.assembly.table_folder import write_table
from labelassemble.errors import AssemblyError
from labelassemble.setting_types import EVIDENCE
from labelassemble.settings import AssemblySettings, CrosswalkSettings
from labelassemble.sources.assessments import NEGATIVE, NO_REASON, POSITIVE, Assessments, Reason
from labelassemble.vocabulary.vocabulary import Finding, Vocabulary

LENIENT = AssemblySettings(allow_unscored_classes=True)


def write_walk(folder, *pairs, left="a", right="b"):
    file = folder / f"{left}_to_{right}.csv"
    file.write_text("left,right\n" + "".join(f"{one},{two}\n" for one, two in pairs))
    return CrosswalkSettings(
        file=file, left_source=left, left_column="left", right_source=right, right_column="right"
    )


def list_contents(*rows):
    schema = {"source": pl.String, "image": pl.String, "sha256": pl.String}
    files = pl.DataFrame(rows, schema=schema, orient="row")
    return files.with_columns(
        pixel_sha256=pl.lit(None, pl.String), fingerprint=pl.lit(None, pl.Binary)
    )


def test_two_assessments_on_one_image_become_one_cell(
    make_table, make_source, vocabulary, tmp_path
):
    a = make_table("a", {"1": {"patient": "p", "age": 50.0}}, [("1", "mass", "-")])
    b = make_table(
        "b",
        {"x": {"path": None, "sex": "M", "age": 51.0}, "y": {}},
        [("x", "mass", "+"), ("x", "nodule", "+"), ("y", "nodule", "-")],
    )
    table = assemble_table(
        [a, b],
        vocabulary,
        AssemblySettings(
            crosswalks=(write_walk(tmp_path, ("1", "x")),), allow_unscored_classes=True
        ),
        sources=[make_source("a"), make_source("b")],
    )
    assert table.records.drop("split", "split_reason", "fold").rows() == [
        ("a/1", "a", "/files/a/1", "a/p", 0, None, 50.0, "M"),
        ("b/y", "b", "/files/b/y", "b/y", 1, None, None, None),
    ]
    assert table.members.rows() == [
        ("a/1", "a", "1", "/files/a/1", "a/p", "table"),
        ("a/1", "b", "x", None, None, "crosswalk"),
        ("b/y", "b", "y", "/files/b/y", None, "table"),
    ]
    assert table.cells.select("record", "class", "label", "source").rows() == [
        ("a/1", "mass", 0.0, "a"),
        ("a/1", "nodule", 1.0, "b"),
        ("b/y", "nodule", 0.0, "b"),
    ]
    assert table.conflicts.height == 1
    assert table.scopes == {"a": ("mass",), "b": ("mass", "nodule")}
    assert table.classes == ("mass", "nodule")


def test_schemas_are_as_announced_even_where_frames_are_empty(make_table, make_source, vocabulary):
    a = make_table("a", ["1"], [], scope=["mass"])
    table = assemble_table([a], vocabulary, LENIENT, sources=[make_source("a")])
    for name in FRAMES:
        assert fits_columns(getattr(table, name), name)
    assert table.manifest["unscored_classes"] == ["mass"]


def test_identical_files_are_one_image_unless_told_otherwise(make_table, make_source, vocabulary):
    a = make_table("a", ["1", "2"], [("1", "mass", "+"), ("2", "mass", "-")])
    contents = list_contents(("a", "1", "same"), ("a", "2", "same"))
    merged = assemble_table([a], vocabulary, LENIENT, sources=[make_source("a")], contents=contents)
    assert merged.records.height == 1
    assert merged.members["evidence"].to_list() == ["table", "same file"]
    assert merged.cells["state"].to_list() == ["uncertain"]
    apart = assemble_table(
        [a],
        vocabulary,
        LENIENT.model_copy(update={"same_content": False}),
        sources=[make_source("a")],
        contents=contents,
    )
    assert apart.records.height == 2


def test_images_without_any_file_are_excluded_and_listed(make_table, make_source, vocabulary):
    a = make_table(
        "a", {"1": {}, "2": {"path": None}}, [("1", "mass", "+"), ("2", "mass", "+")], excluded="z"
    )
    source = make_source("a", missing_images="exclude")
    table = assemble_table([a], vocabulary, LENIENT, sources=[source])
    assert table.excluded.rows() == [("a", "2", NO_FILE, 1), ("a", "z", "not frontal", 1)]
    assert table.cells["record"].to_list() == ["a/1"]
    assert table.manifest["images"] == {"a": {"held": 1, "excluded": 2}}


def test_images_without_any_file_are_an_error_by_default(make_table, make_source, vocabulary):
    a = make_table("a", {"1": {}, "2": {"path": None}}, [("1", "mass", "+")])
    with pytest.raises(AssemblyError, match="1 without, such as a/2"):
        assemble_table([a], vocabulary, LENIENT, sources=[make_source("a")])


def test_images_without_any_file_may_be_kept_for_work_on_tables(
    make_table, make_source, vocabulary
):
    a = make_table("a", {"1": {"path": None}}, [("1", "mass", "+")])
    table = assemble_table(
        [a], vocabulary, LENIENT, sources=[make_source("a", missing_images="keep")]
    )
    assert table.records["path"].to_list() == [None]
    assert table.excluded.is_empty()


def test_boxes_stand_on_images(make_table, make_source, vocabulary):
    box = (1.0, 2.0, 3.0, 4.0, 100, 100)
    boxes = [("1", "mass", "R1", *box), ("2", "hernia", None, *box), ("3", "mass", None, *box)]
    a = make_table("a", ["1", "2"], [("1", "mass", "+"), ("2", "mass", "-")], boxes=boxes[:2])
    table = assemble_table([a], vocabulary, LENIENT, sources=[make_source("a")])
    assert table.boxes.rows() == [("a/1", "mass", "a", "1", "R1", *box)]


def test_names_that_manifests_share_join_by_themselves(make_table, make_source, vocabulary):
    shares = ({"source": "a"}, {"source": "a", "ours": "patient", "theirs": "patient"})
    a = make_table("a", {"1": {"patient": "p"}, "2": {"patient": "q"}}, [("1", "mass", "+")])
    b = make_table(
        "b", {"1": {"path": None}, "9": {"patient": "q"}}, [("9", "mass", "-")], overlaps=shares
    )
    sources = [make_source("a"), make_source("b")]
    table = assemble_table([a, b], vocabulary, LENIENT, sources=sources)
    assert table.records.select("record", "group").rows() == [("a/1", 0), ("a/2", 1), ("b/9", 1)]
    assert table.links.select("left", "right", "evidence").rows() == [
        ("a/1", "b/1", "shared name"),
        ("a/2", "b/9", "shared patient"),
    ]
    assert table.groups.select("sources", "evidence").rows() == [
        ("a+b", "shared name"),
        ("a+b", "shared patient"),
    ]
    apart = LENIENT.model_copy(update={"overlapping_names": False})
    with pytest.raises(AssemblyError, match="1 without, such as b/1"):
        assemble_table([a, b], vocabulary, apart, sources=sources)


def test_folds_are_part_of_the_table(make_table, make_source, vocabulary):
    names = [f"{n:03}" for n in range(60)]
    rows = [(name, "mass", "+-"[n % 2]) for n, name in enumerate(names)]
    a = make_table("a", names, rows)
    settings = AssemblySettings(folds=3, fold=2)
    table = assemble_table([a], vocabulary, settings, sources=[make_source("a")])
    assert table.manifest["folds"] == [16, 16, 16]
    outside = table.records.filter(pl.col("split") != "test")
    assert ((outside["fold"] == 2) == (outside["split"] == "validate")).all()
    assert table.records.filter(pl.col("split") == "test")["fold"].null_count() == 12


def test_no_file_at_all_is_an_error(make_table, make_source, vocabulary):
    a = make_table("a", {"1": {"path": None}}, [("1", "mass", "+")])
    with pytest.raises(AssemblyError, match="none among 1 image"):
        assemble_table(
            [a], vocabulary, LENIENT, sources=[make_source("a", missing_images="exclude")]
        )


def test_a_class_that_cannot_be_scored_is_an_error_or_listed(make_table, make_source, vocabulary):
    names = [f"{n:02}" for n in range(30)]
    assessments = [(name, "mass", "+-"[n % 2]) for n, name in enumerate(names)]
    assessments += [(name, "hernia", "+-"[n > 0]) for n, name in enumerate(names)]
    a = make_table("a", names, assessments)
    with pytest.raises(AssemblyError) as caught:
        assemble_table([a], vocabulary, AssemblySettings(), sources=[make_source("a")])
    assert caught.value.got.startswith(
        "hernia has 0 positive in validation, 1 (of 1 patient) in train; "
    )
    table = assemble_table([a], vocabulary, LENIENT, sources=[make_source("a")])
    assert table.manifest["unscored_classes"] == ["hernia"]
    assemble_table(
        [a], vocabulary, AssemblySettings(), sources=[make_source("a")], classes=["mass"]
    )


def test_policies_of_uncertain_cells_reach_the_labels(make_table, make_source, vocabulary):
    a = make_table("a", ["1"], [("1", "mass", "?"), ("1", "nodule", "?")])
    settings = AssemblySettings(
        uncertain="soft",
        uncertain_soft=0.25,
        uncertain_by_class={"nodule": "positive"},
        allow_unscored_classes=True,
    )
    table = assemble_table(
        [a], vocabulary, settings, sources=[make_source("a")], classes=["nodule", "mass"]
    )
    assert table.labels().rows() == [("a/1", 1.0, 0.25)]
    assert table.cells["class"].to_list() == ["nodule", "mass"]


def test_a_source_of_other_classes_only_trains(make_table, make_source, vocabulary):
    names = [f"{n:02}" for n in range(20)]
    a = make_table("a", names, [(name, "mass", "+-"[n % 2]) for n, name in enumerate(names)])
    b = make_table("b", names, [(name, "nodule", "+") for name in names])
    table = assemble_table(
        [a, b],
        vocabulary,
        AssemblySettings(),
        sources=[make_source("a"), make_source("b")],
        classes=["mass"],
    )
    splits = table.records.filter(pl.col("source") == "b")["split"].unique().to_list()
    assert splits == ["train"]
    assert table.scopes == {"a": ("mass",), "b": ()}


def test_a_crosswalk_of_an_unknown_source_is_an_error(
    make_table, make_source, vocabulary, tmp_path
):
    walk = write_walk(tmp_path, ("1", "x"), right="rsan")
    with pytest.raises(AssemblyError, match="no source 'rsan'"):
        assemble_table(
            [make_table("a", ["1"], [("1", "mass", "+")])],
            vocabulary,
            AssemblySettings(crosswalks=(walk,)),
            sources=[make_source("a")],
        )


@st.composite
def draw_hospitals(draw):
    """Up to three sources with shared images, official splits, readers and missing files."""
    sources = []
    for name in ("a", "b", "c")[: draw(st.integers(1, 3))]:
        count = draw(st.integers(1, 8))
        labelled = name == "a" or draw(st.booleans())
        images = {
            f"{n}": {
                "patient": draw(st.sampled_from([None, "p", "q", "r", "s"])),
                "path": draw(st.sampled_from(["file", "file", None])),
                "official_split": draw(st.sampled_from([None, "train", "validate", "test"])),
            }
            for n in range(count)
        }
        if name == "a":
            images["0"]["path"] = "file"
        cell = st.tuples(
            st.sampled_from(sorted(images)),
            st.sampled_from(["mass", "nodule"]),
            st.sampled_from("++--?"),
            st.sampled_from(["column", "implied by child"]),
            st.sampled_from(["one", "two"]),
        )
        unique = st.lists(cell, max_size=12, unique_by=lambda row: (row[0], row[1], row[4]))
        assessments = draw(unique) if labelled else []
        roles = ["joint", "official", "train", *(["test"] if labelled else [])]
        role = draw(st.sampled_from(roles))
        listed = draw(st.lists(st.sampled_from(sorted(images)), max_size=2))
        scope = ["mass", "nodule"] if labelled else []
        sources.append((name, images, assessments, scope, role, listed))
    names = [(name, image) for name, images, *_ in sources for image in images]
    links = draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from("xyz")), max_size=6))
    return sources, links


@given(draw_hospitals(), st.integers(0, 3), st.floats(0, 1), st.floats(0, 1), st.randoms())
@budget(max_examples=50, deadline=None)
def test_nothing_leaks_and_nothing_is_lost(
    make_table,
    make_source,
    vocabulary,
    tmp_path_factory,
    hospitals,
    seed,
    test,
    validation,
    random,
):
    lists = tmp_path_factory.getbasetemp() / "lists"
    lists.mkdir(exist_ok=True)
    drawn, links = hospitals
    contents = list_contents(*((*name, content) for name, content in dict(links).items()))
    tables = [
        make_table(name, images, assessments, scope, excluded=["lost"])
        for name, images, assessments, scope, _, _ in drawn
    ]
    sources = []
    for name, *_, role, listed in drawn:
        (lists / name).write_text("\n".join(listed))
        test_list = lists / name if listed else None
        sources.append(make_source(name, split=role, test_list=test_list, missing_images="exclude"))
    settings = AssemblySettings(
        seed=seed,
        test_fraction=test,
        validation_fraction=validation,
        allow_unscored_classes=True,
    )
    table = assemble_table(tables, vocabulary, settings, sources=sources, contents=contents)
    members = table.members.join(table.records, on="record", suffix="_of_record")

    # Every image is in one place.
    held = [(row["source"], row["image"]) for row in members.to_dicts()]
    out = table.excluded.select("source", "image").rows()
    given_in = [(name, image) for name, images, *_ in drawn for image in [*images, "lost"]]
    assert sorted(held + out) == sorted(given_in)
    assert table.records["path"].null_count() == 0

    # No image, content or patient on two sides.
    used = members.filter(pl.col("split") != "unused")
    with_content = used.join(contents, on=["source", "image"], how="left")
    for key in ("record", "patient", "patient_of_record", "group", "sha256"):
        sides = with_content.drop_nulls(key).group_by(key).agg(pl.col("split").n_unique())
        assert sides.filter(pl.col("split") > 1).is_empty()

    # What sources ask for is done.
    asked = {(name, image): images[image] for name, images, *_ in drawn for image in images}
    roles = {name: (role, listed, bool(scope)) for name, _, _, scope, role, listed in drawn}
    for row in members.to_dicts():
        role, listed, labelled = roles[row["source"]]
        official = asked[row["source"], row["image"]]["official_split"]
        alone = (
            held.count((row["source"], row["image"]))
            == members.filter(pl.col("record") == row["record"]).height
        )
        held_out = row["image"] in listed or role == "test"
        held_out |= role == "official" and official == "test"
        if held_out:
            assert row["split"] == "test" or not labelled
        elif role in ("official", "train") or listed:
            assert row["split"] != "test" or not alone
        if not labelled and alone:
            assert row["split"] in ("train", "unused")

    # Validation scores what can be scored.
    assert set(table.manifest["unscored_classes"]) <= set(table.classes)
    free = {role for role, listed, _ in roles.values() if not listed} <= {"joint"}
    if free and validation > 0:
        rows = table.cells.join(table.records, on="record").filter(pl.col("split") != "test")
        for name in table.classes:
            groups = [
                rows.filter((pl.col("class") == name) & (pl.col("label") == sign))["group"]
                for sign in (0.0, 1.0)
            ]
            if all(one.n_unique() >= 2 for one in groups):
                assert name not in table.manifest["unscored_classes"]

    # The order of rows does not matter.
    shuffled = [
        make_table(
            name,
            dict(random.sample(list(images.items()), len(images))),
            random.sample(assessments, len(assessments)),
            scope,
            excluded=["lost"],
        )
        for name, images, assessments, scope, _, _ in drawn
    ]
    again = assemble_table(
        shuffled, vocabulary, settings, sources=sources, contents=contents.reverse()
    )
    for name in FRAMES:
        assert_frame_equal(getattr(table, name), getattr(again, name))
    assert json.dumps(table.manifest) == json.dumps(again.manifest)


def test_written_bytes_do_not_depend_on_the_order_of_rows(
    make_table, make_source, vocabulary, tmp_path
):
    names = [f"{n:03}" for n in range(200)]
    assessments = [(name, "mass", "+-"[n % 3 > 0], "r", f"{n % 2}") for n, name in enumerate(names)]
    for order in (1, -1):
        table = assemble_table(
            [make_table("a", names[::order], assessments[::order])],
            vocabulary,
            AssemblySettings(),
            sources=[make_source("a")],
        )
        write_table(table, tmp_path / str(order))
    for file in (tmp_path / "1").iterdir():
        assert file.read_bytes() == (tmp_path / "-1" / file.name).read_bytes()


@pytest.fixture(scope="module")
def real_tables(make_table, real_data):
    """NIH, RSNA and NIH-Google, read with no code of the package but their columns."""
    tables = real_data / "tables"

    def read(name):
        raw = (tables / name).read_bytes()
        return pl.read_csv(gzip.decompress(raw), infer_schema=False)

    def make(source, images, found):
        """``found``: a row an image, a Boolean column a class."""
        made = make_table(source, [])
        lacking = [
            pl.lit(None, kind).alias(name)
            for name, kind in made.images.schema.items()
            if name not in images.columns
        ]
        order = images["image"].arg_sort()
        said = found[order].to_numpy()
        return replace(
            made,
            images=images.with_columns(lacking).select(made.images.columns)[order],
            assessments=Assessments(
                columns=tuple(found.columns),
                image=np.arange(images.height),
                state=np.where(said, POSITIVE, NEGATIVE).astype(np.uint8),
                reason=np.ones(said.shape, dtype=np.uint16),
                reasons=(NO_REASON, Reason("column")),
                reader=pl.Series([None] * images.height, dtype=pl.String),
                evidence=pl.Series(["unstated"] * images.height, dtype=pl.Enum(EVIDENCE)),
            ),
            scope=tuple(found.columns),
        )

    entries = read("Data_Entry_2017_v2020.csv.gz").with_columns(image="Image Index")
    found = pl.col("Finding Labels").str.split("|")
    findings = entries.select(found.explode().unique()).to_series().sort().to_list()
    findings.remove("No Finding")
    held_out = read("test_list.txt.gz").to_series().to_list()
    held_out.append(read("test_list.txt.gz").columns[0])
    official = pl.when(pl.col("image").is_in(held_out)).then(pl.lit("test")).otherwise(None)
    nih = make(
        "nih",
        entries.select(
            "image",
            patient="Patient ID",
            path=pl.format("/nih/{}", "image"),
            official_split=official,
        ),
        entries.select(found.list.contains(name).alias(name.lower()) for name in findings),
    )
    with zipfile.ZipFile(tables / "kaggle_stage_2_train_labels.csv.zip") as archive:
        boxes = pl.read_csv(archive.read(archive.namelist()[0]), infer_schema=False)
    opacity = boxes.group_by(image="patientId").agg(pl.col("Target").max())
    rsna = make(
        "rsna",
        # RSNA calls its images patients.
        opacity.select("image", patient="image"),
        opacity.select(pneumonia=pl.col("Target") == "1"),
    )
    adjudicated = read("google2019_nih-chest-xray-labels.csv.gz").with_columns(image="Image Index")
    google = make(
        "google",
        adjudicated.select("image"),
        adjudicated.select(pneumothorax=pl.col("Pneumothorax") == "YES"),
    )
    return [nih, rsna, google]


@pytest.fixture(scope="module")
def assemble_real(real_tables, real_data, make_source):
    """Assemble them under a given split of NIH."""
    walks = (
        CrosswalkSettings(
            file=real_data / "tables" / "rsna_to_nih.csv.gz",
            left_source="rsna",
            left_column="rsna_image",
            right_source="nih",
            right_column="nih_image",
        ),
        CrosswalkSettings(
            file=real_data / "tables" / "google2019_nih-chest-xray-labels.csv.gz",
            left_source="google",
            left_column="Image Index",
            right_source="nih",
            right_column="Image Index",
        ),
    )
    classes = sorted(real_tables[0].scope)
    vocabulary = Vocabulary(
        name="nih", version="1", findings=tuple(Finding(name=name, title=name) for name in classes)
    )

    def run(split="joint", **settings):
        return assemble_table(
            real_tables,
            vocabulary,
            AssemblySettings(crosswalks=walks, **settings),
            sources=[
                make_source("nih", split=split),
                make_source("rsna", missing_images="exclude"),
                make_source("google", missing_images="exclude"),
            ],
        )

    return run


@pytest.fixture(scope="module")
def real_table(assemble_real):
    return assemble_real()


def test_the_real_sources_overlap_as_measured(real_table):
    assert real_table.records.height == 112_120
    assert real_table.records["group"].n_unique() == 30_805
    rsna = real_table.members.filter(pl.col("source") == "rsna")
    assert rsna.height == 26_684
    assert rsna["record"].n_unique() == 26_663
    patients = rsna.join(real_table.records, on="record", suffix="_of_record")
    assert patients["patient_of_record"].n_unique() == 11_439
    assert real_table.excluded.is_empty()
    assert real_table.manifest["leaks_prevented"] == 0


def test_the_real_joint_split_leaves_no_shared_image_and_keeps_every_share(real_table):
    used = real_table.members.join(real_table.records, on="record", suffix="_of_record")
    for key in ("record", "patient", "patient_of_record"):
        sides = used.drop_nulls(key).group_by(key).agg(pl.col("split").n_unique())
        assert sides["split"].max() == 1
    groups = real_table.records.group_by("group").agg(pl.col("split").first())
    share = groups["split"].value_counts(normalize=True)
    assert dict(share.iter_rows()) == pytest.approx(
        {"train": 0.68, "validate": 0.12, "test": 0.2}, abs=0.005
    )
    # Shares of patients with each class, the rarest (hernia) included.
    known = real_table.cells.filter(pl.col("label") == 1).join(real_table.records, on="record")
    for _, patients in known.unique(["class", "group"]).group_by("class"):
        assert (patients["split"] == "test").mean() == pytest.approx(0.2, abs=0.01)
        assert (patients["split"] == "validate").mean() == pytest.approx(0.12, abs=0.01)


def test_separate_splits_of_the_real_sources_leak_as_measured(real_table, real_tables):
    parts = []
    for table in real_tables[:2]:
        images = table.images.sort("image")
        splitter = GroupShuffleSplit(n_splits=1, test_size=0.2, random_state=0)
        _, held_out = next(splitter.split(images, groups=images["patient"].to_list()))
        split = pl.Series(["train"] * images.height).scatter(held_out, "test")
        parts.append(images.select("image", source=pl.lit(table.source), split=split))
    nih, rsna = (
        part.join(real_table.members.drop("patient"), on=["source", "image"]) for part in parts
    )
    for left, right, share in ((rsna, nih, 0.80), (nih, rsna, 0.19)):
        tested = left.filter(pl.col("split") == "test")
        trained = right.filter(pl.col("split") == "train")
        leaked = tested.join(trained, on="record", how="semi").height / tested.height
        assert leaked == pytest.approx(share, abs=0.01)
    leaks = find_leaks(real_table, pl.concat(parts).select("source", "image", "split"))
    records = {leak.name for leak in leaks if leak.kind == "image"}
    shared = nih.join(rsna, on="record").filter(pl.col("split") != pl.col("split_right"))
    assert records >= set(shared["record"])
    assert len(shared) > 7_000
    with pytest.raises(AssemblyError, match="image nih/"):
        audit_table(real_table, pl.concat(parts).select("source", "image", "split"))


def test_two_real_sources_disagree_as_measured(real_table, real_tables):
    nih, rsna, _ = real_tables
    positive = rsna.list_assessments().filter(pl.col("assessment") == "positive")
    seen = real_table.members.filter(pl.col("source") == "rsna").join(positive, on="image")
    assert seen.height == 6_012
    said = (
        nih.list_assessments().filter(pl.col("assessment") == "positive").select("image", "class")
    )
    record = real_table.members.filter(pl.col("source") == "nih").select("record", "image")
    said = said.join(record, on="image").rename({"class": "nih_class"})
    pneumonia = said.filter(pl.col("nih_class") == "pneumonia")
    assert seen.join(pneumonia, on="record", how="semi").height == 365
    assert seen.join(said, on="record", how="anti").height == 563
    conflicts = real_table.conflicts.filter(
        (pl.col("right_source") == "rsna") & (pl.col("right_assessment") == "positive")
    ).filter(pl.col("class") == "pneumonia", pl.col("left_source") == "nih")
    assert conflicts.height == pytest.approx(6_012 - 365, abs=21)


def test_the_official_split_of_nih_binds_the_others(assemble_real):
    table = assemble_real(split="official")
    assert (table.records["split"] == "test").sum() == 25_596
    assert table.manifest["unused"] == {}
