import pytest

from labelassemble.errors import VocabularyError
from labelassemble.sources.manifest_file import builtin_manifests
from labelassemble.vocabulary.vocabulary import (
    Finding,
    Vocabulary,
    load_vocabulary,
    same_term,
)

NIH = [
    "atelectasis",
    "cardiomegaly",
    "effusion",
    "infiltration",
    "mass",
    "nodule",
    "pneumonia",
    "pneumothorax",
    "consolidation",
    "edema",
    "emphysema",
    "fibrosis",
    "pleural_thickening",
    "hernia",
]


@pytest.fixture(scope="module")
def chest():
    return load_vocabulary("chest_radiograph")


def load(tmp_path, text):
    (tmp_path / "v.toml").write_text(f'name = "v"\nversion = "1"\n{text}', encoding="utf-8")
    return load_vocabulary(str(tmp_path / "v.toml"))


def finding(name, **more):
    lines = [f'{key} = "{value}"' for key, value in {"title": name, **more}.items()]
    return f'[[findings]]\nname = "{name}"\n' + "\n".join(lines) + "\n"


def test_the_chest_begins_with_the_fourteen_of_nih(chest):
    names = [one.name for one in chest.findings]
    assert names[:14] == NIH
    assert len(names) >= 40
    assert {"lung_opacity", "covid_19", "bacterial_pneumonia", "viral_pneumonia"} <= set(names)
    assert [chest.index(name) for name in names] == list(range(len(names)))


def test_every_term_of_the_built_in_scopes_means_a_class(chest):
    for manifest in builtin_manifests().values():
        vocabulary = load_vocabulary(manifest.vocabulary) if manifest.vocabulary else chest
        # "" sets a term aside.
        names = {one.name for one in vocabulary.findings} | {""}
        for term in (*manifest.looked_for, *manifest.scope.positive_only):
            assert manifest.terms.get(term, vocabulary.find(term)) in names
        assert set(manifest.terms.values()) <= names


@pytest.mark.parametrize(
    ("term", "name"),
    [
        ("Effusion", "effusion"),
        ("pleural  effusion", "effusion"),
        ("Pericardial Effusion", "pericardial_effusion"),
        ("Pleural_Thickening", "pleural_thickening"),
        ("pleural-thickening", "pleural_thickening"),
        ("Infiltrate", "infiltration"),
        ("subcutaneous emphysema", "subcutaneous_emphysema"),
        ("Pulmonary Emphysema", "emphysema"),
        ("pseudonodule", "pseudonodule"),
        ("COVID-19", "covid_19"),
        ("Nodule/Mass", "nodule_or_mass"),
        ("Nodule or mass", "nodule_or_mass"),
        ("PNEUMONIA", "pneumonia"),
        ("Enlarged Cardiomediastinum", "enlarged_cardiomediastinum"),
        ("Pleural Other", "pleural_other"),
        ("ILD", "interstitial_lung_disease"),
        ("large effusion", None),
        ("effus", None),
        ("", None),
    ],
)
def test_whole_terms_only(chest, term, name):
    assert chest.find(term) == name


def test_no_synonym_is_another_finding(chest):
    for one in chest.findings:
        for word in (one.name, one.title, *one.synonyms):
            assert chest.find(word) == one.name


def test_ways_up_and_down(chest):
    up, down = chest.imply_up(), chest.imply_down()
    assert up["covid_19"] == ("viral_pneumonia", "pneumonia")
    assert down["covid_19"] == ("viral_pneumonia", "pneumonia")
    assert up["consolidation"] == ("airspace_opacity", "lung_opacity")
    assert down["consolidation"] == ("airspace_opacity",)
    assert set(up["hydropneumothorax"]) == {"effusion", "pneumothorax"}
    assert "effusion" not in up
    # lung_opacity is reached by both ways, and once.
    assert up["kerley_lines"] == ("interstitial_pattern", "lung_opacity")
    assert down["kerley_lines"] == ()
    assert "effusion" not in up.get("pericardial_effusion", ())
    assert "emphysema" not in up.get("subcutaneous_emphysema", ())


