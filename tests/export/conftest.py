"""Small assembled tables made by hand."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from PIL import Image

from labelassemble.assembly.assembled_table import AssembledTable, make_frame
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.settings import Recipe, SourceSettings

MakeTable = Callable[..., AssembledTable]

CELLS: dict[str, tuple[str, float | None]] = {
    "+": ("positive", 1.0),
    "-": ("negative", 0.0),
    "?": ("uncertain", None),
    "?+": ("uncertain", 1.0),
    "?-": ("uncertain", 0.0),
    "0.5": ("uncertain", 0.5),
    "0.1": ("uncertain", 0.1),
}
"""A sign to state and label; ``.`` is unknown, and has no cell."""


def build_table(
    classes: Sequence[str],
    records: Mapping[str, Mapping[str, Any]],
    cells: Sequence[tuple[str, str, str, float | None]] = (),
    boxes: Sequence[Mapping[str, Any]] = (),
    members: Sequence[Mapping[str, Any]] = (),
    manifest: Mapping[str, object] | None = None,
) -> AssembledTable:
    """``records``: name to facts; ``cells``: image, class, state, label."""
    rows = [
        {
            "record": name,
            "source": name.split("/")[0],
            "path": f"/files/{name}",
            "group": number,
            "split": "train",
            "split_reason": "drawn",
            **facts,
        }
        for number, (name, facts) in enumerate(records.items())
    ]
    said = {"source": "nih", "evidence": "unstated", "reason": "direct", "policy": "none"}
    told = [
        {"record": record, "class": one, "state": state, "label": label, **said}
        for record, one, state, label in cells
    ]
    named = [
        {
            "record": row["record"],
            "source": row["source"],
            "image": row["record"].split("/", 1)[-1],
            "path": row["path"],
            "evidence": "table",
        }
        for row in rows
    ]
    groups = sorted({row["group"] for row in rows})
    sources = dict.fromkeys(row["source"] for row in rows)
    return AssembledTable(
        classes=tuple(classes),
        records=make_frame("records", rows),
        cells=make_frame("cells", told),
        members=make_frame("members", [*named, *members]),
        groups=make_frame("groups", [{"group": group} for group in groups]),
        boxes=make_frame("boxes", boxes),
        scopes={source: tuple(classes) for source in sources},
        manifest=dict(manifest or {}),
    )


@pytest.fixture(scope="session")
def make_table() -> MakeTable:
    """``rows``: image to its cells, a word a class (``CELLS``), and perhaps facts."""

    def make(
        classes: Sequence[str],
        rows: Mapping[str, str | tuple[str, Mapping[str, Any]]],
        **more: Any,
    ) -> AssembledTable:
        told = {name: row if isinstance(row, tuple) else (row, {}) for name, row in rows.items()}
        cells = [
            (name, one, *CELLS[word])
            for name, (words, _) in told.items()
            for one, word in zip(classes, words.split(), strict=True)
            if word != "."
        ]
        return build_table(
            classes, {name: facts for name, (_, facts) in told.items()}, cells, **more
        )

    return make


@pytest.fixture(scope="session")
def table(make_table: MakeTable) -> AssembledTable:
    """Four images of two sources: a cell of every kind, a fact of every kind, and none."""
    told = {
        "split": "test",
        "fold": 1,
        "patient": "nih/7",
        "view": "PA",
        "age": 0.5,
        "sex": "F",
        "group": 0,
    }
    return make_table(
        ("mass", "nodule", "lung_opacity"),
        {
            "nih/1.png": ("+ - .", told),
            "nih/2.png": ("? 0.5 0.1", {"split": "validate", "fold": 0, "age": 40.0, "sex": "M"}),
            "rsna/a": ("?+ ?- .", {"split": "unused"}),
            "rsna/b": (". . .", {"path": None}),
        },
        manifest={
            "vocabulary": {"name": "chest_radiograph", "version": "1"},
            "sources": {"nih": {"licence": "CC0", "modality": "X-ray"}, "rsna": {}},
        },
    )


WIDTH, HEIGHT = 40, 30
BOX = {"x_min": 4.0, "y_min": 6.0, "x_max": 14.0, "y_max": 12.0}


@pytest.fixture(scope="session")
def boxed(make_table: MakeTable, tmp_path_factory: pytest.TempPathFactory) -> AssembledTable:
    """Images on the disk: with a box, in a frame of twice the size, without a box, unknown."""
    folder = tmp_path_factory.mktemp("boxed")
    words = {
        "nih/1.png": ("+ -", "train"),
        "nih/2.png": ("- -", "train"),
        "nih/3.png": ("+ .", "validate"),
        "rsna/4.png": ("? +", "test"),
        "rsna/5.png": ("0.5 -", "train"),
        "rsna/6.png": ("- .", "unused"),
        "rsna/7.png": ("- +", "test"),
    }
    rows = {}
    for place, (name, (cells, split)) in enumerate(words.items()):
        path = folder / name.split("/")[1]
        Image.fromarray(np.full((HEIGHT, WIDTH), 20 * place, dtype=np.uint8)).save(path)
        rows[name] = (cells, {"path": str(path), "split": split, "fold": None})
    own = {"record": "nih/1.png", "source": "nih", "image": "1.png", "class": "mass"}
    last = {"record": "rsna/7.png", "source": "rsna", "image": "7.png", "class": "nodule"}
    return make_table(
        ("mass", "nodule"),
        rows,
        members=[{**own, "source": "copy", "image": "x", "evidence": "crosswalk"}],
        boxes=[
            {**own, **BOX, "frame_width": 2 * WIDTH, "frame_height": 2 * HEIGHT},
            {**own, **BOX, "reader": "R1"},
            {**own, **BOX, "source": "copy", "image": "x"},
            {**last, **BOX},
        ],
        manifest={"sources": {"nih": {"licence": "CC0", "title": "NIH"}, "rsna": {}}},
    )


BOTH = '{ 1 = "pdac", 2 = "pancreatic cyst", 3 = "pancreatic lesion" }'
AFFINE = np.array([[-1.0, 0, 0, 50], [0, 1, 0, -20], [0, 0, 2, 7], [0, 0, 0, 1]])


@pytest.fixture(scope="session")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe's output: ``one`` drew adenocarcinomas, ``two`` all lesions; unlike files."""
    folder, generator = tmp_path_factory.mktemp("volumes"), np.random.default_rng(0)
    terms = {"one": '{ 1 = "pdac" }', "two": BOTH}
    sources = []
    for name, values in terms.items():
        ending = ".nii.gz" if name == "one" else ".nii"
        for part in ("images", "masks"):
            (folder / name / part).mkdir(parents=True)
        for number in range(3):
            voxels = generator.normal(40, 10, (12, 10, 6)).astype(np.int16)
            mask = np.zeros(voxels.shape, dtype=np.uint8)
            if number:
                mask[2:4, 2:4, 2:4] = 1
            if name == "two":
                mask[7:9, 5:7, 1:3] = 2
                mask[9:11, 0:2, 4:6] = 3
            for part, array in (("images", voxels), ("masks", mask)):
                path = folder / name / part / f"{name}{number}{ending}"
                nibabel.save(nibabel.Nifti1Image(array, AFFINE), path)
        (folder / name / "manifest.toml").write_text(f"""name = "{name}"
modality = "CT"
[labels]
encoding = "mask_values"
case = 'images/(?P<case>.+)\\.nii(\\.gz)?'
mask = "masks/{{case}}{ending}"
values = {values}
[images]
glob = "images/*{ending}"
""")
        where = {"manifest": str(folder / name / "manifest.toml"), "folder": folder / name}
        sources.append({"name": name, "split": "train", **where})
    recipe = Recipe(
        name="Toy",
        output=folder / "out",
        vocabulary="abdominal_ct",
        classes=("pancreatic_lesion", "pdac", "pancreatic_cyst"),
        sources=tuple(SourceSettings.model_validate(one) for one in sources),
        assembly={"allow_unscored_classes": True, "validation_fraction": 0.3},
    )
    assemble_sources(recipe)
    return folder / "out"
