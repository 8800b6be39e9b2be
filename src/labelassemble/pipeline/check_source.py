"""A manifest and a folder in, everything that is wrong with them out, before anything runs."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

from labelassemble.assembly.remark_no_class import remark_no_class
from labelassemble.errors import as_word, plural
from labelassemble.pipeline.count_terms import count_class_cells, count_terms
from labelassemble.pipeline.drop_unknown_classes import drop_unknown_classes
from labelassemble.pipeline.propose_class import propose_class
from labelassemble.pipeline.source_check import SourceCheck, TermCount
from labelassemble.settings import AssemblySettings, SourceSettings
from labelassemble.sources.archives.archive_tree import is_folder_or_archive
from labelassemble.sources.assessments import POSITIVE
from labelassemble.sources.draft.known_sources import find_better, find_known
from labelassemble.sources.fit_names import name_patterns
from labelassemble.sources.folder_seen import see_folder
from labelassemble.sources.header_cache import find_header_cache
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.label_table import LabelTable
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.manifest_file import builtin_manifests, load_manifest
from labelassemble.sources.problems import Problem, Problems, name_nearest, remark
from labelassemble.sources.read import collect_source, find_source_images
from labelassemble.sources.read_progress import ReadProgress
from labelassemble.sources.remarks.remark import remark_on
from labelassemble.sources.settle_source import settle_source
from labelassemble.sources.write_toml import write_key, write_value
from labelassemble.vocabulary.class_table import ClassTable
from labelassemble.vocabulary.harmonise import harmonise
from labelassemble.vocabulary.vocabulary import DEFAULT_VOCABULARY, Vocabulary, load_vocabulary

MissingImages = Literal["error", "exclude", "keep"]


def check_source(
    manifest: str,
    folder: Path | str,
    images: Path | None = None,
    *,
    vocabulary: str | None = None,
    missing_images: MissingImages = "error",
    masks: int | None = 50,
    progress: ReadProgress | None = None,
    assembly: AssemblySettings | None = None,
) -> SourceCheck:
    """Check a source: read it as `assemble` does, but tell what is wrong instead of stopping.

    What is wrong is set aside, and the rest is checked. No image is opened, and of masks at most
    so many.

    Args:
        manifest: a built-in name, or the path of a TOML file.
        folder: where the source's tables lie.
        images: where its images lie, if not where the manifest says.
        vocabulary: a built-in name, or the path of a TOML file; none: the one that the manifest
            names.
        missing_images: ``error``, ``exclude`` or ``keep``, as a recipe says it: with the last
            two, images without a file are no problem.
        masks: how many masks may be opened, where labels stand in masks; none: all.
        progress: called with (masks read, masks in all).
        assembly: the recipe's policies, for the counts; none: the defaults.

    Raises:
        VocabularyError: no such vocabulary.

    Examples:
        ```python
        check = la.check_source("north/manifest.toml", "north")
        print(check.problems)    # expected, got, do this; none here
        ```
    """
    folder = Path(folder)
    problems = Problems()
    written = problems.attempt(lambda: load_manifest(manifest, problems=problems))
    own = written.vocabulary if written else ""
    words = load_vocabulary(vocabulary or own or DEFAULT_VOCABULARY)
    if written is None:
        return _tell(folder, words, None, None, 0, problems)
    if not is_folder_or_archive(folder):
        problems.note(
            "the folder of a source",
            f"the folder {folder} is {'a file' if folder.exists() else 'not there'}",
            "Check the path",
        )
        return _tell(folder, words, written, None, 0, problems)
    settings = SourceSettings.model_validate(
        {
            "name": written.name,
            "manifest": manifest,
            "folder": folder.absolute(),
            "images": images.absolute() if images else None,
            "missing_images": missing_images,
        }
    )
    published = written
    settled = problems.attempt(lambda: settle_source(settings, published, problems))
    if settled is None:
        return _tell(folder, words, written, None, 0, problems)
    written = settled
    files = problems.attempt(lambda: find_source_images(settings, settled))
    if files is None:
        return _tell(folder, words, written, None, 0, problems)
    kept = find_header_cache(files.folder, len(files.names))
    table = collect_source(
        settings, written, problems, files=files, masks=masks, progress=progress, headers=kept
    )
    if table is None:
        _tell_other(manifest, folder, problems)
        return _tell(folder, words, written, None, len(files.names), problems)
    _tell_better(manifest, folder, table, files, problems)
    remark_on(table, written, files, problems)
    table = drop_unknown_classes(table, words, problems)
    classes = harmonise(table, words)
    cells = count_class_cells(classes, words, settings, assembly or AssemblySettings())
    terms = count_terms(table, words, cells)
    problems.add(*_check_terms(table, classes, terms, words))
    if terms and not classes.scope:
        problems.remark(*remark_no_class([classes]))
    direct = {*cells, *(term.name for term in terms)}
    return replace(
        _tell(folder, words, table.manifest, table, len(files.names), problems),
        terms=terms,
        cells=cells,
        implied=tuple(
            name
            for name in classes.assessments.columns
            if name not in direct and (classes.assessments.column(name) == POSITIVE).any()
        ),
    )


def _tell_other(name: str, folder: Path, problems: Problems) -> None:
    """Remark on the built-in source that a folder looks like, where it is not the one named."""
    builtin = builtin_manifests()
    if name not in builtin:
        return
    found = find_known(see_folder(folder), builtin)
    if found and all(one.name != name for one in found):
        known = found[0]
        problems.remark(
            f"the folder looks like {builtin[known.name].title or known.name}: {known.said}",
            f"Is it that? labelassemble check {known.name} {as_word(folder)}",
        )


def _tell_better(
    name: str, folder: Path, table: LabelTable, files: ImageFolder, problems: Problems
) -> None:
    """Remark on the built-in source that fits better what was read with the one named."""
    builtin = builtin_manifests()
    if name not in builtin:
        return
    by_names = bool(name_patterns(builtin[name]))
    read = files.names.to_list() if by_names else [one.path for one in table.inputs]
    known = find_better(name, files.folder if by_names else folder, read, builtin)
    if known is None and problems.any:
        _tell_other(name, folder, problems)
    if known is not None:
        title = builtin[known.name].title or known.name
        problems.remark(
            f"the folder looks more like {title}: {known.said}",
            f"Is it that? labelassemble check {known.name} {as_word(folder)}",
        )


def _tell(
    folder: Path,
    vocabulary: Vocabulary,
    manifest: Manifest | None,
    table: LabelTable | None,
    files: int,
    problems: Problems,
) -> SourceCheck:
    told = tuple(problems.noted)
    return SourceCheck(folder, vocabulary.name, manifest, table, files, (), {}, (), told)


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
            if term.term not in table.manifest.scope.positive_only and term.name not in looked_for:
                notes.append(
                    remark(
                        f"{term.term!r} is positive on {plural(term.positive, 'image')}, but the "
                        f"scope does not hold it{name_nearest(term.term, table.scope)}",
                        "Put it into scope.positive_only if that is meant, or fix the term",
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
