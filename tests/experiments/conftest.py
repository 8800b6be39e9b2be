"""A table of two sources that annotate all three classes, made by hand; and recipes without files.

Image n of a source belongs to patient n // 2 and is positive for class c where n % (c + 2) == 0.
"""

from collections.abc import Callable
from typing import Any

import pytest

from labelassemble.assembly.assembled_table import AssembledTable, make_frame
from labelassemble.settings import Recipe

CLASSES = ("effusion", "mass", "nodule")
SOURCES = ("north", "west")
SPLITS = {"train": 24, "validate": 12, "test": 12}
"""Images a source."""


def make_table() -> AssembledTable:
    records, cells, members = [], [], []
    for source in SOURCES:
        for split, count in SPLITS.items():
            for number in range(count):
                image = f"{split}{number:02d}"
                name, patient = f"{source}/{image}", f"{source}/{split}{number // 2}"
                records.append(
                    {
                        "record": name,
                        "source": source,
                        "path": f"/{name}.png",
                        "patient": patient,
                        "group": len(records) // 2,
                        "split": split,
                        "split_reason": f"official {split} of {source}",
                    }
                )
                members.append(
                    {"record": name, "source": source, "image": image, "evidence": "table"}
                )
                cells += [
                    {
                        "record": name,
                        "class": finding,
                        "state": "positive" if number % (place + 2) == 0 else "negative",
                        "label": float(number % (place + 2) == 0),
                        "source": source,
                    }
                    for place, finding in enumerate(CLASSES)
                ]
    return AssembledTable(
        classes=CLASSES,
        records=make_frame("records", records),
        cells=make_frame("cells", cells),
        members=make_frame("members", members),
        scopes=dict.fromkeys(SOURCES, CLASSES),
        manifest={"vocabulary": {"name": "toy", "version": "1"}},
    )


@pytest.fixture(scope="session")
def table() -> AssembledTable:
    return make_table()


@pytest.fixture(scope="session")
def make_recipe() -> Callable[..., Recipe]:
    """Give a recipe of the two sources; ``experiment={...}`` and other tables may be given."""

    def make(**changes: Any) -> Recipe:
        sources = [{"name": name, "manifest": "toy", "folder": "."} for name in SOURCES]
        return Recipe.model_validate(
            {"name": "Toy", "output": "unused", "sources": sources, **changes}
        )

    return make
