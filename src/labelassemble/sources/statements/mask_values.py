"""Which images have masks, and what the values of these mean."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from labelassemble.errors import SourceError
from labelassemble.sources.compile_pattern import compile_pattern
from labelassemble.sources.encodings.mask_values import BACKGROUND, MaskValues
from labelassemble.sources.rows import FACTS, Rows, make_rows
from labelassemble.storage.fetch_object import bring


def list_cases(images: pl.Series, labels: MaskValues) -> Rows:
    """Find the images among files; where their masks lie stands in the label cells.

    Raises:
        SourceError: no file is an image.

    >>> labels = MaskValues(
    ...     encoding="mask_values",
    ...     case=r"imagesTr/(?P<case>.+)_0000\\.nii\\.gz",
    ...     mask="labelsTr/{case}.nii.gz",
    ...     values={"1": "cyst"},
    ... )
    >>> rows = list_cases(pl.Series(["imagesTr/a_0000.nii.gz", "dataset.json"]), labels)
    >>> rows.facts["patient"].to_list(), rows.cells["mask 0"].to_list()
    (['a'], ['labelsTr/a.nii.gz'])
    """
    pattern = compile_pattern(labels.case)
    paths = (*(labels.mask or ()), *labels.masks.values())
    rows = []
    for image in images:
        if match := pattern.fullmatch(image):
            groups = {"image": image, **match.groupdict(default="")}
            groups.setdefault("patient", groups["case"])
            places = [path.format(**groups) for path in paths]
            rows.append((*(groups.get(fact, "") for fact in FACTS), *places))
    if not rows:
        raise SourceError(
            f"files that labels.case matches: {labels.case}",
            f"none among {len(images)}" + (f", such as {images[0]}" if len(images) else ""),
            "Check the folder, or fix labels.case",
        )
    facts = {fact: [row[place] for row in rows] for place, fact in enumerate(FACTS)}
    behind = len(FACTS)
    masks = {f"mask {at}": [row[behind + at] for row in rows] for at in range(len(paths))}
    return make_rows(facts["image"], facts, **masks)


def read_meaning(labels: MaskValues, folder: Path) -> tuple[dict[str, set[int]], set[int]]:
    """Give each term's voxel values, and the values that say that nobody looked.

    Args:
        labels: with `values` or `dataset`; a term ``""`` holds the values that are no finding.
        folder: the images folder, in which `dataset` lies.

    Raises:
        SourceError: no such `dataset`, or one without labels.
    """
    ignore, meaning = set(labels.ignore), dict[str, set[int]]()
    if labels.dataset is None:
        for place, (value, term) in enumerate(labels.values.items(), start=1):
            meaning.setdefault(term, set()).add(place if labels.colours else int(value))
        return meaning, ignore
    file = folder / labels.dataset
    try:
        content: Any = json.loads(bring(file).read_text(encoding="utf-8-sig"))
        for left, right in dict(content["labels"]).items():
            # nnU-Net writes name: value, or name: values of a region; the Decathlon value: name.
            name, values = (right, left) if isinstance(right, str) else (left, right)
            whole = {int(one) for one in (values if isinstance(values, list) else [values])}
            if name == "ignore":
                ignore |= whole
            elif whole - {BACKGROUND}:
                meaning.setdefault(str(name), set()).update(whole - {BACKGROUND})
        return meaning, ignore
    except (OSError, ValueError, KeyError, TypeError) as error:
        said = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        raise SourceError(
            f"a dataset.json with labels at {file}", str(said), "Check labels.dataset"
        ) from error
