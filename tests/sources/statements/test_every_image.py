import pytest

from labelassemble.errors import SourceError
from labelassemble.pipeline.check_source import check_source
from labelassemble.sources.manifest_file import parse_manifest

CASES = 'name = "n"\nlabels.encoding = "every_image"\n'


def test_every_image_has_one_and_is_free_of_another(read_handmade):
    text = CASES + 'labels.positive = ["COVID-19"]\nlabels.negative = "Tuberculosis"\n'
    table = read_handmade(None, text, ["a.png", "deep/b.png"])
    said = table.list_assessments().select("image", "term", "assessment").rows()
    assert said == [
        ("a.png", "COVID-19", "positive"),
        ("a.png", "Tuberculosis", "negative"),
        ("deep/b.png", "COVID-19", "positive"),
        ("deep/b.png", "Tuberculosis", "negative"),
    ]
    assert table.scope == ("COVID-19", "Tuberculosis")


def test_a_table_may_say_who_is_on_the_images(read_handmade):
    text = CASES + 'labels.negative = ["Mass"]\ntable.file = "labels.csv"\ntable.patient = "p"\n'
    table = read_handmade("image,p\na,1\nb,1\n", text)
    assert table.images["patient"].to_list() == ["1", "1"]
    assert table.list_assessments()["assessment"].to_list() == ["negative", "negative"]


def test_check_counts_them(tmp_path):
    for name in ("a.png", "b.png", "c.png"):
        (tmp_path / name).touch()
    manifest = tmp_path / "m.toml"
    manifest.write_text(CASES + 'labels.positive = ["COVID-19"]\nlabels.negative = ["Mass"]\n')
    check = check_source(str(manifest), tmp_path)
    assert [(one.term, one.name, one.positive, one.negative) for one in check.terms] == [
        ("COVID-19", "covid_19", 3, 0),
        ("Mass", "mass", 0, 3),
    ]
    assert check.status == 0


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("", "give positive"),
        ('labels.positive = ["a"]\nlabels.negative = ["a"]', "'a' stands twice"),
        ('labels.positive = [" "]', "' ' is no term"),
        ('labels.positive = ["a"]\nscope.terms = ["a"]', r"leave scope\.terms out"),
    ],
)
def test_what_says_nothing_or_contradicts_itself_is_refused(keys, said):
    with pytest.raises(SourceError, match=said):
        parse_manifest(CASES + keys, "here")
