"""A folder in, a first manifest out: each guess is written down with its reason beside it."""

from dataclasses import replace
from pathlib import Path

from labelassemble.errors import SourceError, as_word
from labelassemble.pipeline.check_source import check_source
from labelassemble.pipeline.drafted import Drafted
from labelassemble.pipeline.extend_known import extend_known, try_known
from labelassemble.pipeline.propose_class import propose_class
from labelassemble.pipeline.write_draft import write_draft
from labelassemble.sources.archives.archive_tree import is_folder_or_archive
from labelassemble.sources.draft.alike_sources import find_alike
from labelassemble.sources.draft.choose import Chosen, choose_draft
from labelassemble.sources.draft.known_sources import find_known_sources
from labelassemble.sources.draft.labels_found import Find
from labelassemble.sources.draft.other_names import names_differ
from labelassemble.sources.draft.own_vocabulary import (
    OwnClass,
    name_own_classes,
    write_vocabulary,
)
from labelassemble.sources.draft.survey import survey_folder
from labelassemble.sources.manifest_file import builtin_manifests
from labelassemble.vocabulary.vocabulary import (
    Vocabulary,
    load_vocabulary,
    parse_vocabulary,
    same_term,
)

VOCABULARIES = ("chest_radiograph", "abdominal_ct")
"""Tried in this order where none is named; the one that knows the most of the words is taken."""
KNOWN_ENOUGH = 0.25
"""Share of the words that a vocabulary must know; else the draft writes one of its own."""


def draft_manifest(
    folder: Path,
    output: Path | None = None,
    table: str | None = None,
    vocabulary: str | None = None,
    force: bool = False,
    own: bool = False,
) -> Drafted:
    """Write a first manifest for a folder, and check it.

    Where a built-in manifest fits, its name is all there is to say; where it fits but for names of
    tables, columns and words, a manifest that extends it.

    Args:
        folder: the source's folder.
        output: where to write; must not exist. None: the text is only returned, unchecked.
        table: path below the folder of the table that is meant, where there are several.
        vocabulary: a built-in name, or the path of a TOML file; none: the built-in one that knows
            the most of the words.
        anyway: write one that extends the built-in manifest even where this fits as it is.
        own: draft from what is seen, whatever built-in manifest fits.

    Raises:
        SourceError: no such folder or table, nothing in it that could be a source, or a file at
            ``output`` already.
        VocabularyError: no such vocabulary.
    """
    if not is_folder_or_archive(folder):
        raise SourceError(
            f"a folder at {folder}",
            "a file" if folder.exists() else "no such folder",
            "Name the folder of the source, or its zip or tar archive",
        )
    if output is not None and output.exists():
        raise SourceError(
            "a file that is not there yet", f"{output}, which is", "Name another with --output"
        )
    manifests = builtin_manifests()
    tried = [
        try_known(name, folder, vocabulary) for name in find_known_sources(folder, manifests, table)
    ]
    strange = {one.name for one in tried if names_differ(manifests[one.name], one.images)}
    known = tuple(one.name for one in tried if not one.problems and one.name not in strange)
    differing = tuple(f"{one.name}: {one.problems}" for one in tried if one.problems)
    differing += tuple(
        f"{one.name}: its columns are there, but its images are not called {one.images[0]!r}. If "
        f"it is that source all the same: labelassemble check {one.name} {as_word(folder)}"
        for one in tried
        if one.name in strange and not one.problems
    )
    if known and not force and not own:
        flags = next(one.flags for one in tried if one.name == known[0])
        return Drafted(folder, known, "", None, "", (), None, differing=differing, flags=flags)
    survey = survey_folder(folder)
    if not own:
        extended = extend_known(survey, manifests, known, table, vocabulary)
        differing = (*extended.near, *(one for one in differing if not extended.text))
        if extended.text:
            drafted = Drafted(
                folder, known, extended.text, None, vocabulary or "", (), None,
                extends=extended.name, said=extended.said, differing=differing,
                flags=extended.flags,
            )  # fmt: skip
            return _write_and_check(drafted, output)
    if not known:
        differing += find_alike(folder, manifests, [one.name for one in tried])
    words = [load_vocabulary(name) for name in ([vocabulary] if vocabulary else VOCABULARIES)]
    chosen = choose_draft(survey, _find_in(words), table)
    best = max(words, key=lambda one: _count_known(chosen, one))
    name, words_of_its_own = vocabulary or best.name, ""
    if vocabulary is None and (classes := _name_own(chosen, best)):
        words_of_its_own = write_vocabulary(folder.absolute().name, classes)
        best = parse_vocabulary(words_of_its_own, "the vocabulary drafted")
    named = f"{output.stem}_vocabulary.toml" if words_of_its_own and output else name
    if vocabulary and vocabulary.endswith(".toml"):
        named = str(Path(vocabulary).absolute())
    text = write_draft(folder, chosen, best, known, named)
    drafted = Drafted(
        folder, known, text, None, name, chosen.others, None, differing=differing,
        passed=chosen.passed,
    )  # fmt: skip
    if output is not None and words_of_its_own:
        beside = output.with_name(f"{output.stem}_vocabulary.toml")
        _write_new(beside, words_of_its_own)
        drafted = replace(drafted, vocabulary=str(beside), own_vocabulary=beside)
    return _write_and_check(drafted, output)


def _write_and_check(drafted: Drafted, output: Path | None) -> Drafted:
    """Write a manifest, and check it as it stands; neither where nobody says where."""
    if output is None:
        return drafted
    _write_new(output, drafted.text)
    check = check_source(
        str(output),
        drafted.folder,
        missing_images="exclude" if "exclude" in drafted.flags else "error",
    )
    return replace(drafted, path=output, check=check)


def _write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise SourceError(
            f"a place to write {path}",
            error.strerror or str(error),
            "Name another with --output",
        ) from error


def _name_own(chosen: Chosen, best: Vocabulary) -> tuple[OwnClass, ...]:
    """Classes of the words that were found, where the vocabularies know hardly any of them."""
    labels = chosen.draft.labels
    words = [one for one in labels.names if one] if labels else []
    if not words or _count_known(chosen, best) >= KNOWN_ENOUGH * len(words):
        return ()
    column = labels.labels["column"].value if labels and "column" in labels.labels else ""
    return name_own_classes(words, same_term, str(column))


def _find_in(vocabularies: list[Vocabulary]) -> Find:
    def find(term: str) -> str | None:
        for one in vocabularies:
            if name := one.find(term) or propose_class(term, one):
                return name
        return None

    return find


def _count_known(chosen: Chosen, vocabulary: Vocabulary) -> int:
    words = chosen.draft.labels.names if chosen.draft.labels else []
    return sum(bool(vocabulary.find(word) or propose_class(word, vocabulary)) for word in words)
