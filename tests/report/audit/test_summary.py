import dataclasses

from labelassemble.assembly.audit import Leak
from labelassemble.report.audit.findings import gather_findings
from labelassemble.report.audit.summary import summarise_audit


def test_a_summary_says_what_the_page_says(content):
    found = gather_findings(content)
    lines = summarise_audit(content, found).splitlines()
    splits = found.overview.splits
    assert lines[0].startswith("No leak is known in the split: ")
    assert (
        f"Parts: {splits['train']} train, {splits['validate']} validate, {splits['test']} test, "
        f"{splits['unused']} unused" in lines
    )
    assert "Joined: 20 images that another source shows too; 21 links in all" in lines
    assert f"Conflicts: {content.table.conflicts.height} pairs of assessments differ" in lines
    assert any(line.startswith("Unknown: ") and line.endswith("of 656 cells") for line in lines)
    assert "Before you build on it:" in lines


def test_leaks_are_named_first_and_cut(content):
    images = tuple(f"train: north/{n}.png" for n in range(6))
    leaks = [Leak("image", f"north/{n}.png", ("train", "test"), images) for n in range(12)]
    lines = summarise_audit(content, gather_findings(content)._replace(leaks=leaks)).splitlines()
    assert lines[0].startswith("The split leaks: 12 images")
    assert lines[1].startswith("  image north/0.png: train: north/0.png, ")
    assert lines[1].endswith("and 2 more")
    assert lines[11] == "  and 2 more, listed in the page"


def test_an_empty_table(content, bare):
    empty = dataclasses.replace(content, table=bare)
    text = summarise_audit(empty, gather_findings(empty))
    assert "Conflicts: no pairs of assessments differ" in text
    assert "Before" not in text
