"""A folder that is a built-in source under other names, and the manifest that says so."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.pipeline.check_source import check_source
from labelassemble.sources.draft.extend_builtin import write_extending
from labelassemble.sources.draft.labels_found import Find
from labelassemble.sources.draft.other_names import find_other_names
from labelassemble.sources.draft.survey import Survey
from labelassemble.sources.draft.tell_apart import tell_apart
from labelassemble.sources.manifest import Manifest
from labelassemble.vocabulary.vocabulary import DEFAULT_VOCABULARY, load_vocabulary


class Extended(NamedTuple):
    """What extends a built-in manifest.

    Attributes:
        name: of the built-in manifest; blank: none is extended.
        text: the manifest as TOML.
        said: by what it is reported.
        flags: what the command needs to read it.
        near: why others, or it, were not taken.
    """

    name: str = ""
    text: str = ""
    said: str = ""
    flags: tuple[str, ...] = ()
    near: tuple[str, ...] = ()


def extend_known(
    survey: Survey,
    manifests: Mapping[str, Manifest],
    known: Sequence[str] = (),
    table: str | None = None,
    vocabulary: str | None = None,
) -> Extended:
    """Write a manifest that extends the one built-in source that a folder is but for names.

    Where two fit, none is taken, and what they differ in is reported; neither is one whose manifest
    a check refuses.

    Args:
        survey: what lies in the folder.
        manifests: the built-in ones, by name.
        known: those that fit as they are: of one alone nothing else has to be reported.
        table: path of the table that is meant; none: all are looked at.
        vocabulary: in which terms are looked up; none: each manifest's own.
    """
    if known:
        return _extend_as_is(survey, manifests, known)
    found = find_other_names(survey, manifests, find_terms, table)
    if not found:
        return Extended()
    first, *others = found
    if others:
        return Extended(near=(_tell_several(manifests, [one.name for one in found]),))
    manifest = manifests[first.name]
    text = write_extending(survey.folder, manifest, find_terms(manifest), first)
    with TemporaryDirectory() as place:
        path = Path(place) / "manifest.toml"
        path.write_text(text, encoding="utf-8")
        tried = try_known(str(path), survey.folder, vocabulary)
    if tried.problems:
        said = tried.problems.replace(str(path), "it")
        return Extended(near=(f"{first.name}: {first.said}. As such it gives {said}",))
    return Extended(first.name, text, first.said, tried.flags)


def _extend_as_is(
    survey: Survey, manifests: Mapping[str, Manifest], known: Sequence[str]
) -> Extended:
    """Extend the one manifest that fits as it is; none where several do."""
    first, *others = known
    if others:
        return Extended(near=(_tell_several(manifests, known),))
    text = write_extending(survey.folder, manifests[first], find_terms(manifests[first]))
    return Extended(first, text)


def _tell_several(manifests: Mapping[str, Manifest], names: Sequence[str]) -> str:
    """Say that each of several manifests may be meant, and in what they differ."""
    first, *others = names
    differ = "; ".join(tell_apart(manifests[first], manifests[one]) for one in others)
    return (
        f"{some(names, 4)}: each may be it. They differ: "
        f"{differ or 'in nothing that a folder shows'}. If it is one of them, write "
        f'extends = "{first}" (docs/own_data.md)'
    )


def find_terms(manifest: Manifest) -> Find:
    """Give what the vocabulary of a manifest knows."""
    return load_vocabulary(manifest.vocabulary or DEFAULT_VOCABULARY).find


class Tried(NamedTuple):
    """A built-in manifest, what a check says against it, and what the command needs.

    Attributes:
        name: of the manifest.
        problems: what a check says against it; blank: nothing.
        flags: what the command needs.
        images: names of the images as its table gives them; empty: it could not be read.
    """

    name: str
    problems: str
    flags: tuple[str, ...]
    images: pl.Series


def try_known(name: str, folder: Path, vocabulary: str | None) -> Tried:
    """Check a built-in manifest, with and without all images.

    Args:
        name: of the manifest.
        folder: the source's folder.
        vocabulary: in which its terms are looked up; none: its own.

    Raises:
        VocabularyError: no such vocabulary.
    """
    flags: tuple[str, ...] = ("--vocabulary", vocabulary) if vocabulary else ()
    best = check_source(name, folder, vocabulary=vocabulary, masks=5)
    if best.problems:
        looser = check_source(
            name, folder, vocabulary=vocabulary, masks=5, missing_images="exclude"
        )
        if len(looser.problems) < len(best.problems):
            best, flags = looser, (*flags, "--missing-images", "exclude")
    said = "" if not best.problems else f"{plural(len(best.problems), 'problem')}, the first: "
    images = pl.Series([], dtype=pl.String)
    if best.table is not None:
        images = best.table.images["image"]
    return Tried(name, said + str(best.problems[0]) if said else "", flags, images)
