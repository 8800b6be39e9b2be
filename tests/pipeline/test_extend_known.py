"""Copies of built-in sources under other names become manifests that extend them."""

import random

import pytest
from tests.pipeline.renamed_copies import make_original, rename

from labelassemble.pipeline.check_source import check_source
from labelassemble.pipeline.describe_draft import describe_draft
from labelassemble.pipeline.draft_manifest import draft_manifest
from labelassemble.sources.manifest_file import builtin_manifests

MANIFESTS = builtin_manifests()


def hexadecimal(n, digits):
    return f"{random.Random(n).getrandbits(4 * digits):0{digits}x}"


NAMES = {
    "nih_chestxray14": lambda n: f"{n // 2 + 1:08d}_{n % 2:03d}",
    "nih_google": lambda n: f"{n // 2 + 1:08d}_{n % 2:03d}",
    "nih_cxr_lt": lambda n: f"{n // 2 + 1:08d}_{n % 2:03d}",
    "chexpert": lambda n: f"train/patient{n // 2 + 1:05d}/study1/view{n % 2 + 1}_frontal",
    "eyepacs": lambda n: f"{n // 2 + 10}_{('left', 'right')[n % 2]}",
    "ham10000": lambda n: f"ISIC_{24306 + n:07d}",
    "isic2018_task3": lambda n: f"ISIC_{24306 + n:07d}",
    "rsna_pneumonia": lambda n: "-".join(
        hexadecimal(n, 32)[a:b] for a, b in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
    ),
    "siim_pneumothorax": lambda n: f"1.2.276.0.7230010.3.1.4.8323329.{n + 100}.1517875160.{n}",
    "vindr_cxr": lambda n: hexadecimal(n, 32),
    "vindr_cxr_kaggle": lambda n: hexadecimal(n, 32),
    "vindr_pcxr": lambda n: hexadecimal(n, 32),
    "aptos2019": lambda n: hexadecimal(n, 12),
    "padchest": lambda n: f"{20536686640136348236148679891455886468 + n}_k6g{n:03d}",
    "odir5k": lambda n: f"{n // 2}_{('left', 'right')[n % 2]}",
    "jsrt": lambda n: f"JPC{'LN' if n % 2 else 'NN'}{n + 1:03d}",
    "mimic_cxr_lt": lambda n: "-".join(hexadecimal(8 * n + k, 8) for k in range(5)),
}


def cells(check):
    """Every statement of a table, by image and term as published."""
    assert check.table is not None, check.problems
    rows = check.table.list_assessments()
    plain = {
        (str(row["image"]).rpartition("images/")[2], _plain(row["term"]), str(row["reader"] or ""))
        : (row["assessment"], row["evidence"])
        for row in rows.iter_rows(named=True)
    }  # fmt: skip
    assert plain
    facts = {
        (str(row["image"]), str(row["patient"]), str(row["view"]), str(row["sex"]), str(row["age"]))
        for row in check.table.images.iter_rows(named=True)
    }
    return plain, facts


def _plain(term):
    return "".join(sign for sign in term.lower() if sign.isalnum())


def write_pair(name, tmp_path, seed):
    manifest = MANIFESTS[name]
    original = make_original(manifest, NAMES[name], seed=seed)
    original.write(tmp_path / "original")
    copy = rename(original, manifest, seed)
    copy.write(tmp_path / "ours")
    return copy


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", NAMES)
def test_a_copy_under_other_names_says_the_same(name, seed, tmp_path):
    write_pair(name, tmp_path, seed)
    drafted = draft_manifest(tmp_path / "ours", tmp_path / "m.toml")
    assert drafted.extends == name, describe_draft(drafted)
    assert drafted.check is not None
    assert not drafted.check.problems
    as_published = check_source(name, tmp_path / "original", missing_images="exclude")
    assert cells(drafted.check) == cells(as_published)


def test_where_two_fit_what_differs_is_told_and_none_is_taken(tmp_path):
    manifest = MANIFESTS["vindr_mammo"]
    original = make_original(manifest, lambda n: hexadecimal(n, 32))
    density = [*MANIFESTS["vindr_mammo_density"].scope.terms]
    original.header.append("thickness of tissue")
    for n, row in enumerate(original.rows):
        row.append(density[n % len(density)])
    changed = {
        "image_id": "img",
        "study_id": "exam_id",
        "view_position": "view",
        "breast_birads": "score",
        "split": "fold",
    }
    original.header = [changed.get(one, one) for one in original.header]
    original.file = "ours.csv"
    original.write(tmp_path / "ours")
    drafted = draft_manifest(tmp_path / "ours", tmp_path / "m.toml")
    assert not drafted.extends
    said = describe_draft(drafted)
    assert "vindr_mammo, vindr_mammo_density: each may be it. They differ: only vindr_mammo" in said


