"""Label tables of twelve simulated sources with as many rows as asked for, and no images.

Each is written in another way; nothing is held but a block of images at a time.

    python -m benchmarks.twelve_sources FOLDER ROWS
    labelassemble assemble FOLDER/recipe.toml
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from benchmarks.draw_tables import (
    BOXED,
    LISTED,
    MENTIONED,
    REVIEWED,
    draw_bare,
    draw_boxes,
    draw_classes,
    draw_columns,
    draw_finding_rows,
    draw_listed,
    draw_literal,
    draw_masks,
    draw_reviewed,
)

BLOCK = 100_000
"""Images drawn at a time; the same whatever the number of rows."""


class Source(NamedTuple):
    """A simulated source.

    Attributes:
        share: of all rows.
        rows_per_image: on average.
        manifest: how it is written, in TOML without its name.
        draw: images' numbers and a generator to its table's rows and, by name, further files.
        further: lines of the recipe's table of this source.
    """

    share: float
    rows_per_image: float
    manifest: str
    draw: Callable[[np.ndarray, np.random.Generator], dict[str, pl.DataFrame]]
    further: str = ""


_LISTED_SCOPE = f"""
[scope]
no_finding = ["No Finding"]
terms = {list(LISTED)}
"""
_PERSON = 'patient = "patient"\nview = "view"\nage = "age"\nsex = "sex"\n'
_TABLE = '[table]\nfile = "table.csv"\nimage = "image"\n'
_COLUMNS = f"""
[labels]
encoding = "finding_columns"
columns = {list(MENTIONED)}
"""

SOURCES = {
    "north": Source(
        0.22,
        1,
        f"""evidence = "text_mining"
{_TABLE}{_PERSON}
[labels]
encoding = "delimited_list"
column = "findings"
separator = "|"
{_LISTED_SCOPE}
[split]
column = "part"
values = {{ train = "train", test = "test" }}
""",
        draw_listed("", split=True),
        'split = "official"\n',
    ),
    "north_review": Source(
        0.008,
        1,
        f"""evidence = "consensus"
{_TABLE}patient = "patient"
[labels]
encoding = "finding_columns"
columns = {list(REVIEWED)}
values = {{ YES = "positive", NO = "negative" }}

