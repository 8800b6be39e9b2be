import dataclasses

import pytest

from labelassemble.report.audit.manifest_facts import (
    read_evidence,
    read_evidence_order,
    read_fraction,
    read_manifest_facts,
)
from labelassemble.setting_types import EVIDENCE


def test_facts_are_followed(table):
    assert read_manifest_facts(table, "sources", "north")["licence"] == "CC BY 4.0"
    assert read_fraction(table, "test_fraction", 0.5) == 0.25
    assert read_evidence(table, ["north", "south"]) == {
        "north": "text_mining",
        "south": "radiologist",
    }
    assert read_evidence_order(table) == ("consensus", "radiologist", "text_mining")


@pytest.mark.parametrize(
    "manifest", [{}, {"sources": 3, "settings": []}, {"sources": {"north": 1}}]
)
def test_what_is_not_told_has_a_plain_prediction(table, manifest):
    odd = dataclasses.replace(table, manifest=manifest)
    assert read_manifest_facts(odd, "sources", "north") == {}
    assert read_fraction(odd, "test_fraction", 0.5) == 0.5
    assert read_evidence(odd, ["north"]) == {"north": "unstated"}
    assert read_evidence_order(odd) == EVIDENCE
