"""Open-i: reports in XML, with qualified headings."""

import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.manifest_file import load_manifest

REPORT = (
    '<eCitation><meta type="rr"/><uId id="{uid}"/><MedlineCitation/>{images}'
    "<MeSH>{major}<automatic>calcinosis</automatic></MeSH></eCitation>"
)


def openi(uid, majors, views=("1001",)):
    names = [f"{uid}_IM-0001-{view}" for view in views]
    images = "".join(
        f'<parentImage id="{name}"><figureId>F1</figureId></parentImage>' for name in names
    )
    major = "".join(f"<major>{one}</major>" for one in majors)
    return REPORT.format(uid=uid, images=images, major=major)


def read_openi(read, *reports, **files):
    texts = {f"ecgen-radiology/{place}.xml": text for place, text in enumerate(reports, 1)}
    return read("openi", {**texts, **files})


def test_openi(read):
    found = read_openi(
        read,
        openi("CXR1", ["Cardiomegaly/borderline", "Pulmonary Artery/enlarged"], ["1001", "2001"]),
        openi("CXR2", ["normal"]),
        openi("CXR3", ["No Indexing"]),
        openi("CXR4", ["Costophrenic Angle/right/posterior/blunted/mild", "Thickening/apex"]),
        openi("CXR5", ["Subcutaneous  Emphysema/chest", "Thoracic vertebrae/degenerative"]),
        openi("CXR6", []),
        openi("CXR7", ["Opacity/lung/base/left", "Technical Quality of Image Unsatisfactory "]),
        openi("CXR8", ["Lung/hypoinflation"], []),
        **{"NLMCXR_png/CXR1_IM-0001-1001.png": ""},
    )
    first, lateral = "CXR1_IM-0001-1001", "CXR1_IM-0001-2001"
    assert found.terms(first) == found.terms(lateral)
    assert found.found(first)["cardiomegaly"] == "+"
    assert found.found(first)["enlarged_pulmonary_artery"] == "+"
    assert found.found(first)["pneumothorax"] == "-"
    assert "calcification" not in found.found(first)
    assert found.column("patient")[first] == found.column("patient")[lateral] == "CXR1"
    assert found.column("path")[first].endswith("NLMCXR_png/CXR1_IM-0001-1001.png")
    assert set(found.terms("CXR2_IM-0001-1001").values()) == {"-"}
    assert found.terms("CXR3_IM-0001-1001") == found.terms("CXR6_IM-0001-1001") == {}
    blunted = found.found("CXR4_IM-0001-1001")
    assert blunted["costophrenic_blunting"] == "+"
    # An angle that is blunted, and a thickening of the apex, leave these open.
    assert not {"effusion", "pleural_thickening"} & set(blunted)
    assert blunted["pneumothorax"] == "-"
    assert found.found("CXR5_IM-0001-1001")["subcutaneous_emphysema"] == "+"
    assert found.found("CXR5_IM-0001-1001")["vertebral_degeneration"] == "+"
    assert found.terms("CXR7_IM-0001-1001") == {"Opacity": "+"}
    assert found.table.excluded["image"].to_list() == ["ecgen-radiology/8.xml"]
    assert found.evidence(first) == {"report"}


def test_openi_reads_every_heading(read):
    scope = load_manifest("openi").scope
    words = [*scope.terms, *scope.positive_only]
    found = read_openi(read, *(openi(f"CXR{place}", [word]) for place, word in enumerate(words)))
    for place, word in enumerate(words):
        assert found.terms(f"CXR{place}_IM-0001-1001")[word] == "+"


def test_a_heading_that_openi_does_not_have_is_refused(read):
    with pytest.raises(SourceError, match="'Noodle' in MeSH/major has no meaning: 1 image"):
        read_openi(read, openi("CXR1", ["Noodle"]))