[[overlaps]]
source = "north"
whole = true
evidence = "A part of north's images was read again, under north's names."
""",
        draw_reviewed,
    ),
    "north_opacity": Source(
        0.06,
        30_227 / 26_684,
        f"""evidence = "radiologist"
{_TABLE}
[labels]
encoding = "class_column"
column = "class"
[scope]
terms = ["Lung Opacity"]
no_finding = ["Normal", "No Lung Opacity / Not Normal"]
""",
        draw_classes,
    ),
    "masks": Source(
        0.03,
        12_954 / 12_047,
        f"""evidence = "radiologist"
{_TABLE}
[labels]
encoding = "run_length_rows"
term = "Pneumothorax"
column = "EncodedPixels"
none = "-1"
shape = [1024, 1024]
relative = true
by = "column"
""",
        draw_masks,
    ),
    "boxes": Source(
        0.12,
        67_914 / 15_000,
        f"""evidence = "radiologist"
{_TABLE}reader = "reader"
[labels]
encoding = "box_rows"
column = "finding"
box = ["x1", "y1", "x2", "y2"]
format = "corners"
[scope]
no_finding = ["No finding"]
terms = {list(BOXED)}
[terms]
"Other lesion" = ""
""",
        draw_boxes,
    ),
    "west": Source(
        0.14,
        1,
        f"""evidence = "text_mining"
{_TABLE}patient_pattern = '(?P<patient>patient\\d+)'
view = "view"
age = "age"
sex = "sex"
{_COLUMNS}values = {{ "1" = "positive", "0" = "negative", "-1" = "uncertain" }}
""",
        draw_columns("", ("1.0", "-1.0", "0.0")),
    ),
    "east": Source(
        0.14,
        1,
        f"""evidence = "text_mining"
{_TABLE}patient_pattern = '(?P<patient>patient\\d+)'
view = "view"
age = "age"
sex = "sex"
{_COLUMNS}values = {{ yes = "positive", no = "negative", maybe = "uncertain" }}
""",
        draw_columns("files/", ("yes", "maybe", "no")),
    ),
    "south": Source(
        0.10,
        1,
        f"""evidence = "text_mining"
{_TABLE}{_PERSON}
[labels]
encoding = "list_literal"
column = "labels"
[scope]
no_finding = ["normal"]
terms = {[term.replace("_", " ").lower() for term in LISTED]}
""",
        draw_literal,
    ),
    "rows": Source(
        0.04,
        1.31,
        f"""evidence = "text_mining"
{_TABLE}patient = "patient"
[labels]
encoding = "finding_rows"
column = "finding"
{_LISTED_SCOPE}
""",
        draw_finding_rows,
    ),
    "islands": Source(
        0.07,
        1,
        f"""evidence = "text_mining"
{_TABLE}{_PERSON}
[labels]
encoding = "delimited_list"
column = "findings"
separator = ";"
{_LISTED_SCOPE}
""",
        draw_listed("i", separator=";"),
    ),
    "valley": Source(
        0.052,
        1,
        f"""evidence = "text_mining"
{_TABLE}{_PERSON}
[labels]
encoding = "delimited_list"
column = "findings"
separator = " / "
{_LISTED_SCOPE}
""",
        draw_listed("v", separator=" / "),
    ),
    "unread": Source(
        0.02,
        1,
        f'{_TABLE}{_PERSON}\n[labels]\nencoding = "unlabelled"\n',
        draw_bare,
        'split = "train"\n',
    ),
}


def write_sources(folder: Path, rows: int, seed: int = 0) -> int:
    """Write the tables, manifests and ``recipe.toml``; gives how many rows the tables hold."""
    written = 0
    recipe = ['name = "Many rows"', 'output = "results"', 'vocabulary = "chest_radiograph"']
    for order, (name, source) in enumerate(SOURCES.items()):
        place = folder / name
        place.mkdir(parents=True)
        (place / "manifest.toml").write_text(
            f'name = "{name}"\n{source.manifest}', encoding="utf-8"
        )
        images = max(20, round(rows * source.share / source.rows_per_image))
        written += _write_tables(place, source, images, (seed, order))
        recipe.append(
            f'\n[[sources]]\nname = "{name}"\nmanifest = "{name}/manifest.toml"\n'
            f'folder = "{name}"\nmissing_images = "keep"\n{source.further}'
        )
    recipe.append(
        '\n[[assembly.crosswalks]]\nfile = "north_opacity/crosswalk.csv"\n'
        'left_source = "north_opacity"\nleft_column = "ours"\n'
        'right_source = "north"\nright_column = "theirs"\n'
        'error_column = "error"\nerror_above = 10.0\n'
        "\n[assembly]\nallow_unscored_classes = true\n"
    )
    (folder / "recipe.toml").write_text("\n".join(recipe), encoding="utf-8")
    return written


def _write_tables(place: Path, source: Source, images: int, seed: tuple[int, int]) -> int:
    rows = 0
    for start, numbers in _blocks(images):
        tables = source.draw(numbers, np.random.default_rng([*seed, start]))
        rows += tables["table.csv"].height
        for file, table in tables.items():
            with (place / file).open("ab") as stream:
                table.write_csv(stream, include_header=start == 0)
    return rows


def _blocks(images: int) -> Iterator[tuple[int, np.ndarray]]:
    for start in range(0, images, BLOCK):
        yield start, np.arange(start, min(start + BLOCK, images))


if __name__ == "__main__":
    print(f"{write_sources(Path(sys.argv[1]), int(sys.argv[2])):,} rows")
