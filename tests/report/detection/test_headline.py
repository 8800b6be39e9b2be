from dataclasses import replace

from labelassemble.report.detection.headline import headline_content
from labelassemble.report.short_answer import answer_shortly
from labelassemble.report.write_report import render_report


def test_lesions_are_what_the_short_prediction_speaks_of(make_lesions, simulate_content, read_html):
    content = replace(simulate_content(drawn=False), lesions=make_lesions())
    answer = answer_shortly(content)
    assert answer.sentence.startswith(
        "label-assemble is better than single: on the same patients its mean FROC score is .200"
    )
    assert "AUROC" not in answer.sentence
    assert answer.mean.methods["single"].auroc.text.startswith(".550")
    assert "mean sensitivity for lesions at 1/8 to 8 false positives" in answer.detail
    words = read_html(render_report(content)).words
    assert "Mean FROC score, single" in words
    assert "Mean AUROC" not in words


def test_without_a_comparison_the_scores_are_told(make_lesions, simulate_content):
    content = replace(simulate_content(drawn=False), lesions=make_lesions(compared=False))
    assert "reaches a mean FROC score of .550" in answer_shortly(content).sentence


def test_images_alone_speak_of_auroc(simulate_content):
    content = simulate_content(drawn=False)
    assert headline_content(content) is content
    assert "AUROC" in answer_shortly(content).sentence
