"""A first manifest from files that stand in no table: folders, masks, arrays, bare images."""

import re
from collections.abc import Sequence
from posixpath import commonpath

import numpy as np

from labelassemble.sources.draft.labels_found import (
    Find,
    LabelsFound,
    plain_lines,
    share_known,
    sort_words,
)
from labelassemble.sources.draft.names import NamedFiles, find_patient_pattern, read_named_files
from labelassemble.sources.draft.other_files import guess_other_files
from labelassemble.sources.draft.source_draft import SourceDraft
from labelassemble.sources.draft.survey import Survey
from labelassemble.sources.draft.write_toml import Line

_OPENED = 20


def draft_folder(survey: Survey, find: Find) -> list[SourceDraft]:
    """Make first manifests from what lies in a folder beside tables, the likeliest first."""
    drafts = [_draft_files(found) for found in guess_other_files(survey)]
    others = (_draft_names(survey, find), _draft_masks(survey), _draft_bare(survey))
    drafts += [draft for draft in others if draft]
    return sorted(drafts, key=lambda one: -one.score)


def common_folder(names: Sequence[str]) -> str:
    """The folder that holds all of these files; ``.``: the folder itself.

    >>> common_folder(["a/b/1.png", "a/b/c/2.png"]), common_folder(["1.png"])
    ('a/b', '.')
    """
    return commonpath([name.rpartition("/")[0] for name in names]) or "."


def _draft_files(found: LabelsFound) -> SourceDraft:
    tables: dict[str, dict[str, Line]] = {}
    own = {key: line for key, line in found.labels.items() if "." not in key}
    for key, line in found.labels.items():
        if "." in key:
            table, name = key.split(".")
            tables.setdefault(table, {})[name] = line
    return SourceDraft(found.what, found.score, tables, found._replace(labels=own))


def _draft_names(survey: Survey, find: Find) -> SourceDraft | None:
    """Classes in the names of folders or files."""
    if not survey.images:
        return None
    folder = common_folder(survey.images)
    start = "" if folder == "." else f"{folder}/"
    names = [name.removeprefix(start) for name in survey.images]
    found = read_named_files(names, find)
    if found is None:
        return None
    terms, none, silent = sort_words(found.words, "file")
    if "0" in terms:
        none["0"] = f"{terms.pop('0')}; guessed: 0 is often normal"
    if not terms:
        return None
    # Masks in the same folders cannot be told by a pattern of the others' names.
    beside = [name for name in survey.masks if name.startswith(start)]
    asides = [*found.asides]
    if survey.masks:
        place = common_folder(survey.masks)
        where = "beside the images" if place == folder else f"below {place}/"
        asides.append(
            f"{len(survey.masks):,} masks {where}: labels.encoding = 'mask_values' reads them"
        )
    if found.patients:
        comment = f"guessed: names give {found.patients:,} patients; check"
    else:
        comment = "guessed; no patient found: add a group (?P<patient>...) where names hold one"
    tables: dict[str, dict[str, Line]] = {}
    if beside:
        tables["table"] = _names_layout(found, comment)
        labels = plain_lines(
            {"encoding": "class_column", "column": "term"}, f"guessed: {found.why}; check"
        )
    else:
        labels = plain_lines({"encoding": "folder_names"}, f"guessed: {found.why}; check")
        labels["patterns"] = Line(found.patterns, comment)
    if folder != ".":
        tables["images"] = {"folder": Line(folder, "all images lie there")}
    if found.split:
        key = {"column": Line("split")} if beside else {}
        tables["split"] = {**key, "values": Line(found.split, "guessed from the folders: check")}
    known = share_known([*terms, *none], find)
    return SourceDraft(
        what=f"{len(names):,} images; {found.why}",
        score=55.0 + 20 * known + 10 * bool(none) + 10 * bool(found.split),
        tables=tables,
        labels=LabelsFound(found.why, 60.0, labels, terms, none=none, silent=silent),
        asides=tuple(asides),
    )


