from labelassemble.sources.draft.passed_over import list_passed_over
from labelassemble.sources.draft.set_aside import set_aside
from labelassemble.sources.draft.survey import survey_folder
from labelassemble.sources.draft.table_draft import guess_table


def judge(folder, files):
    for name, text in files.items():
        (folder / name).write_text(text)
    survey = survey_folder(folder)
    return set_aside([guess_table(survey, name, lambda word: None) for name in files])


LABELS = "image,target\na.png,1\nb.png,0\n"
EMPTY = "image,target\nc.png,0\nd.png,0\n"


def test_a_form_for_predictions_by_its_name(tmp_path):
    found = judge(tmp_path, {"train.csv": LABELS, "Sample-Submission.csv": LABELS})
    assert list(found) == ["Sample-Submission.csv"]


def test_the_same_prediction_everywhere_beside_predictions_that_vary(tmp_path):
    assert list(judge(tmp_path, {"a.csv": LABELS, "b.csv": EMPTY})) == ["b.csv"]


def test_the_same_prediction_everywhere_alone_may_be_true(tmp_path):
    assert judge(tmp_path, {"b.csv": EMPTY}) == {}


def test_files_that_are_not_used_are_told_a_line_a_reason(tmp_path):
    for name in ("a.png", "r1.pdf", "r2.pdf", "t.csv", "u.csv", "d.json"):
        (tmp_path / name).write_text("x")
    lines = list_passed_over(survey_folder(tmp_path), {"t.csv"}, {"u.csv": "no labels"})
    assert lines == (
        "1 file: u.csv: no labels",
        "1 file: d.json: not read as labels",
        "2 files: r1.pdf, r2.pdf: .pdf files, which are neither images nor tables to it",
    )
