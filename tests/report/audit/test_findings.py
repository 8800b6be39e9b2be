import dataclasses

from labelassemble.report.audit.findings import Findings, gather_findings
from labelassemble.report.overview import overview_of_table


def test_what_was_found_is_complete_and_repeats(content):
    found = gather_findings(content)
    again = gather_findings(content)
    for name in Findings._fields:
        one, other = getattr(found, name), getattr(again, name)
        if name == "counts":
            assert one.equals(other)
        elif name != "persons":
            assert one == other, name
    assert found.overview == overview_of_table(content.table)
    assert found.leaks == []
    assert found.foreign_seen == []


def test_positives_are_those_of_sources_that_looked(content):
    found = gather_findings(content)
    assert set(found.positives) == set(content.table.classes)
    assert found.positives["hernia"] == 0


def test_fractions_come_from_the_settings(content, table):
    separate = gather_findings(content).separate
    assert (separate.test_fraction, separate.validation_fraction) == (0.25, 0.2)
    silent = dataclasses.replace(content, table=dataclasses.replace(table, manifest={}))
    separate = gather_findings(silent).separate
    assert (separate.test_fraction, separate.validation_fraction) == (0.2, 0.15)


def test_a_split_without_test_is_still_asked_what_it_would_leak(content, table):
    settings = {**table.manifest["settings"], "test_fraction": 0.0}
    none = dataclasses.replace(table, manifest={**table.manifest, "settings": settings})
    assert gather_findings(dataclasses.replace(content, table=none)).separate.test_fraction == 0.2
