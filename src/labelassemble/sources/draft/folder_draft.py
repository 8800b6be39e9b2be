"""A first manifest from files that stand in no table: folders, masks, arrays, bare images."""

import re
from collections.abc import Sequence

from labelassemble.errors import some
from labelassemble.files.volume_file import glob_like
from labelassemble.sources.draft.labels_found import (
    Find,
    LabelsFound,
    plain_lines,
    share_known,
    sort_words,
)
from labelassemble.sources.draft.mask_draft import draft_masks
from labelassemble.sources.draft.names import NamedFiles, find_patient_pattern, read_named_files
from labelassemble.sources.draft.other_files import guess_other_files
from labelassemble.sources.draft.place_images import choose_image_folder, common_folder, real_folder
from labelassemble.sources.draft.source_draft import SourceDraft
from labelassemble.sources.draft.survey import Survey
from labelassemble.sources.draft.whole_folder import guess_whole
from labelassemble.sources.write_toml import Line


def draft_folder(
    survey: Survey, find: Find, beside: LabelsFound | None = None
) -> list[SourceDraft]:
    """Make first manifests from what lies in a folder beside tables, the likeliest first.

    Args:
        survey: what lies there.
        find: what the vocabulary knows.
        beside: label files beside images, if there are any.
    """
    found = [*([beside] if beside else []), *guess_other_files(survey)]
    drafts = [_draft_files(one) for one in found]
    others = (_draft_names(survey, find), draft_masks(survey), _draft_bare(survey, find))
    drafts += [draft for draft in others if draft]
    return sorted(drafts, key=lambda one: -one.score)


def _draft_files(found: LabelsFound) -> SourceDraft:
    tables: dict[str, dict[str, Line]] = {}
    own = {key: line for key, line in found.labels.items() if "." not in key}
    for key, line in found.labels.items():
        if "." in key:
            table, name = key.split(".")
            tables.setdefault(table, {})[name] = line
    labels = found._replace(labels=own)
    return SourceDraft(found.what, found.score, tables, labels, found.asides)


def _draft_names(survey: Survey, find: Find) -> SourceDraft | None:
    """Classes in the names of folders or files."""
    images = survey.images or survey.volumes
    if not images:
        return None
    folder, found = _read_names(survey, images, find)
    if found is None:
        return None
    without = {_join(folder, name) for name in found.left}
    wanted = [one for one in images if one not in without]
    if found.left and choose_image_folder(wanted, survey.files) is not None:
        folder, found = _read_names(survey, wanted, find)
        if found is None:
            return None
    placed = choose_image_folder(wanted, survey.files, folder)
    terms, none, silent = sort_words(found.words, "file")
    if "0" in terms:
        none["0"] = f"{terms.pop('0')}; guessed: 0 is often normal"
    if not terms:
        return None
    asides = [*found.asides]
    if survey.masks:
        place = common_folder(survey.masks)
        where = "beside the images" if place in (folder, ".") else f"below {place}/"
        asides.append(
            f"{len(survey.masks):,} masks {where}: labels.encoding = 'mask_values' reads them"
        )
    meant = set(wanted)
    left = [one for one in images if one not in meant]
    if left:
        asides.append(f"{len(left):,} images lie in no folder of a class: {some(left, 3)}")
    if found.patients:
        comment = f"guessed: names give {found.patients:,} patients; check"
    else:
        comment = "guessed; no patient found: add a group (?P<patient>...) where names hold one"
    tables: dict[str, dict[str, Line]] = {}
    beside = placed is None
    if beside:
        # What lies between cannot be told by a pattern of paths: it is left out by name.
        others = [one for one in survey.files if one not in meant]
        tables["table"] = _names_layout(folder, found, others, comment)
        labels = plain_lines(
            {"encoding": "class_column", "column": "term"}, f"guessed: {found.why}; check"
        )
        placed = {"folder": Line(folder, "all images lie there")} if folder != "." else {}
    else:
        labels = plain_lines({"encoding": "folder_names"}, f"guessed: {found.why}; check")
        labels["patterns"] = Line(found.patterns, comment)
    if placed:
        tables["images"] = placed
    if found.split:
        key = {"column": Line("split")} if beside else {}
        tables["split"] = {**key, "values": Line(found.split, "guessed from the folders: check")}
    known = share_known([*terms, *none], find)
    return SourceDraft(
        what=f"{len(wanted):,} images; {found.why}",
        score=55.0 + 20 * known + 10 * bool(none) + 10 * bool(found.split),
        tables=tables,
        labels=LabelsFound(found.why, 60.0, labels, terms, none=none, silent=silent),
        asides=tuple(asides),
    )


