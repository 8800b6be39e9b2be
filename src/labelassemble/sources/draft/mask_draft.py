"""A first manifest from images or volumes with masks."""

import re
from collections.abc import Sequence
from pathlib import Path
from posixpath import commonpath

import numpy as np

from labelassemble.files.file_suffixes import VOLUME_SUFFIXES
from labelassemble.files.volume_file import glob_like
from labelassemble.sources.draft.class_folders import part_of
from labelassemble.sources.draft.labels_found import LabelsFound, plain_lines
from labelassemble.sources.draft.names import find_patient_pattern
from labelassemble.sources.draft.pair_masks import PairedMasks, pair_masks
from labelassemble.sources.draft.place_images import choose_image_folder
from labelassemble.sources.draft.source_draft import SourceDraft
from labelassemble.sources.draft.survey import Survey
from labelassemble.sources.peek_mask import MaskPeek, peek_mask
from labelassemble.sources.write_toml import Line

_OPENED = 20
_MAX_VALUES = 50


def draft_masks(survey: Survey) -> SourceDraft | None:
    """Make a first manifest from masks; none: there are none, or most images have none."""
    images = survey.volumes if _are_volumes(survey) else survey.images
    if not images or not survey.masks:
        return None
    root = commonpath([name.rpartition("/")[0] for name in (*images, *survey.masks)])
    start = f"{root}/" if root else ""
    below = [name.removeprefix(start) for name in images]
    masks = [name.removeprefix(start) for name in survey.masks]
    pairs = pair_masks(below, masks)
    if not pairs or len(pairs[0].found) < 0.5 * len(pairs[0].images):
        return None
    first = pairs[0]
    looked = _open_some([survey.folder / start / mask for mask in first.found])
    if looked is None:
        return None
    opened = sorted(looked.values, key=lambda value: (len(value), value))
    asides = []
    layers = [one for one in pairs if not _continues(first, one)]
    more = sum(len(one.found) for one in pairs if one not in layers)
    if more:
        asides.append(
            f"{more:,} images have further masks, which are joined, such as {_continued(pairs)}"
        )
    lines = {
        **plain_lines({"encoding": "mask_values"}, "guessed: a mask of each image's name"),
        "case": Line(first.case),
    }
    missing = len(first.images) - len(first.found)
    if len(layers) > 1:
        terms = _name_layers(layers)
        lines["masks"] = Line(dict(terms), "a mask each: an organ is no finding, take it out")
        words = dict.fromkeys(terms, "a mask of its own")
    elif missing and len(opened) == 1:
        lines["masks"] = Line(
            {"finding": first.mask},
            f"what do the masks show? {missing:,} images without one: nothing is known of them",
        )
        words = {"finding": "a mask of its own"}
    else:
        alone = len(opened) == 1
        values = {value: "finding" if alone else f"value_{value}" for value in opened}
        seen = min(len(first.found), _OPENED)
        lines["mask"] = Line(first.mask)
        lines["values"] = Line(
            values, f'seen in {seen} masks: name what each means, "" for an organ'
        )
        words = dict.fromkeys(values.values(), "a value of masks")
        if missing:
            asides.append(f"{missing:,} images have no mask: narrow labels.case to those that have")
    if looked.soft:
        half = int(opened[0]) // 2
        lines["above"] = Line(half, "the edges of the masks are soft: what is brighter is drawn")
    if patient := _add_patient(first):
        lines["case"] = Line(patient[0], f"guessed: {patient[1]}; check")
    else:
        asides.append(
            "Each image counts as a patient of its own: a group (?P<patient>...) in labels.case "
            "says otherwise."
        )
    tables: dict[str, dict[str, Line]] = {}
    wanted = [start + name for name in first.images]
    if place := _place(start.rstrip("/") or ".", wanted, survey):
        tables["images"] = place
    parts = re.search(r"\(\?P<split>([^)]+)\)", first.case)
    if parts:
        given = {name: part_of(name) or "" for name in parts[1].split("|")}
        tables["split"] = {"values": Line(given, "guessed from the folders: check")}
    cases = set(first.images)
    left = [name for name in below if name not in cases]
    if left:
        asides.append(f"{len(left):,} images are no case, such as {left[0]}")
    return SourceDraft(
        what=f"{len(first.images):,} images with masks such as {first.found[0]}",
        score=54.0,
        tables=tables,
        labels=LabelsFound("masks", 54.0, lines, words, own_scope=True),
        asides=tuple(asides),
    )


