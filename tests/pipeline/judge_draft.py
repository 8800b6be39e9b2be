"""Whether what a draft gives of a source is what is true of it.

How often it is, of so many random sources: ``python -m tests.pipeline.judge_draft 200``.
"""

import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.pipeline.draft_worlds import World, make_world
from tests.pipeline.packed_worlds import make_packed_world

from labelassemble.pipeline.describe_draft import describe_draft
from labelassemble.pipeline.draft_manifest import draft_manifest
from labelassemble.sources.assessments import NEGATIVE, POSITIVE
from labelassemble.sources.label_table import LabelTable
from labelassemble.vocabulary.vocabulary import same_term


def judge(world: World, folder: Path, output: Path) -> tuple[str, str]:
    """Draft a source, and compare every cell with the truth.

    Returns:
        ``right``; ``told`` where labels were not found and the draft says so; ``lost`` where it
        does not; ``wrong`` where a cell is not true, or an image is read that is none; ``refused``
        where the draft is not read as it stands. And what it is.
    """
    drafted = draft_manifest(folder, output)
    if not drafted.text:
        drafted = draft_manifest(folder, output, own=True)
    check = drafted.check
    assert check is not None
    said = f"{describe_draft(drafted)}\n{drafted.text}"
    if check.table is None:
        return "refused", "; ".join(str(one) for one in check.problems)
    table = check.table
    images = table.images["image"].to_list()
    places = {image.rpartition("/")[2]: row for row, image in enumerate(images)}
    places |= {name.removesuffix(".png"): row for name, row in places.items()}
    rows = {stem: places.get(_file(world, stem), places.get(stem)) for stem in world.truth}
    strange = set(range(len(images))) - set(rows.values())
    wrong, known = [], 0
    truth = {
        stem: {same_term(word): there for word, there in words.items()}
        for stem, words in world.truth.items()
    }
    every = {word for words in truth.values() for word in words}
    lone = len(every) == 1
    for term in table.assessments.columns:
        states = _states(table, term)
        form = same_term(term)
        if form not in every and lone and len(table.assessments.columns) == 1:
            form = next(iter(every))
        for stem, row in rows.items():
            if row is None or states[row] not in (POSITIVE, NEGATIVE):
                continue
            known += 1
            there = truth[stem].get(form, "no such class")
            if (states[row] == POSITIVE) is not there:
                wrong.append(f"{stem} {term} {states[row]} is {there}")
        if any(states[row] == POSITIVE for row in strange):
            wrong.append(f"{term} on an image that has no label")
    if wrong:
        return "wrong", f"{len(wrong)}: {wrong[:3]}"
    if check.problems:
        return "refused", "; ".join(str(one) for one in check.problems)
    wanted = sum(there is not None for words in truth.values() for there in words.values())
    if known >= wanted:
        return "right", ""
    named = not world.labels or world.labels.rpartition("/")[2] in said
    return ("told" if named else "lost"), f"{known} of {wanted} cells"


def _file(world: World, stem: str) -> str:
    files = (one.rpartition("/")[2] for one in world.images)
    return next((one for one in files if one.rpartition(".")[0] == stem), stem)


def _states(table: LabelTable, term: str) -> list[int]:
    states = [0] * table.images.height
    for image, state in zip(table.assessments.image, table.assessments.column(term), strict=True):
        states[image] = max(states[image], int(state))
    return states


def count(worlds: int) -> Counter[str]:
    """Draft so many random sources, and count what `judge` says; tell those that are not right."""
    found = Counter[str]()
    for seed in range(worlds):
        world = make_packed_world(seed) if seed % 3 == 2 else make_world(seed)
        with TemporaryDirectory() as place:
            folder = Path(place) / "source"
            folder.mkdir()
            world.write(folder)
            kind, said = judge(world, folder, Path(place) / "m.toml")
        found[kind] += 1
        if kind not in ("right",):
            print(seed, kind, said[:200], world.what)  # noqa: T201
    return found


if __name__ == "__main__":
    print(dict(count(int(sys.argv[1]))))  # noqa: T201