def test_unions(tmp_path):
    child = finding("b") + 'parents = ["a"]\n' + finding("c") + 'parents = ["a"]\n'
    vocabulary = load(tmp_path, finding("a") + 'union_of = ["c", "b"]\n' + child)
    assert vocabulary.unions() == {"a": ("c", "b")}
    assert vocabulary.findings[1].union_of == ()
    assert load(tmp_path, finding("a") + child).unions() == {}


def test_nearest_names(chest):
    assert chest.nearest("Atelektasis")[0] == "atelectasis"
    assert len(chest.nearest("Atelektasis")) <= 3
    assert chest.nearest("xyzzy") == ()


def test_an_unknown_class_is_refused(chest):
    with pytest.raises(VocabularyError, match="nearest: pneumonia"):
        chest.index("pneumona")


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("", "findings: it is required and missing"),
        ("findings = []", "at least 1"),
        ('titel = "x"\n' + finding("a"), "titel: no key 'titel'"),
        ('[[findings]]\nname = "A b"\ntitle = "x"', "findings.0.name"),
        (finding("a", sinonyms="b"), "no key 'sinonyms'; nearest: synonyms"),
        (finding("a", radlex="28493"), "findings.0.radlex"),
        (finding("a") + finding("a"), "the name a belongs to two findings"),
        (finding("a", radlex="RID1") + finding("b", radlex="RID1"), "the radlex RID1 belongs"),
        (finding("a", umls="C0000001") + finding("b", umls="C0000001"), "the umls C0000001"),
        (finding("a") + finding("b", title="A"), "'A' means both a and b"),
        (finding("a") + 'parents = ["c"]', "a: no finding 'c'"),
        (finding("a") + 'parents = ["b"]\n' + finding("b") + 'parents = ["a"]', "own ancestor"),
        (finding("a") + 'parents = [{ name = "a", up = true }]', "no key 'up'"),
        (finding("a") + 'union_of = ["b"]\n' + finding("bb"), "union_of: no finding 'b'"),
        (
            finding("a") + 'union_of = ["b", "c"]\n' + finding("b") + finding("c"),
            "names b, which does not list a as a parent that implies up",
        ),
        (
            finding("a")
            + 'union_of = ["b"]\n'
            + finding("b")
            + 'parents = [{ name = "a", implies_up = false }]\n',
            "names b, which does not list a as a parent that implies up",
        ),
        (
            finding("a") + 'union_of = ["b"]\n' + finding("b") + 'parents = ["a"]\n',
            "a: union_of needs two findings or more, each once",
        ),
        (
            finding("a") + 'union_of = ["b", "b"]\n' + finding("b") + 'parents = ["a"]\n',
            "a: union_of needs two findings or more, each once",
        ),
        (finding("a") + 'union_of = ["a", "b"]\nparents = ["a"]\n' + finding("b"), "own ancestor"),
        (finding("a", union="b"), "no key 'union'; nearest: union_of"),
        ("findings = a", "Invalid value"),
    ],
)
def test_a_vocabulary_that_contradicts_itself_is_refused(tmp_path, text, got):
    with pytest.raises(VocabularyError) as caught:
        load(tmp_path, text)
    assert got in caught.value.got


def test_what_is_no_vocabulary_is_refused(tmp_path):
    with pytest.raises(VocabularyError, match="nearest: chest_radiograph"):
        load_vocabulary("chest_radiographs")
    with pytest.raises(VocabularyError, match="No such file"):
        load_vocabulary(str(tmp_path / "none.toml"))
    (tmp_path / "latin.toml").write_bytes('name = "Zürich"'.encode("latin-1"))
    with pytest.raises(VocabularyError, match="TOML as UTF-8"):
        load_vocabulary(str(tmp_path / "latin.toml"))


def test_a_way_that_does_not_imply_ends_there():
    grand, parent = Finding(name="a", title="a"), {"name": "a", "implies_up": False}
    vocabulary = Vocabulary(
        name="v",
        version="1",
        findings=(
            grand,
            Finding.model_validate({"name": "b", "title": "b", "parents": [parent]}),
            Finding.model_validate({"name": "c", "title": "c", "parents": ["b"]}),
        ),
    )
    assert vocabulary.imply_up()["c"] == ("b",)
    assert vocabulary.imply_down()["c"] == ("b", "a")


def test_one_form_of_a_term():
    assert same_term(" A_b-C \t d") == "a b c d"
