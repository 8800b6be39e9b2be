"""A folder in, a first manifest out: each guess is written down with its reason beside it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from labelassemble.errors import SourceError
from labelassemble.pipeline.check_source import SourceCheck, check_source
from labelassemble.pipeline.propose_class import propose_class
from labelassemble.pipeline.try_known import try_known
from labelassemble.sources.archives.archive_tree import is_folder_or_archive
from labelassemble.sources.draft.alike_sources import find_alike
from labelassemble.sources.draft.choose import Chosen, choose_draft
from labelassemble.sources.draft.known_sources import find_known_sources
from labelassemble.sources.draft.labels_found import Find, LabelsFound
from labelassemble.sources.draft.own_vocabulary import (
    OwnClass,
    name_classes,
    write_vocabulary,
)
from labelassemble.sources.draft.survey import survey_folder
from labelassemble.sources.draft.write_toml import Line, write_tables, write_value
from labelassemble.sources.manifest_file import builtin_manifests
from labelassemble.vocabulary.vocabulary import (
    DEFAULT_VOCABULARY,
    Vocabulary,
    load_vocabulary,
    parse_vocabulary,
    same_term,
)

VOCABULARIES = ("chest_radiograph", "abdominal_ct")
"""Tried in this order where none is named; the one that knows the most of the words is taken."""
KNOWN_ENOUGH = 0.25
"""Share of the words that a vocabulary must know; else the draft writes one of its own."""


@dataclass(frozen=True)
class Drafted:
    """What became of a folder."""

    folder: Path
    """The folder."""
    known: tuple[str, ...]
    """Built-in manifests that fit it and can be read as they are; then nothing was drafted, unless
    that was asked for."""
    text: str
    """The manifest as TOML; blank: none was drafted."""
    path: Path | None
    """Where it was written."""
    vocabulary: str
    """Name of the vocabulary in which terms were looked up."""
    others: tuple[str, ...]
    """What else in the folder could be read as a source."""
    check: SourceCheck | None
    """What a check says of it."""
    own_vocabulary: Path | None = None
    """Where a vocabulary of the words that were found was written; none: a built-in one knows
    them."""
    differing: tuple[str, ...] = ()
    """Built-in manifests whose files are there, but which cannot be read as they are, and why."""
    passed: tuple[str, ...] = ()
    """Which files are not used and why, a line a reason."""
    flags: tuple[str, ...] = ()
    """What the command needs to read the first of `known`: its vocabulary, missing images."""


def draft_manifest(
    folder: Path,
    output: Path | None = None,
    table: str | None = None,
    vocabulary: str | None = None,
    anyway: bool = False,
) -> Drafted:
    """Write a first manifest for a folder, and check it.

    Where a built-in manifest fits, its name is all there is to say.

    Args:
        folder: the source's folder.
        output: where to write; must not exist. None: the text is only returned, unchecked.
        table: path below the folder of the table that is meant, where there are several.
        vocabulary: a built-in name, or the path of a TOML file; none: the built-in one that knows
            the most of the words.
        anyway: draft even where a built-in manifest fits.

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
    found = find_known_sources(folder, builtin_manifests(), table)
    tried = [try_known(name, folder, vocabulary) for name in found]
    known = tuple(one.name for one in tried if not one.problems)
    differing = tuple(f"{one.name}: {one.problems}" for one in tried if one.problems)
    if not known:
        differing += find_alike(folder, builtin_manifests(), found)
    if known and not anyway:
        flags = next(one.flags for one in tried if not one.problems)
        return Drafted(folder, known, "", None, "", (), None, differing=differing, flags=flags)
    survey = survey_folder(folder)
    words = [load_vocabulary(name) for name in ([vocabulary] if vocabulary else VOCABULARIES)]
    chosen = choose_draft(survey, _find_in(words), table)
    best = max(words, key=lambda one: _count_known(chosen, one))
    name, own = vocabulary or best.name, ""
    if vocabulary is None and (classes := _name_own(chosen, best)):
        own = write_vocabulary(folder.absolute().name, classes)
        best = parse_vocabulary(own, "the vocabulary drafted")
    named = f"{output.stem}_vocabulary.toml" if own and output else name
    if vocabulary and vocabulary.endswith(".toml"):
        named = str(Path(vocabulary).absolute())
    text = write_draft(folder, chosen, best, known, named)
    drafted = Drafted(
        folder, known, text, None, name, chosen.others, None, differing=differing,
        passed=chosen.passed,
    )  # fmt: skip
    if output is None:
        return drafted
    beside = output.with_name(f"{output.stem}_vocabulary.toml") if own else None
    if beside:
        _write_new(beside, own)
        name = str(beside)
    _write_new(output, text)
    check = check_source(str(output), folder)
    return replace(drafted, path=output, vocabulary=name, check=check, own_vocabulary=beside)


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
    words = labels.names if labels else []
    if not words or _count_known(chosen, best) >= KNOWN_ENOUGH * len(words):
        return ()
    column = labels.labels["column"].value if labels and "column" in labels.labels else ""
    return name_classes(words, same_term, str(column))