def _read_names(survey: Survey, images: Sequence[str], find: Find) -> tuple[str, NamedFiles | None]:
    """The folder that holds all images, and the classes that its paths hold."""
    folder = real_folder(common_folder(images), survey.files)
    full = {
        "/".join(steps[:depth])
        for steps in (name.split("/") for name in survey.files)
        for depth in range(len(steps))
    }
    empty = [one for one in survey.folders if one not in full]
    found = read_named_files(
        [_below(folder, one) for one in images], find, [_below(folder, one) for one in empty]
    )
    if found is None and folder != ".":
        # All images lie in one folder of classes, and the others beside it are empty.
        parent, _, _ = folder.rpartition("/")
        beside = [one for one in empty if one.rpartition("/")[0] == parent]
        if beside:
            names = [_below(parent or ".", one) for one in images]
            other = read_named_files(names, find, [_below(parent or ".", one) for one in beside])
            return (parent or ".", other) if other else (folder, None)
    return folder, found


def _below(folder: str, name: str) -> str:
    return name if folder == "." else name.removeprefix(f"{folder}/")


def _join(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"


def _names_layout(
    folder: str, found: NamedFiles, others: Sequence[str], comment: str
) -> dict[str, Line]:
    """Rows of the files that a pattern matches; the others are left out."""
    one = found.patterns[0] if len(found.patterns) == 1 else found.whole
    expression = re.compile(one)
    if any(expression.fullmatch(_below(folder, name)) for name in others):
        one = r"(?!.*[_-](?:mask|seg|gt)s?(?:[_-]?\d+)?\.)" + one
        expression = re.compile(one)
    layout = {"names": Line(one, "all files but masks; others are left out. " + comment)}
    if "patient" in expression.groupindex:
        layout["patient"] = Line("patient")
    return layout


def _draft_bare(survey: Survey, find: Find) -> SourceDraft | None:
    """Images of which nobody said anything."""
    if not survey.images and not survey.volumes:
        return None
    every = survey.images or survey.volumes
    folder = real_folder(common_folder(every), survey.files)
    names = [_below(folder, name) for name in every]
    images = choose_image_folder(every, survey.files)
    if images is None:
        images = {} if folder == "." else {"folder": Line(folder, "all images lie there")}
        if not survey.images:
            glob = glob_like(every[0])
            images["glob"] = Line(glob, "volumes count as images where a pattern says so")
    tables: dict[str, dict[str, Line]] = {}
    asides = []
    pattern = find_patient_pattern(names)
    if pattern:
        tables["table"] = {
            "names": Line(".+", "every image file is a row"),
            "patient_pattern": Line(pattern.pattern, f"guessed: {pattern.why}; check"),
        }
    else:
        asides.append(
            "No patient is known: make sure that none of them is in another source's test part."
        )
    if images:
        tables["images"] = images
    return SourceDraft(
        what=f"{len(names):,} {'images' if survey.images else 'volumes'} without labels",
        score=10.0,
        tables=tables,
        labels=None,
        asides=tuple(asides),
        instead=guess_whole(
            [survey.folder.absolute().name, *(folder.split("/") if folder != "." else ())], find
        ),
    )
