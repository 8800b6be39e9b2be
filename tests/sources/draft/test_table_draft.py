from labelassemble.sources.draft.peek import Peek
from labelassemble.sources.draft.survey import survey_folder
from labelassemble.sources.draft.table_draft import draft_table, guess_table
from labelassemble.sources.draft.table_group import TableGuess, group_tables
from labelassemble.vocabulary.vocabulary import load_vocabulary

FIND = load_vocabulary("chest_radiograph").find
TEXT = "image,person,age,sex,Labels\n" + "".join(
    f"{number:03}.png,P{number // 2},{30 + number},{'MF'[number % 2]},{word}\n"
    for number, word in enumerate(["Mass|Edema", "Mass", "Edema", "Normal", "", "Mass"])
)


def draft(folder, files, images=()):
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name in images:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    survey = survey_folder(folder)
    guesses = [guess_table(survey, name, FIND) for name in survey.tables]
    groups = group_tables(survey, [one for one in guesses if isinstance(one, TableGuess)])
    return draft_table(survey, groups[0], FIND), groups


def values(draft, table):
    return {key: line.value for key, line in draft.tables[table].items()}


def test_a_table(tmp_path):
    made, _ = draft(tmp_path, {"labels.csv": TEXT})
    assert values(made, "table") == {
        "file": "labels.csv",
        "image": "image",
        "patient": "person",
        "age": "age",
        "sex": "sex",
    }
    assert made.labels.labels["encoding"].value == "delimited_list"
    assert made.what.startswith("labels.csv: 6 rows; column 'Labels' holds lists of 2 words")


def test_a_patient_in_the_image_s_name(tmp_path):
    text = "image,class\n" + "".join(f"{n // 2:04}_{n % 2}.png,Mass\n" for n in range(20))
    made, _ = draft(tmp_path, {"a.csv": text})
    assert "patient_pattern" in values(made, "table")
    made, _ = draft(tmp_path, {"a.csv": "image,class\na.png,Mass\nb.png,Edema\n"})
    assert values(made, "table")["patient"] is None
    assert "no column seems to name the patient" in made.tables["table"]["patient"].comment


def test_parts_of_one_table(tmp_path):
    head, *rows = TEXT.splitlines(keepends=True)
    files = {"train.csv": head + "".join(rows[:3]), "valid.csv": head + "".join(rows[3:])}
    made, groups = draft(tmp_path, files)
    assert [[one.name for one in group] for group in groups] == [["train.csv", "valid.csv"]]
    assert values(made, "table")["file"] == ("train.csv", "valid.csv")
    assert values(made, "split")["files"] == {"train.csv": "train", "valid.csv": "validate"}
    assert made.what.startswith("train.csv, valid.csv: 6 rows")


def test_two_versions_of_one_table_are_not_put_together(tmp_path):
    _, groups = draft(tmp_path, {"a.csv": TEXT, "b.csv": TEXT})
    assert len(groups) == 2


def test_other_words_for_the_sex_a_split_and_a_modality(tmp_path):
    text = "image,gender,set,modality,Labels\n"
    rows = [
        "a.png,man,train,X-ray,Mass|Edema",
        "b.png,woman,test,CT,Mass",
        "c.png,man,test,CT,Edema",
    ]
    made, _ = draft(tmp_path, {"a.csv": text + "\n".join(rows) + "\n"})
    assert values(made, "table")["sex_values"] == {"man": "", "woman": ""}
    assert values(made, "split") == {"column": "set", "values": {"test": "test", "train": "train"}}
    assert made.asides == ("modality is CT, X-ray: table.keep.modality = [...] takes some of them",)


def test_other_labels_are_told(tmp_path):
    text = "image,Labels,finding\na.png,Mass|Edema,Mass\nb.png,Mass,Mass\nc.png,Edema,Normal\n"
    made, _ = draft(tmp_path, {"a.csv": text})
    assert any("not taken: column 'finding'" in one for one in made.asides)


def test_files_raise_the_score(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    _, without = draft(tmp_path / "a", {"labels.csv": TEXT}, ["x.png"])
    _, with_files = draft(tmp_path / "b", {"labels.csv": TEXT}, [f"i/{n:03}.png" for n in range(6)])
    assert with_files[0][0].score > without[0][0].score + 40


def test_lists_and_what_names_no_image(tmp_path):
    (tmp_path / "list.txt").write_text("a.png\nb.png\n", encoding="utf-8")
    (tmp_path / "numbers.csv").write_text("x,y\n1.5,2.5\n3.5,1.5\n", encoding="utf-8")
    survey = survey_folder(tmp_path)
    assert all(isinstance(guess_table(survey, name, FIND), Peek) for name in survey.tables)


def test_a_table_that_cannot_be_read_strictly(tmp_path):
    made, _ = draft(tmp_path, {"labels.csv": TEXT + "9.png,P9\n"})
    assert any("cannot be read strictly" in one for one in made.asides)
