import pytest

from labelassemble.errors import SourceError
from labelassemble.settings import SourceSettings
from labelassemble.sources.manifest_file import parse_manifest
from labelassemble.sources.read import read_source

MANIFEST = """
name = "mine"
[labels]
encoding = "xml_terms"
file = "reports/*.xml"
terms = ["MeSH/major"]
image = "parentImage@id"
patient = "uId@id"
[scope]
terms = ["Mass", "Diaphragm/elevated", "Lung/small"]
positive_only = ["Lung", "Diaphragm"]
no_finding = ["normal"]
ignore = ["", "No Indexing"]
"""


def write(folder, name, terms, images=("a",), patient="7"):
    lines = [f"<major>{term}</major>" for term in terms]
    lines += [f'<parentImage id="{image}"/>' for image in images]
    body = "".join(lines[: len(terms)])
    shown = "".join(lines[len(terms) :])
    text = f'<report><uId id="{patient}"/><MeSH>{body}</MeSH>{shown}</report>'
    (folder / "reports").mkdir(exist_ok=True)
    (folder / "reports" / name).write_text(text, encoding="utf-8")


@pytest.fixture
def read(read_handmade, tmp_path):
    def read(terms=(), manifest=MANIFEST, images=("a",), name="1.xml"):
        write(tmp_path, name, terms, images)
        return read_handmade(None, manifest)

    return read


def assessments(table, image="a"):
    said = table.list_assessments().filter(image=image)
    return dict(said.select("term", "assessment").iter_rows())


def test_all_images_of_a_report_have_its_terms_and_its_patient(read):
    table = read(["Mass"], images=["a", "b"])
    assert table.images.select("image", "patient").rows() == [("a", "7"), ("b", "7")]
    assert assessments(table, "a") == assessments(table, "b")
    assert assessments(table)["Mass"] == "positive"
    assert assessments(table)["Diaphragm/elevated"] == "negative"


@pytest.mark.parametrize(
    ("written", "positive"),
    [
        ("Mass/lung/base/left", {"Mass"}),
        ("  Mass /\tlung\n", {"Mass"}),
        ("Diaphragm/left/elevated/mild", {"Diaphragm", "Diaphragm/elevated"}),
        ("Diaphragm/left", {"Diaphragm"}),
        ("Lung/small", {"Lung", "Lung/small"}),
        ("Lung/large", {"Lung"}),
    ],
)
def test_the_known_term_with_the_most_of_the_qualifiers_counts(read, written, positive):
    found = assessments(read([written]))
    assert {term for term, assessment in found.items() if assessment == "positive"} == positive


def test_nothing_said_is_nothing_known(read):
    assert assessments(read([])) == {}
    assert assessments(read(["No Indexing"])) == {}
    assert set(assessments(read(["normal"])).values()) == {"negative"}


def test_a_report_without_an_image_is_listed(read, tmp_path):
    write(tmp_path, "2.xml", ["Mass"], images=())
    table = read(["Mass"])
    assert table.excluded.select("image", "reason").rows() == [
        ("reports/2.xml", "a report without parentImage@id")
    ]
    assert table.inputs[0].rows == table.images.height + table.excluded["rows"].sum() == 2


def test_a_term_whose_heading_is_unknown_is_refused(read):
    with pytest.raises(
        SourceError, match="'Heart/large' in MeSH/major has no meaning: 1 image, such as a"
    ):
        read(["Heart/large"])


def test_an_image_may_stand_as_text(tmp_path):
    (tmp_path / "reports").mkdir()
    text = "<report><MeSH><major>Mass</major></MeSH><file> a </file></report>"
    (tmp_path / "reports" / "1.xml").write_text(text)
    manifest = MANIFEST.replace("parentImage@id", "file").replace('patient = "uId@id"\n', "")
    source = SourceSettings(name="mine", manifest="m", folder=tmp_path, missing_images="exclude")
    table = read_source(source, parse_manifest(manifest, "m"))
    assert table.images.select("image", "patient").rows() == [("a", None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<report>", "XML at"),
        ("", "XML at"),
        ('<!DOCTYPE r [<!ENTITY a "b">]><report>&a;</report>', "a report as plain XML"),
    ],
)
def test_what_is_no_plain_xml_is_refused(read, tmp_path, text, expected):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "2.xml").write_text(text)
    with pytest.raises(SourceError) as caught:
        read(["Mass"])
    assert expected in caught.value.expected


def test_no_files_no_images_and_no_path_are_refused(read_handmade, tmp_path, read):
    with pytest.raises(SourceError, match=r"reports/\*\.xml"):
        read_handmade(None, MANIFEST)
    with pytest.raises(SourceError, match="none in 1 file"):
        read(["Mass"], images=())
    with pytest.raises(SourceError, match="is no path of elements"):
        read(["Mass"], MANIFEST.replace("MeSH/major", "MeSH["))
