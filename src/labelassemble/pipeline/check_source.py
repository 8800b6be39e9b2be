"""A manifest and a folder in, everything that is wrong with them out, before anything runs."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from labelassemble.pipeline.propose_class import propose_class
from labelassemble.settings import SourceSettings
from labelassemble.sources.checks.manifest_keys import check_manifest
from labelassemble.sources.checks.read_leniently import read_leniently
from labelassemble.sources.draft.write_toml import write_key, write_value
from labelassemble.sources.label_table import LabelTable
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import Problem, name_nearest, plural, problem, remark
from labelassemble.sources.read import Progress
from labelassemble.sources.verdicts import POSITIVE, STATES
from labelassemble.vocabulary.harmonise import ClassTable, harmonise
from labelassemble.vocabulary.vocabulary import Vocabulary, load_vocabulary

MissingImages = Literal["error", "leave_out", "keep"]


@dataclass(frozen=True)
class TermCount:
    """What a source says of one of its terms: numbers of images.

    Where several readers speak, the strongest verdict on an image counts.
    """

    term: str
    """In the source's own words."""
    name: str | None
    """The class it means; ``""`` where the manifest sets it aside, none where the vocabulary does
    not know it."""
    positive: int
    """Images on which it is there."""
    negative: int
    """Images on which it was looked for and is not there."""
    uncertain: int
    """Images on which it may be there."""
    unknown: int
    """Images on which nobody looked."""


@dataclass(frozen=True)
class SourceCheck:
    """What was understood of a source, and what is wrong with the rest."""

    folder: Path
    """Where the source lies."""
    vocabulary: str
    """Name of the vocabulary that its terms were looked up in."""
    manifest: Manifest | None
    """As far as it could be read."""
    table: LabelTable | None
    """The source without what is wrong; none: no row could be read."""
    image_files: int
    """Image files there are, whether or not an image of the source is in them."""
    terms: tuple[TermCount, ...]
    """The source's terms in their order."""
    implied: tuple[str, ...]
    """Classes of which the source itself does not speak, but whose positives follow."""
    notes: tuple[Problem, ...]
    """Problems and remarks, in the order in which they were found."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What must be mended before the source can be read."""
        return tuple(note for note in self.notes if note.kind == "problem")

    @property
    def remarks(self) -> tuple[Problem, ...]:
        """What should be looked at."""
        return tuple(note for note in self.notes if note.kind == "remark")

    @property
    def status(self) -> int:
        """Exit status of the command: 0 without problems, 2 with."""
        return 2 if self.problems else 0


def check_source(
    manifest: str,
    folder: Path,
    images: Path | None = None,
    vocabulary: str = "chest_radiograph",
    missing_images: MissingImages = "error",
    masks: int = 50,
    progress: Progress | None = None,
) -> SourceCheck:
    """Check a source: everything that `read_source` would refuse, all at once, and more.

    What is wrong is set aside, and the rest is checked. No image is opened, and of masks at most
    so many.

    Args:
        manifest: a built-in name, or the path of a TOML file.
        folder: where the source's tables lie.
        images: where its images lie, if not where the manifest says.
        vocabulary: a built-in name, or the path of a TOML file.
        missing_images: ``error``, ``leave_out`` or ``keep``, as a recipe says it: with the last
            two, images without a file are no problem.
        masks: how many masks may be opened, where labels stand in masks.
        progress: called with (masks read, masks in all).

    Raises:
        VocabularyError: no such vocabulary.
    """
    words = load_vocabulary(vocabulary)
    read = check_manifest(manifest)
    if read.manifest is None:
        return _nothing(folder, words, None, read.notes)
    if not folder.is_dir():
        what = f"the folder {folder} is {'a file' if folder.exists() else 'not there'}"
        note = problem(what, "Check the path; unpack an archive first: labelassemble unpack")
        return _nothing(folder, words, read.manifest, (*read.notes, note))
    settings = SourceSettings.model_validate(
        {
            "name": read.manifest.name,
            "manifest": manifest,
            "folder": folder.absolute(),
            "images": images.absolute() if images else None,
            "missing_images": missing_images,
        }
    )
    reading = read_leniently(settings, read.manifest, masks, progress)
    notes = [*read.notes, *reading.notes]
    files = len(reading.files.names)
    if reading.table is None:
        return replace(_nothing(folder, words, read.manifest, tuple(notes)), image_files=files)
    table, told = _mend_terms(reading.table, words)
    classes = harmonise(table, words)
    terms = count_terms(table, words)
    notes += [*told, *_check_terms(table, classes, terms, words), *_check_statement(table.manifest)]
    direct = {term.name for term in terms}
    return SourceCheck(
        folder=folder,
        vocabulary=words.name,
        manifest=table.manifest,
        table=table,
        image_files=files,
        terms=terms,
        implied=tuple(
            name
            for name in classes.verdicts.columns
            if name not in direct and (classes.verdicts.column(name) == POSITIVE).any()
        ),
        notes=tuple(notes),
    )


