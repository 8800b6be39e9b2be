from dataclasses import replace

from labelassemble.report.detection.page import lesion_section
from labelassemble.report.palette import style_methods
from labelassemble.report.write_report import render_report


def test_a_panel_a_class_that_has_curves(make_lesions):
    styles = style_methods(["single", "label-assemble"])
    shown = lesion_section(make_lesions(), styles, str)
    (panel,) = shown["panels"]
    assert panel[0] == "nodule"
    assert panel[2] == [("single", ".550"), ("label-assemble", ".750")]
    assert panel[1].alt == "FROC curves of nodule: single .550, label-assemble .750"
    assert shown["compared"]
    assert len(shown["tables"]) == 4


def test_the_report_has_a_part_on_lesions_only_where_they_were_looked_for(
    make_lesions, simulate_content, read_html
):
    content = simulate_content()
    assert 'id="lesions"' not in render_report(content)
    page = render_report(replace(content, lesions=make_lesions()))
    read = read_html(page)
    assert "lesions" in read.ids
    assert "#lesions" in read.links
    assert "Mean sensitivity at 1/8 to 8 false positives a scan" in read.words
    assert "p is corrected over the classes" in read.words
    assert "mass: no known positive" in read.words.lower()
    alone = render_report(replace(content, lesions=replace(make_lesions(), curves={})))
    assert "so there are no curves" in read_html(alone).words
