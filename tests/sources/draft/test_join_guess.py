from labelassemble.sources.draft.join_guess import join_guesses
from labelassemble.sources.draft.survey import survey_folder
from labelassemble.sources.draft.table_draft import guess_table

IMAGES = "uid,filename\n1,a.png\n1,b.png\n2,c.png\n"


def join(folder, labels):
    for name in ("a.png", "b.png", "c.png"):
        (folder / name).touch()
    (folder / "images.csv").write_text(IMAGES)
    (folder / "labels.csv").write_text(labels)
    survey = survey_folder(folder)
    names = ("images.csv", "labels.csv")
    return join_guesses(
        survey, [guess_table(survey, name, lambda word: None) for name in names], lambda word: None
    )


def test_labels_by_study_beside_images(tmp_path):
    found = join(tmp_path, "uid,diagnosis\n1,drusen\n2,scar\n")
    assert found.joined == (("labels.csv", "uid"),)
    assert found.roles.image.column == "filename"
    assert found.peek.table["diagnosis"].to_list() == ["drusen", "drusen", "scar"]


def test_a_key_that_tells_no_rows_apart_or_holds_other_values(tmp_path):
    assert join(tmp_path / ".", "uid,diagnosis\n1,drusen\n1,scar\n") is None
    assert join(tmp_path, "uid,diagnosis\n8,drusen\n9,scar\n") is None
