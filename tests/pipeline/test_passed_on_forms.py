"""Public sets as somebody passed them on, in ways that nobody listed: the same cells."""

import pytest
from tests.pipeline.test_public_forms import READ, compare
from tests.public_forms.changes import CHANGES

from labelassemble.pipeline.check_source import check_source

FIRST = {form.source: form for form in reversed(READ)}
KINDS = list(CHANGES)
EACH = 3
FOLDERS_TELL = ("brax", "busi", "deeplesion", "kermany_oct", "kermany_pneumonia", "refuge")
"""Sources whose folders are a part of their images' names."""


def list_files(form, root):
    form.write(root)
    paths = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def put(files, root):
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    """Three changes of each source, others for each; those that change nothing fall out."""
    made = []
    for at, form in enumerate(FIRST.values()):
        files = list_files(form, tmp_path_factory.mktemp("form"))
        for kind in (KINDS[(EACH * at + of) % len(KINDS)] for of in range(EACH)):
            changed = CHANGES[kind](files)
            told = form.source in FOLDERS_TELL and kind.startswith("images in")
            if changed != files and not told:
                made.append((form, kind, changed))
    return made


@pytest.mark.parametrize("name", ["tbx_all", "chestxdet"])
def test_lists_elsewhere_are_found(name, tmp_path):
    form = next(one for one in READ if one.name == name)
    files = list_files(form, tmp_path / "as_published")
    put(CHANGES["lists in a folder of their own"](files), tmp_path / "moved")
    check = check_source(form.source, tmp_path / "moved")
    assert check.problems == ()
    compare(form, check.table)


def test_many_sources_are_changed_in_every_way(cases):
    assert len({form.source for form, _, _ in cases}) >= 25
    assert {kind for _, kind, _ in cases} >= set(CHANGES) - {"lists in a folder of their own"}


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_the_same(kind, cases, tmp_path):
    for form, _, files in (case for case in cases if case[1] == kind):
        root = tmp_path / form.source
        put(files, root)
        check = check_source(form.source, form.folder(root))
        assert [str(one) for one in check.problems] == [], form.name
        compare(form, check.table)