def _names_layout(found: NamedFiles, comment: str) -> dict[str, Line]:
    first = found.patterns[0]
    groups = re.compile(first).groupindex
    layout = {
        "names": Line(
            r"(?!.*[_-](?:mask|seg|gt)s?(?:[_-]?\d+)?\.)" + first,
            "all files but masks; others are left out. " + comment,
        )
    }
    if "patient" in groups:
        layout["patient"] = Line("patient")
    return layout


def _draft_masks(survey: Survey) -> SourceDraft | None:
    """Pictures or volumes with a mask of the same name in another folder."""
    images = [*survey.images, *survey.volumes]
    if not images or not survey.masks:
        return None
    folder = common_folder(images)
    place = common_folder(survey.masks)
    stems = {_stem(name): name for name in survey.masks}
    pairs = [(name, stems[_stem(name)]) for name in images if _stem(name) in stems]
    if len(pairs) < 0.5 * len(images):
        return None
    root = commonpath([folder, place])
    start = f"{root}/" if root else ""
    ends = {_ending(mask) for _, mask in pairs}
    depth = {name.removeprefix(start).rpartition("/")[0] for name, _ in pairs}
    if len(ends) > 1 or len(depth) > 1:
        return None
    inside = next(iter(depth))
    case = (f"{re.escape(inside)}/" if inside else "") + r"(?P<case>[^/]+)\.[A-Za-z.]+"
    mask_folder = place.removeprefix(start)
    values = _open_some([survey.folder / mask for _, mask in pairs])
    if not values:
        return None
    alone = len(values) == 1
    terms = {str(value): "finding" if alone else f"value_{value}" for value in values}
    lines = {
        **plain_lines({"encoding": "mask_values"}, "guessed: a mask of each image's name"),
        "case": Line(case),
        "mask": Line(f"{mask_folder}/{{case}}{next(iter(ends))}"),
        "values": Line(terms, f"seen in {min(len(pairs), _OPENED)} masks: name what each means"),
    }
    tables: dict[str, dict[str, Line]] = {}
    extension = _ending(pairs[0][0])
    glob = {"glob": Line(f"**/*{extension}")} if survey.volumes and not survey.images else {}
    if start or glob:
        tables["images"] = {"folder": Line(start.rstrip("/") or "."), **glob}
    return SourceDraft(
        what=f"{len(images):,} images with masks below {place}",
        score=50.0,
        tables=tables,
        labels=LabelsFound(
            "masks", 50.0, lines, dict.fromkeys(terms.values(), "a value of masks"), own_scope=True
        ),
    )


def _draft_bare(survey: Survey) -> SourceDraft | None:
    """Images of which nobody said anything."""
    if not survey.images:
        return None
    folder = common_folder(survey.images)
    start = "" if folder == "." else f"{folder}/"
    names = [name.removeprefix(start) for name in survey.images]
    images = {"folder": Line(folder, "all images lie there")} if folder != "." else {}
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
        what=f"{len(names):,} images without labels",
        score=10.0,
        tables=tables,
        labels=None,
        asides=tuple(asides),
    )


def _open_some(masks: Sequence[object]) -> list[int]:
    """Values but 0 in some pictures, evenly spaced; none where they are volumes or no masks."""
    from PIL import Image

    found: set[int] = set()
    places = np.linspace(0, len(masks) - 1, min(len(masks), _OPENED)).round().astype(int)
    for place in places.tolist():
        try:
            with Image.open(str(masks[place])) as picture:
                found |= set(np.unique(np.asarray(picture)).tolist())
        except (OSError, ValueError):
            return []
        if len(found) > 50:
            return []
    return sorted(int(value) for value in found if value)


def _stem(name: str) -> str:
    file = name.rpartition("/")[2]
    plain = re.sub(r"(?i)\.(png|jpe?g|dcm|dicom|tiff?|bmp|nii\.gz|nii|mha|nrrd)$", "", file)
    return re.sub(r"[_-](mask|seg|segmentation|gt)s?$", "", plain)


def _ending(name: str) -> str:
    """What follows the stem that images and masks share."""
    return name.rpartition("/")[2].removeprefix(_stem(name))