def test_words_and_columns_alone_make_no_hospital_a_public_source(tmp_path):
    original = make_original(MANIFESTS["nih_chestxray14"], lambda n: f"N{n // 2:05d}_{n % 2:03d}")
    rename(original, MANIFESTS["nih_chestxray14"], 1).write(tmp_path / "ours")
    drafted = draft_manifest(tmp_path / "ours", tmp_path / "m.toml")
    assert (drafted.extends, drafted.known) == ("", ())
    assert "extends" not in drafted.text


def test_a_word_that_is_not_the_sources_is_told(tmp_path):
    manifest = MANIFESTS["nih_chestxray14"]
    copy = rename(make_original(manifest, NAMES["nih_chestxray14"]), manifest, 1)
    place = next(at for at, cell in enumerate(copy.rows[0]) if "telectasis" in cell.lower())
    copy.rows[3][place] = "Scoliosis"
    copy.write(tmp_path / "ours")
    assert draft_manifest(tmp_path / "ours", tmp_path / "m.toml").extends == ""


def test_a_source_that_fits_as_it_is_is_extended_anyway(tmp_path):
    original = make_original(MANIFESTS["nih_chestxray14"], NAMES["nih_chestxray14"])
    original.write(tmp_path / "ours")
    assert draft_manifest(tmp_path / "ours", tmp_path / "m.toml").text == ""
    drafted = draft_manifest(tmp_path / "ours", tmp_path / "m.toml", force=True)
    assert drafted.extends == "nih_chestxray14"
    assert drafted.check is not None
    assert cells(drafted.check) == cells(check_source("nih_chestxray14", tmp_path / "ours"))
    said = describe_draft(drafted)
    assert "It extends the built-in manifest nih_chestxray14, which fits as it is." in said
    own = draft_manifest(tmp_path / "ours", tmp_path / "own.toml", own=True)
    assert 'encoding = "delimited_list"' in own.text


def test_a_table_that_is_named_may_lack_what_the_built_in_manifest_reads_of_facts(tmp_path):
    copy = make_original(MANIFESTS["nih_chestxray14"], NAMES["nih_chestxray14"])
    lacking = ("View Position", "Patient Gender")
    kept = [at for at, column in enumerate(copy.header) if column not in lacking]
    copy.header = [copy.header[at] for at in kept]
    copy.rows = [[row[at] for at in kept] for row in copy.rows]
    copy.file = "ours.csv"
    copy.write(tmp_path / "ours")
    path = tmp_path / "m.toml"
    head = 'extends = "nih_chestxray14"\nname = "ours"\n[table]\nfile = "ours.csv"\n'
    path.write_text(head)
    check = check_source(str(path), tmp_path / "ours")
    assert not check.problems
    assert check.table is not None
    assert check.table.images["view"].null_count() == check.table.images.height
    told = [str(one) for one in check.remarks if "what it says is unknown" in str(one)]
    assert len(told) == 2
    path.write_text(head + 'patient = "Who"\nsex = "Sx"\n')
    told = [str(one) for one in check_source(str(path), tmp_path / "ours").problems]
    assert any('table.sex = "..."' in one and 'or table.sex = ""' in one for one in told)
    path.write_text(head + 'patient = ""\n')
    assert not check_source(str(path), tmp_path / "ours").problems


def test_one_table_of_a_source_in_parts_is_told_in_one_sentence(tmp_path):
    copy = make_original(MANIFESTS["chexpert"], NAMES["chexpert"])
    copy.file = "labels.csv"
    copy.write(tmp_path / "ours")
    problems = [str(one) for one in check_source("chexpert", tmp_path / "ours").problems]
    assert "one, labels.csv, whose name says no part" in problems[0]


def test_a_hospital_with_a_public_sets_columns_is_drafted_and_told(tmp_path):
    original = make_original(MANIFESTS["nih_chestxray14"], lambda n: f"N{n // 2:05d}_{n % 2:03d}")
    original.write(tmp_path / "ours")
    drafted = draft_manifest(tmp_path / "ours", tmp_path / "m.toml")
    assert (drafted.extends, drafted.known) == ("", ())
    assert 'encoding = "delimited_list"' in drafted.text
    said = describe_draft(drafted)
    assert "nih_chestxray14: its columns are there, but its images are not called 'N00000" in said