def count_terms(table: LabelTable, vocabulary: Vocabulary) -> tuple[TermCount, ...]:
    """Count the images on which each term of a source is positive, negative, uncertain, unknown."""
    said = table.verdicts
    terms = dict.fromkeys([*table.scope, *said.columns])
    first = np.flatnonzero(np.diff(said.image, prepend=-1))
    counts = []
    for term in terms:
        states = said.column(term)
        strongest = np.maximum.reduceat(states, first) if len(first) else states
        number = np.bincount(strongest, minlength=len(STATES))
        number[0] += table.images.height - len(strongest)
        unknown, negative, uncertain, positive = (int(one) for one in number)
        name = table.manifest.terms.get(term, vocabulary.find(term))
        counts.append(TermCount(term, name, positive, negative, uncertain, unknown))
    return tuple(counts)


def _nothing(
    folder: Path, vocabulary: Vocabulary, manifest: Manifest | None, notes: tuple[Problem, ...]
) -> SourceCheck:
    return SourceCheck(folder, vocabulary.name, manifest, None, 0, (), (), notes)


def _mend_terms(table: LabelTable, vocabulary: Vocabulary) -> tuple[LabelTable, list[Problem]]:
    """Problem the keys and classes of ``[terms]`` that are not there, and take them out."""
    known = [finding.name for finding in vocabulary.findings]
    own = [*dict.fromkeys([*table.scope, *table.verdicts.columns])]
    notes, kept = [], dict[str, str]()
    for term, name in table.manifest.terms.items():
        if name and name not in known:
            notes.append(
                problem(
                    f"[terms] maps {term!r} to {name!r}, which is no class of the vocabulary "
                    f"{vocabulary.name}{name_nearest(name, known)}",
                    "Mend the class, or name the vocabulary that has it",
                )
            )
            continue
        kept[term] = name
        if own and term not in own and term not in table.manifest.scope.also_listed:
            notes.append(
                remark(
                    f"[terms] speaks of {term!r}, which is no term of the source"
                    + name_nearest(term, own),
                    "Mend the term, or take it out",
                )
            )
    manifest: Any = table.manifest.model_copy(update={"terms": kept})
    return replace(table, manifest=manifest), notes


def _check_terms(
    table: LabelTable, classes: ClassTable, terms: tuple[TermCount, ...], vocabulary: Vocabulary
) -> list[Problem]:
    """Remark on terms without a class, and on those that are never, or always, there."""
    notes, strange = [], list[str]()
    for term, count, nearest in classes.unmapped.iter_rows():
        proposed = propose_class(term, vocabulary)
        if not nearest and not proposed:
            strange.append(f"{term!r} ({count:,})")
            continue
        near = f"is it {proposed}?" if proposed else f"nearest: {nearest}"
        line = f"{write_key(term)} = {write_value(proposed or '...')}"
        notes.append(
            remark(
                f"the vocabulary does not know {term!r}, positive on {plural(count, 'image')}; "
                f"{near}",
                f'Say it in [terms]: {line} ("" sets it aside)',
                count=count,
            )
        )
    if strange:
        notes.append(
            remark(
                f"the vocabulary does not know {plural(len(strange), 'term')}, and nothing looks "
                f"alike: {', '.join(strange)}",
                "Name another vocabulary, add classes to one, or set them aside in [terms]",
                count=len(strange),
            )
        )
    looked_for = {term.name for term in terms if term.term in table.scope}
    for term in terms:
        if term.term not in table.scope:
            if term.term not in table.manifest.scope.also_listed and term.name not in looked_for:
                notes.append(
                    remark(
                        f"{term.term!r} is positive on {plural(term.positive, 'image')}, but the "
                        f"scope does not hold it{name_nearest(term.term, table.scope)}",
                        "Put it into scope.also_listed if that is meant, or mend the term",
                        count=term.positive,
                    )
                )
            continue
        looked = term.positive + term.negative + term.uncertain
        if not looked:
            what, do = "nothing is known of", "Is it spelt as in the table?"
        elif not term.positive:
            what, do = "no image is positive for", "Is it spelt as in the table? Was it looked for?"
        elif not term.negative:
            what, do = (
                "no image is negative for",
                "Nothing can be learnt or tested of it here alone: was it looked for everywhere?",
            )
        else:
            continue
        notes.append(remark(f"{what} {term.term!r}, of {plural(looked, 'image')} looked at", do))
    return notes


def _check_statement(manifest: Manifest) -> list[Problem]:
    missing = [key for key in ("licence", "citation") if not getattr(manifest, key)]
    if not missing:
        return []
    return [
        remark(
            f"the manifest states no {' and no '.join(missing)}",
            "State it: the report lists what each source asks for",
            count=len(missing),
        )
    ]
