"""Boxes and image labels as COCO's JSON, with the lists by which LVIS keeps partial labels."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.export.describe_sources import told_sources
from labelassemble.export.label_matrix import label_matrix
from labelassemble.export.own_boxes import find_own_boxes
from labelassemble.files.image_size import ImageSize

COCO_MEANING = (
    "Partly labelled. Categories that an image was looked at for: looked_for_category_ids; absent: "
    "neg_category_ids; present: pos_category_ids; present, and perhaps not all of it boxed: "
    "not_exhaustive_category_ids; neither present nor absent: uncertain_category_ids. A category "
    "in none of these is unknown there. A crowd is present, and nobody says where."
)


def make_coco_list(
    table: AssembledTable, sizes: Mapping[str, ImageSize], complete: Collection[str] = ()
) -> dict[str, Any]:
    """Make COCO's tables of images, categories and annotations.

    A box is an annotation with ``iscrowd`` 0, in pixels of the file (x, y, width, height). A class
    that is present and has no box on its image is one annotation over the whole image with
    ``iscrowd`` 1: by COCO's rules a detection there counts neither for nor against. What an image
    was looked at for stands in it as LVIS has it (``neg_category_ids``,
    ``not_exhaustive_category_ids``), and in full (``COCO_MEANING``).

    Args:
        table: records with a file.
        sizes: record to width and height of its file, for every record.
        complete: sources whose boxes show every lesion of their classes.

    Returns:
        What ``render_json_rows`` takes; ``info`` counts boxes on other members.

    Source: Lin 2014, COCO's data format; Gupta 2019, LVIS's federated annotations.
    """
    number = {name: place for place, name in enumerate(table.classes, start=1)}
    boxes, elsewhere = find_own_boxes(table, sizes)
    label = label_matrix(table)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    columns = ["record", "path", "split", "fold", "source", "patient", "group"]
    for place, row in enumerate(table.records.select(columns).iter_rows(named=True)):
        size, own = sizes[row["record"]], boxes.get(row["record"], [])
        present = {table.classes[one] for one in np.flatnonzero(label.label[place] == 1)}
        absent = {table.classes[one] for one in np.flatnonzero(label.label[place] == 0)}
        known = ~np.isnan(label.label[place]) | label.uncertain[place]
        looked = {table.classes[one] for one in np.flatnonzero(known)}
        boxed = {box.of_class for box in own}
        partly = {box.of_class for box in own if box.source not in complete}
        groups = {
            "looked_for": looked,
            "pos": present,
            "neg": absent,
            "not_exhaustive": (present - boxed) | (present & partly),
            "uncertain": looked - present - absent,
        }
        image_id = place + 1
        images.append(
            {
                "id": image_id,
                "file_name": row["path"],
                "width": size.width,
                "height": size.height,
                **{
                    f"{name}_category_ids": sorted(number[one] for one in group)
                    for name, group in groups.items()
                },
                **{name: row[name] for name in columns if name != "path"},
            }
        )
        drawn: list[tuple[str, list[float], int, dict[str, Any]]] = [
            (box.of_class, list(box[1:5]), 0, {"source": box.source, "reader": box.reader})
            for box in own
        ]
        whole = [0.0, 0.0, float(size.width), float(size.height)]
        drawn += [(name, whole, 1, {}) for name in table.classes if name in present - boxed]
        for name, bbox, crowd, said in drawn:
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": number[name],
                    "bbox": bbox,
                    "area": bbox[2] * bbox[3],
                    "iscrowd": crowd,
                    **said,
                }
            )
    licences = [(name, one["licence"]) for name, one in told_sources(table) if one.get("licence")]
    return {
        "info": {"description": COCO_MEANING, "boxes_elsewhere": elsewhere},
        "licenses": [
            {"id": place, "name": f"{name}: {licence}", "url": ""}
            for place, (name, licence) in enumerate(licences, start=1)
        ],
        "categories": [{"id": place, "name": name} for name, place in number.items()],
        "images": images,
        "annotations": annotations,
    }
