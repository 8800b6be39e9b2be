"""Sources whose ids must not be written: hashes by a key, links in place of paths."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from labelassemble.assembly.hide_ids import Hidden, hide_table, name_images
from labelassemble.errors import SettingsError, some
from labelassemble.files.frame_path import split_frame
from labelassemble.settings import Recipe, SourceSettings
from labelassemble.sources.dicom_headers import read_headers
from labelassemble.sources.id_key import IdKey, open_id_key
from labelassemble.sources.linked_files import link_files
from labelassemble.storage.object_place import find_location
from labelassemble.storage.write_aside import write_text
from labelassemble.vocabulary.class_table import ClassTable

_MARK = "ids_key.txt"
"""In an output folder: which key its ids are hashed with."""


@dataclass
class Hiding:
    """The way of a recipe's sources from ids to hashes.

    Attributes:
        key: makes the hashes.
        names: of each source, image to hash.
    """

    key: IdKey
    names: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def headers(self) -> Path:
        """The file that keeps headers of DICOM files, beside the key."""
        return self.key.files / "headers.parquet"

    def name(self, table: ClassTable) -> dict[str, str]:
        """Give each image of a source, with the paths that it has there, its hash."""
        paths = table.images["path"].drop_nulls()
        headers = read_headers(paths, self.headers, table.manifest.headers.elements)
        return name_images(table.images, headers, self.key)

    def link(self, tables: Sequence[ClassTable]) -> list[ClassTable]:
        """Put links in place of the paths of all images, and find the hash of each image.

        Raises:
            SourceError: as ``link_files``.
        """
        linked = []
        for table in tables:
            self.names[table.source] = self.name(table)
            links = link_files(table.images["path"].drop_nulls(), self.key)
            path = table.images["path"].replace_strict(links, default=None, return_dtype=pl.String)
            images = table.images.with_columns(path=path)
            masks = self._link_masks(table.masks)
            linked.append(replace(table, images=images, masks=masks))
        return linked

    def _link_masks(self, masks: pl.DataFrame) -> pl.DataFrame:
        links = link_files(masks["path"].drop_nulls().unique(), self.key)
        if not links:
            return masks
        path = masks["path"].replace_strict(links, default=None, return_dtype=pl.String)
        return masks.with_columns(path=path)

    def hide(self, tables: Sequence[ClassTable], sources: Sequence[SourceSettings]) -> Hidden:
        """Put hashes in place of all ids of tables that were linked.

        Args:
            tables: as ``link`` gave them; images may have gone since.
            sources: their settings.
        """
        hidden = []
        for table, source in zip(tables, sources, strict=True):
            folder = source.images or source.folder / table.manifest.images.folder
            names = self.names[table.source]

            def is_file(name: str, folder: Path = folder) -> bool:
                return (folder / split_frame(name)[0]).is_file()

            hidden.append(hide_table(table, names, is_file, self.key))
        return Hidden(self.key, hidden)


def begin_hiding(recipe: Recipe, tell: Callable[[str], None] | None = None) -> Hiding | None:
    """Open the key of a recipe, and mark its output folder; None: ids are written as they are.

    Args:
        recipe: resolved settings.
        tell: takes that a key was made.

    Raises:
        SettingsError: as ``open_id_key``; an output folder that holds what was made without the
            key, and so perhaps the ids.
    """
    place = recipe.assembly.ids_key
    if place is None:
        return None
    far = [one for source in recipe.sources for one in (source.folder, source.images)]
    if location := next((told for one in far if one and (told := find_location(one))), None):
        raise SettingsError(
            "sources on this machine for assembly.ids_key, which leads to files by other names",
            location,
            "Copy that source here, or leave assembly.ids_key out",
        )
    key = open_id_key(place, recipe.output)
    if key.made and tell is not None:
        tell(
            f"A new key for hashed ids: {place}. Keep it safe, and a copy of it: who has it can "
            "test ids, and without it no further table gets the same hashes"
        )
    mark = recipe.output / _MARK
    inside = recipe.output.iterdir() if recipe.output.is_dir() else ()
    held = [one.name for one in inside if one.suffix != ".lock"]
    there = mark.read_text(encoding="utf-8").strip() if mark.is_file() else None
    if held and there != key.fingerprint:
        raise SettingsError(
            "an output folder that is empty, or was made with the same key (assembly.ids_key)",
            f"{recipe.output} with {some(sorted(held), 4)}, made "
            + ("without one" if there is None else "with another"),
            "Choose another output folder, or empty this one: it may hold ids",
        )
    key.files.mkdir(exist_ok=True, mode=0o700)
    recipe.output.mkdir(parents=True, exist_ok=True)
    write_text(key.fingerprint + "\n", mark)
    return Hiding(key)


def hide_files(
    files: Sequence[Path], folders: Sequence[Path], place: Path, output: Path | None = None
) -> dict[Path, str]:
    """Give files that stand in no table the hashes that they would have in one.

    Args:
        files: to be named; those below a folder by their path in it, others by their name.
        folders: some of the files lie in.
        place: the key's file.
        output: where predictions are written; the key must not lie there.

    Raises:
        SettingsError: as ``open_id_key``, or no key is there.
    """
    if not place.is_file():
        raise SettingsError(
            "the key of the recipe (assembly.ids_key), for --ids-key",
            f"no file {place}",
            "Name it; another key gives other hashes than the table has",
        )
    key = open_id_key(place, output or place / "none")
    names = [_name_below(path, folders) for path in files]
    paths = [str(path) for path in files]
    images = pl.DataFrame({"image": names, "path": paths})
    hidden = name_images(images, read_headers(paths), key)
    return {path: hidden[name] for path, name in zip(files, names, strict=True)}


def _name_below(path: Path, folders: Sequence[Path]) -> str:
    inside = next((one for one in folders if path.is_relative_to(one)), None)
    return path.name if inside is None else path.relative_to(inside).as_posix()
