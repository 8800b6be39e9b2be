"""Public sets in the forms in which they circulate: every cell is what it must be, or is
reported."""

import re
from pathlib import Path

import pytest
from tests.public_forms.form import REST
from tests.public_forms.forms import FORMS
from tests.public_forms.page import PAGE, rewrite_page

from labelassemble.files.volume_file import is_volume
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.pipeline.check_source import check_source
from labelassemble.pipeline.draft_manifest import draft_manifest
from labelassemble.pipeline.identify_source import identify_source
from labelassemble.settings import AssemblySettings, Recipe, SourceSettings
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.read import read_source
from labelassemble.vocabulary.choose_vocabulary import choose_vocabulary
from labelassemble.vocabulary.vocabulary import load_vocabulary

SIGN = {"positive": "+", "negative": "-", "uncertain": "?"}
STUDY = "study 1.2.826.0.1."
ENDING = re.compile(r"\.(png|jpe?g|dcm|dicom|nii\.gz|nii)$", re.I)
BOX = ["term", "x_min", "y_min", "x_max", "y_max", "frame_width", "frame_height"]
READ = [one for one in FORMS if one.source and not one.refused]


def expand(form, table):
    """Image to its patient, part and the sign of every term."""
    terms = form.terms or table.scope
    made = {}
    for key, text in form.says.items():
        patient, part, said = (one.strip() for one in text.split(" | ", 2))
        parts = [one for one in said.split("; ") if one]
        signs = {one[1:]: one[0].replace("±", "+-") for one in parts if one != REST}
        rest = {term: "-" for term in terms if term not in signs} if REST in parts else {}
        made[key.lower()] = (patient, part, {**rest, **signs})
    return made


def find_keys(form, table):
    """Image of the table to the key under which the form speaks of it; each once."""
    found = {}
    for image, path in table.images.select("image", "path").iter_rows():
        place = ENDING.sub("", (path or image).replace("#", "/")).lower()
        keys = [key for key in form.says if place.endswith(key.lower())]
        assert len(keys) == 1, f"{path} is {keys}"
        assert keys[0] not in found.values(), f"{keys[0]} twice"
        found[image] = keys[0]
    return found


def compare(form, table):
    """Compare every cell of a form with what it must say."""
    keys = find_keys(form, table)
    assert sorted(keys.values()) == sorted(form.says)
    wanted = expand(form, table)
    signs = {image: {} for image in keys}
    for row in table.list_assessments().iter_rows(named=True):
        signs[row["image"]].setdefault(row["term"], set()).add(SIGN[row["assessment"]])
    for row in table.images.iter_rows(named=True):
        key = keys[row["image"]]
        said = {term: "".join(sorted(of)) for term, of in signs[row["image"]].items()}
        patient = str(row["patient"])
        # Where nobody names a patient, the study of a DICOM file stands for one.
        patient = "None" if patient.startswith(STUDY) else patient
        found = (patient, str(row["official_split"]), said)
        assert found == wanted[key.lower()], key
        facts = form.facts.get(key, {})
        assert {name: row[name] for name in facts} == dict(facts), key
        boxes = table.boxes.filter(image=row["image"]).select(BOX).sort(BOX).rows()
        assert boxes == sorted(form.boxes.get(key, ())), key


@pytest.fixture
def made(request, tmp_path):
    """A form, and the folder of it that a user names."""
    request.param.write(tmp_path / request.param.name)
    return request.param, request.param.folder(tmp_path / request.param.name)


def each(forms):
    return pytest.mark.parametrize("made", forms, indirect=True, ids=[one.name for one in forms])


@each([one for one in FORMS if one.source])
def test_every_cell_is_what_it_must_be(made):
    form, folder = made
    check = check_source(form.source, folder)
    problems = [str(one) for one in check.problems]
    if form.refused:
        assert problems[:1] == [form.refused.replace("{folder}", str(folder))]
        return
    assert problems == []
    compare(form, check.table)
    said = "\n".join(str(one) for one in check.remarks)
    assert [told for told in form.told if told not in said] == []


@each([one for one in FORMS if not one.source])
def test_a_draft_gives_every_cell_too(made, tmp_path):
    form, folder = made
    drafted = draft_manifest(folder, tmp_path / "m.toml")
    assert drafted.check.problems == ()
    compare(form, drafted.check.table)
    said = "\n".join(str(one) for one in drafted.check.remarks)
    assert [told for told in form.told if told not in said] == []
    assert check_source(form.not_it, folder).status == 2


@each(READ)
def test_it_is_identified(made):
    form, folder = made
    assert form.source in [one.name for one in identify_source(folder).fitting]


@each(READ)
def test_it_is_assembled(made, tmp_path):
    form, folder = made
    source = SourceSettings(name="here", manifest=form.source, folder=folder)
    # Images are too few for model choice; of volumes alone nothing is chosen.
    few = not any(is_volume(Path(image)) for image in form.images)
    settings = AssemblySettings(allow_unscored_classes=few, similar_images="ignore")
    recipe = Recipe(name="one", sources=(source,), assembly=settings, output=tmp_path / "out")
    table = assemble_sources(recipe)
    read = read_source(source, load_manifest(form.source))
    keys = find_keys(form, read)
    vocabulary = load_vocabulary(choose_vocabulary(recipe))
    wanted = expand(form, read)
    assert sorted(table.members["image"]) == sorted(keys)
    for member in table.members.iter_rows(named=True):
        _, _, signs = wanted[keys[member["image"]].lower()]
        cells = table.cells.filter(record=member["record"]).select("class", "state").rows()
        check_cells(dict(cells), signs, read.manifest, vocabulary, set(table.classes))


def check_cells(states, signs, manifest, vocabulary, classes):
    """Hold the cells of one image against what it must say of each class."""
    said = {}
    for term, sign in signs.items():
        name = manifest.terms.get(term, vocabulary.find(term))
        if name:
            said.setdefault(name, set()).update(sign)
    there, maybe = (imply(said, sign, vocabulary) for sign in "+?")
    open_ = {name for name, of in said.items() if {"+", "-"} <= of}  # readers disagree
    positive = {name for name, state in states.items() if state == "positive"}
    assert positive - open_ == (there & classes) - open_
    uncertain = {name for name, state in states.items() if state == "uncertain"}
    assert uncertain - open_ <= maybe - there
    for name, of in said.items():
        if of == {"-"} and name not in there | maybe:
            assert states[name] == "negative", name
        if of == {"?"} and name not in there:
            assert states[name] == "uncertain", name


def imply(said, sign, vocabulary):
    """Classes with a sign, and those above them of which nothing else is said."""
    up = vocabulary.imply_up()
    direct = {name for name, of in said.items() if sign in of}
    return direct | {over for name in direct for over in up.get(name, ()) if over not in said}


def test_the_page_has_every_form():
    page = PAGE.read_text(encoding="utf-8")
    assert rewrite_page(page) == page
    assert all(form.what in page for form in FORMS)
    assert len({form.name for form in FORMS}) == len(FORMS)
