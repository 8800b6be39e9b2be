"""What the names of folders and files mean."""

from unicodedata import normalize

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.assessments import Statements
from labelassemble.sources.compile_pattern import compile_pattern
from labelassemble.sources.encodings.folder_names import FolderNames
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import FACTS, Rows, make_rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.term_cells import BETWEEN, split_words
from labelassemble.sources.uncertain_terms import state_words_and_doubts


def read_folder_names(images: pl.Series, labels: FolderNames, problems: Problems = AT_ONCE) -> Rows:
    """Take the names of image files apart.

    Args:
        images: paths below the images folder, with ``/``.
        labels: the patterns.
        problems: takes files that no pattern matches.

    Returns:
        Rows whose one label cell, ``words``, holds the words.
    """
    patterns = [compile_pattern(pattern) for pattern in labels.patterns]
    rows, strange = [], []
    for image in images:
        # Words are written as in tables and manifests; the image keeps the name of its file.
        name = normalize("NFC", image)
        match = next((found for one in patterns if (found := one.fullmatch(name))), None)
        if match is None:
            strange.append(image)
            continue
        groups = {"image": image, **match.groupdict(default="")}
        words = [word for name, word in groups.items() if name.startswith("term") and word]
        rows.append((*(groups.get(fact, "") for fact in FACTS), BETWEEN.join(words)))
    if strange:
        problems.note(
            "names of image files that a pattern of the manifest matches",
            f"{plural(len(strange), 'image file')} of {len(images):,} that no pattern of "
            "labels.patterns matches",
            "Keep the folders as published where they say the class; else add a pattern, or narrow "
            "images.glob",
            count=len(strange),
            example=some(strange, 3),
        )
    facts = {fact: [row[place] for row in rows] for place, fact in enumerate(FACTS)}
    return make_rows(facts["image"], facts, words=[row[-1] for row in rows])


def state_folder_names(
    rows: Rows, labels: FolderNames, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of the words in names, as `read_names` gathered them.

    >>> pattern = r"(?P<term>sick|well)/(?P<patient>\\d+)\\.png"
    >>> labels = FolderNames(encoding="folder_names", patterns=(pattern,))
    >>> rows = read_folder_names(pl.Series(["sick/1.png", "well/2.png"]), labels)
    >>> scope = Scope(terms=("sick",), no_finding=("well",))
    >>> state_folder_names(rows, labels, scope).state.tolist()
    [[3], [1]]
    """
    return state_words_and_doubts(
        rows.facts["image"], rows.cells["words"], split_words, scope, "file name", problems
    )
