"""Random small sources in further forms: parts in folders, numbered classes, tars, zips."""

import io
import json
import random
import tarfile
import zipfile
from collections.abc import Callable

import numpy as np
from PIL import Image
from tests.pipeline.draft_worlds import NO_FINDING, Rows, World, draw_rows, tell

PARTS = (
    ("train", "valid", "test"),
    ("Training", "Validation", "Testing"),
    ("train_set", "test_set"),
)
LABEL = ("class", "label", "diagnosis", "Finding", "category")
OTHER_NONE = (
    "Sin hallazgos",
    "gesund",
    "正常",
    "Saudável",
    "Normale",
    "Unauffällig",
    "норма",
    "sain",
)


def make_packed_world(seed: int) -> World:
    """Make a source; the same seed gives the same one."""
    rng = random.Random(f"packed {seed}")
    world = World(seed)
    rows = draw_rows(rng)
    while any(len(words) > 1 for words in rows.there):
        rows = draw_rows(rng)
    form: Callable[[World, Rows, random.Random], None] = rng.choice(
        (_part_folders, _numbered_folders, _numbered_folders, _samples, _zipped, _other_language)
    )
    world.what.append(form.__name__)
    tell(world, rows)
    form(world, rows, rng)
    return world


def _draw(seed: int) -> bytes:
    memory = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 255, (12, 12), dtype=np.uint8)
    Image.fromarray(pixels).save(memory, "PNG")
    return memory.getvalue()


def _part_folders(world: World, rows: Rows, rng: random.Random) -> None:
    """A table in the folder of each part of a split."""
    parts, none, label = rng.choice(PARTS), rng.choice(NO_FINDING), rng.choice(LABEL)
    inner = rng.choice(("", "images/"))
    for at, part in enumerate(parts):
        lines = [f"filename,{label},age"]
        for n, (stem, words) in enumerate(zip(rows.stems, rows.there, strict=True)):
            if n % len(parts) == at:
                world.images.append(f"{part}/{inner}{stem}.png")
                lines.append(f"{stem}.png,{words[0] if words else none},{40 + n}")
        world.labels = f"{part}/{rng.choice(('labels', '_classes', 'annotations'))}.csv"
        world.tables[world.labels] = "\n".join(lines) + "\n"
    world.what.append(f"{parts} {label} {none}")


def _numbered_folders(world: World, rows: Rows, rng: random.Random) -> None:
    """Folders of classes with a number in front, or how many files there are behind."""
    none = rng.choice(NO_FINDING)
    words = [none, *rows.classes]
    rng.shuffle(words)
    count = {word: sum(word in (there or [none]) for there in rows.there) for word in words}
    how = rng.choice(("{0:02}_{1}", "{0}-{1}", "{1} ({2})", "Class{0}_{1}"))
    called = {word: how.format(at + 1, word, count[word]) for at, word in enumerate(words)}
    split = rng.random() < 0.4
    for n, (stem, there) in enumerate(zip(rows.stems, rows.there, strict=True)):
        part = ("train/", "val/", "test/")[n % 3] if split else ""
        world.images.append(f"{part}{called[there[0] if there else none]}/{stem}.png")
        world.truth[stem] = {called[word]: word in there for word in rows.classes}
    world.what.append(f"{how} {words}")


def _samples(world: World, rows: Rows, rng: random.Random) -> None:
    """Tars of images with a file of words, or of fields, beside each."""
    how, none = rng.choice(("txt", "cls", "json", "columns")), rng.choice(NO_FINDING)
    shards = rng.choice((("a",), ("train-000", "val-000"), ("shard-000", "shard-001", "shard-002")))
    stems = [f"{n:06d}" for n in range(len(rows.stems))]
    world.truth = {stem: world.truth[old] for stem, old in zip(stems, rows.stems, strict=True)}
    for at, shard in enumerate(shards):
        memory = io.BytesIO()
        with tarfile.open(fileobj=memory, mode="w") as archive:
            for n, (stem, words) in enumerate(zip(stems, rows.there, strict=True)):
                if n % len(shards) != at:
                    continue
                fields: dict[str, object] = {"patient": rows.patients[n]}
                if how == "columns":
                    fields |= {word: int(word in words) for word in rows.classes}
                else:
                    fields["labels"] = words or [none]
                text = json.dumps(fields) if how in ("json", "columns") else (words or [none])[0]
                ending = "json" if how in ("json", "columns") else how
                for name, data in ((f"{stem}.png", _draw(n)), (f"{stem}.{ending}", text.encode())):
                    info = tarfile.TarInfo(name)
                    info.size = len(data)
                    archive.addfile(info, io.BytesIO(data))
        world.packed[f"{shard}.tar"] = memory.getvalue()
    world.labels = f"{shards[0]}.tar"
    world.what.append(f"{how} {shards} {none}")


def _zipped(world: World, rows: Rows, rng: random.Random) -> None:
    """A table and images in one zip archive, or the table beside it."""
    none, label, inside = rng.choice(NO_FINDING), rng.choice(LABEL), rng.random() < 0.6
    lines = [f"image_id,{label}"]
    lines += [
        f"{stem},{words[0] if words else none}"
        for stem, words in zip(rows.stems, rows.there, strict=True)
    ]
    text = "\n".join(lines) + "\n"
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for n, stem in enumerate(rows.stems):
            archive.writestr(f"images/{stem}.png", _draw(n))
        if inside:
            archive.writestr("labels.csv", text)
    world.packed["data.zip"] = memory.getvalue()
    world.labels = "labels.csv"
    if not inside:
        world.tables["labels.csv"] = text
    world.what.append(f"inside {inside} {label} {none}")


def _other_language(world: World, rows: Rows, rng: random.Random) -> None:
    """A word for no finding in another language than English."""
    none, label = rng.choice(OTHER_NONE), rng.choice(LABEL)
    world.images += [f"images/{stem}.png" for stem in rows.stems]
    lines = [f"{label};image"]
    lines += [
        f"{words[0] if words else none};{stem}.png"
        for stem, words in zip(rows.stems, rows.there, strict=True)
    ]
    world.labels = "tabla.csv"
    world.tables[world.labels] = "\n".join(lines) + "\n"
    world.what.append(f"{label} {none}")