def write_draft(
    folder: Path,
    chosen: Chosen,
    vocabulary: Vocabulary,
    known: tuple[str, ...] = (),
    named: str = DEFAULT_VOCABULARY,
) -> str:
    """Write a first manifest as TOML, each guess with its reason beside it.

    Args:
        folder: the source's folder; its name becomes the source's.
        chosen: what was guessed.
        vocabulary: knows the classes.
        known: built-in manifests that fit too.
        named: what the manifest calls the vocabulary.
    """
    draft, labels = chosen.draft, chosen.draft.labels
    tables: dict[str, Mapping[str, Line]] = {"": _head(folder, draft.labels, named)}
    layout = dict(draft.tables)
    if "table" in layout:
        tables["table"] = layout.pop("table")
    if labels:
        tables["labels"] = labels.labels
        tables |= _scope(labels, vocabulary)
    tables |= layout
    lines = [
        f"# A first manifest for {folder.absolute().name}/, drafted from: {draft.what}.",
        '# Where it says "guessed", it is a guess: check it.',
        "#",
    ]
    if labels and not labels.own_scope:
        lines += [
            "# ONE THING ONLY YOU KNOW: THE SCOPE. A term of scope.terms that is not listed on an",
            "# image is NEGATIVE there. Which of them were looked for on every image? Move the",
            "# others to scope.also_listed (positive where listed, else unknown), and add to",
            "# scope.terms what was looked for and never found.",
        ]
    elif labels:
        lines += [
            "# ONE THING ONLY YOU KNOW: THE SCOPE. What was looked for on every image, what on a",
            "# part, what not at all? A negative counts only where somebody looked: see [scope]",
            "# and [[subsets]] in docs/manifests.md.",
        ]
    else:
        lines += ["# No labels were found: as it stands, nobody looked for anything."]
    if draft.instead:
        lines += [
            "#",
            "# If every image has what its folder is called, write this instead (... for what was",
            "# looked for):",
            *(f"#   {line}" for line in draft.instead),
        ]
    notes = [*draft.asides]
    notes += [f"also there: {other}" for other in chosen.others]
    notes += [f"the built-in manifest {name} fits this folder too" for name in known]
    if notes:
        lines += ["#", "# Seen beside it:", *(f"# - {_clean(note)}" for note in notes)]
    return "\n".join(lines) + "\n\n" + write_tables(tables) + "\n"


def _head(folder: Path, labels: LabelsFound | None, vocabulary: str) -> dict[str, Line]:
    name = re.sub(r"[^a-z0-9_-]+", "_", folder.absolute().name.lower()).strip("_") or "source"
    head = {
        "name": Line(name),
        "title": Line(""),
        "modality": Line("", "X-ray, CT, ultrasound, ..."),
        "licence": Line("", "under which terms the data may be used"),
        "citation": Line("", "what to cite"),
    }
    if vocabulary != DEFAULT_VOCABULARY:
        head["vocabulary"] = Line(vocabulary, "knows the classes, where no recipe names another")
    if labels:
        head["evidence"] = Line(
            "unstated", "laboratory, consensus, radiologist, report, text_mining or model"
        )
    return head


def _scope(labels: LabelsFound, vocabulary: Vocabulary) -> dict[str, Mapping[str, Line]]:
    """The manifest's scope, and its terms: what each word means."""
    scope: dict[str, Line] = {}
    terms: dict[str, Line] = {}
    said = []
    for word, text in labels.words.items():
        said_as = labels.called.get(word, word)
        name = vocabulary.find(said_as)
        proposed = None if name else propose_class(said_as, vocabulary)
        if name and said_as != word:
            meaning = name
            terms[word] = Line(name, f"guessed: the choice {said_as!r}")
        elif name:
            meaning = name
        elif proposed:
            meaning = f"{proposed}, by [terms]"
            terms[word] = Line(proposed, "guessed from the steps of the path: check")
        else:
            near = ", ".join(vocabulary.nearest(said_as))
            meaning = "not in the vocabulary" + (f"; nearest: {near}" if near else "")
            hint = f"nearest: {near}" if near else 'a class, or "" to set it aside'
            terms[word] = Line(None, f'{write_value(word)} = ""  # {hint}')
        said.append(f"{text} -> {meaning}")
    if labels.own_scope:
        scope["#"] = Line(None, "looked for, as [labels] says:")
        for word, text in zip(labels.words, said, strict=True):
            scope[f"# {word}"] = Line(None, f"- {word}: {text}")
    elif labels.words:
        scope["terms"] = Line(
            tuple(labels.words), "all words that were seen; see above", tuple(said)
        )
    if labels.none:
        scope["no_finding"] = Line(
            tuple(labels.none), "rules out all of scope.terms", tuple(labels.none.values())
        )
    if labels.silent:
        blank = '; "" is a blank cell: if that means no finding, move it there'
        scope["not_labels"] = Line(
            labels.silent, f"says nothing: every cell unknown{blank * ('' in labels.silent)}"
        )
    tables: dict[str, Mapping[str, Line]] = {"scope": scope} if scope else {}
    if terms:
        tables["terms"] = terms
    return tables


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


def _clean(text: str) -> str:
    return " ".join(text.split())