def _are_volumes(survey: Survey) -> bool:
    return len(survey.volumes) > len(survey.images)


def _place(root: str, wanted: Sequence[str], survey: Survey) -> dict[str, Line]:
    """Where images lie, seen from the folder that holds images and masks alike."""
    lines = {"folder": Line(root)} if root != "." else {}
    volumes = wanted[0].lower().endswith(VOLUME_SUFFIXES)
    if volumes:
        inside = [name for name in survey.files if root == "." or name.startswith(f"{root}/")]
        placed = choose_image_folder(wanted, inside) or {}
        folder = placed["folder"].value if "folder" in placed else "."
        below = folder.removeprefix(root).strip("/") if root != "." else folder.strip(".")
        glob = placed["glob"].value if "glob" in placed else glob_like(wanted[0])
        lines["glob"] = Line(f"{below}/{glob}" if below else glob, "takes the images alone")
    return lines


def _continues(first: PairedMasks, other: PairedMasks) -> bool:
    """Whether another pattern gives further masks of the same kind: _mask_1 beside _mask."""
    plain = [re.sub(r"[_-]?\d+(?=\.[^{}]*$)", "", one.mask) for one in (first, other)]
    return first is not other and plain[0] == plain[1]


def _continued(pairs: Sequence[PairedMasks]) -> str:
    return next(one.found[0] for one in pairs[1:] if _continues(pairs[0], one))


def _name_layers(layers: Sequence[PairedMasks]) -> dict[str, str]:
    """Patterns by what tells them from each other: their folder, or the end of their name."""
    folders = [one.mask.rpartition("/")[0].rpartition("/")[2] for one in layers]
    if len(set(folders)) == len(layers) and not any("{" in one for one in folders):
        names = [re.sub(r"^\d+[. _-]+", "", one) for one in folders]
    else:
        names = [re.sub(r"\{[^}]*\}", "", one.mask.rpartition("/")[2]) for one in layers]
        names = [one.partition(".")[0].strip("_- ") for one in names]
    whole = len(set(names)) == len(names) and all(names)
    return {
        name if whole else f"finding_{place}": one.mask
        for place, (name, one) in enumerate(zip(names, layers, strict=True), 1)
    }


def _add_patient(pair: PairedMasks) -> tuple[str, str] | None:
    """The pattern of cases with a group for the patient, where the cases' names hold one."""
    cases = [found["case"] for one in pair.images if (found := re.fullmatch(pair.case, one))]
    patient = find_patient_pattern([f"{case}.png" for case in cases])
    if patient is None or "(?P<case>[^/]+)" not in pair.case:
        return None
    for sign in ("_", "-"):
        inner = rf"(?P<case>(?P<patient>[^/{sign}]+){sign}[^/]*)"
        case = pair.case.replace("(?P<case>[^/]+)", inner)
        matched = [re.fullmatch(case, one) for one in pair.images]
        patients = {one["patient"] for one in matched if one}
        if all(matched) and patient.why.startswith(f"{len(patients):,} patients"):
            return case, patient.why
    return None


def _open_some(masks: Sequence[Path]) -> MaskPeek | None:
    """What stands in some masks, evenly spaced; none where one of them looks like no mask."""
    places = np.linspace(0, len(masks) - 1, min(len(masks), _OPENED)).round().astype(int)
    seen = [peek_mask(masks[place]) for place in places.tolist()]
    fingerprints = [one for one in seen if one is not None and one.few]
    if len(fingerprints) < len(seen):
        return None
    values = frozenset[str]().union(*(one.values for one in fingerprints))
    soft = any(one.soft for one in fingerprints)
    if soft:
        # Blurred masks have one value each, the highest, and no two need the same.
        values = frozenset({max(values, key=int)})
    numbers = {value for value in values if not value.startswith("#")}
    if len(values) > _MAX_VALUES or (numbers and numbers != values):
        return None
    return MaskPeek(values, True, soft) if values else None
