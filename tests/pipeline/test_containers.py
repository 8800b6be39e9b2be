"""Sources whose images lie inside other files are read as those whose images lie loose."""

import io
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from labelassemble.errors import ImageError
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.pipeline.check_source import check_source
from labelassemble.pipeline.identify_source import describe_identified, identify_source
from labelassemble.recipe import read_recipe
from labelassemble.settings import Recipe

Pack = Callable[[Path, dict[str, bytes]], None]


def pack_zip(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)


def pack_tar(path: Path, files: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def take(folder: Path, files: Iterable[Path]) -> dict[str, bytes]:
    """Take files away from disk."""
    taken = {file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(files)}
    for name in taken:
        (folder / name).unlink()
    return taken


@pytest.fixture
def own(hospitals: Path, recipe: Recipe, tmp_path: Path) -> Recipe:
    """A copy of the hospitals that a test may pack."""
    shutil.copytree(hospitals.parent, tmp_path / "own", ignore=shutil.ignore_patterns("results"))
    copied = read_recipe(tmp_path / "own" / "recipe.toml")
    return copied.model_copy(update={"images": recipe.images, "assembly": recipe.assembly})


def test_packed_hospitals_become_the_same_table(own: Recipe, finished: Any) -> None:
    root = own.output.parent
    packs = {"north": ("images.zip", pack_zip), "south": ("images.tar", pack_tar)}
    packed = 0
    for source in own.sources:
        folder = root / source.name
        if not (folder / "images").is_dir():
            continue
        name, pack = packs.get(source.name, ("images.tar.gz", pack_tar))
        files = take(folder / "images", (folder / "images").iterdir())
        (folder / "images").rmdir()
        pack(folder / name, files)
        packed += len(files)
    assert packed > 100
    table = assemble_sources(own)
    loose = assemble_sources(finished.recipe)
    assert table.records.drop("path").equals(loose.records.drop("path"))
    assert table.cells.equals(loose.cells)
    assert table.records["path"].str.contains("#").sum() > 50


def test_a_damaged_image_in_an_archive_is_told_as_a_loose_one_is(own: Recipe) -> None:
    folder = own.output.parent / "north"
    files = take(folder / "images", (folder / "images").iterdir())
    (folder / "images").rmdir()
    pack_zip(folder / "images.zip", files)
    data = bytearray((folder / "images.zip").read_bytes())
    data[200] ^= 0xFF
    (folder / "images.zip").write_bytes(data)
    with pytest.raises(ImageError) as caught:
        assemble_sources(own)
    assert "unreadable_images" in str(caught.value)
    assert "images.zip" in str(caught.value)


HEADER = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],\n"
)


def nih(record: bytes) -> tuple[bytes, dict[str, bytes]]:
    names = [f"{patient:08d}_{number:03d}.png" for patient in range(1, 7) for number in range(2)]
    rows = [f"{n},Mass,0,{int(n[:8])},50,M,PA,99,99,1,1,\n" for n in names]
    return (HEADER + "".join(rows)).encode(), dict.fromkeys(names, record)


def as_published(folder: Path, table: bytes, files: dict[str, bytes]) -> Path:
    (folder / "Data_Entry_2017_v2020.csv").write_bytes(table)
    names = list(files)
    for part in (0, 1):
        some = {f"images/{name}": files[name] for name in names[part::2]}
        pack_tar(folder / f"images_00{part + 1}.tar.gz", some)
    return folder


def as_one_archive(folder: Path, table: bytes, files: dict[str, bytes]) -> Path:
    inside = {f"images_001/images/{name}": data for name, data in files.items()}
    pack_zip(folder / "archive.zip", {"Data_Entry_2017.csv": table, **inside})
    return folder


def the_archive_itself(folder: Path, table: bytes, files: dict[str, bytes]) -> Path:
    return as_one_archive(folder, table, files) / "archive.zip"


def kept_beside_the_unpacked(folder: Path, table: bytes, files: dict[str, bytes]) -> Path:
    as_published(folder, table, files)
    (folder / "images").mkdir()
    for name, data in files.items():
        (folder / "images" / name).write_bytes(data)
    return folder


@pytest.mark.parametrize(
    "make", [as_published, as_one_archive, the_archive_itself, kept_beside_the_unpacked]
)
def test_a_built_in_source_is_known_and_read_packed(
    make: Callable[..., Path], tmp_path: Path, draw_image: Any
) -> None:
    import cv2

    table, files = nih(cv2.imencode(".png", draw_image(1))[1].tobytes())
    folder = make(tmp_path, table, files)
    assert "use built-in nih_chestxray14" in describe_identified(identify_source(folder))
    check = check_source("nih_chestxray14", folder)
    assert not check.problems
    assert check.table is not None
    assert check.table.images["path"].null_count() == 0
    assert check.table.images.height == check.image_files == 12
    if "#" in check.table.images["path"][0]:
        assert check.table.not_taken.is_empty()


def test_what_cannot_be_read_in_place_is_said_once(tmp_path: Path) -> None:
    table, files = nih(b"1")
    folder = as_published(tmp_path, table, files)
    cut = (folder / "images_001.tar.gz").read_bytes()
    (folder / "images_001.tar.gz").write_bytes(cut[: len(cut) // 2])
    check = check_source("nih_chestxray14", folder)
    (problem,) = check.problems
    assert "6 of the 12 images have no file" in problem.what
    assert "images_001.tar.gz: an archive that cannot be looked into" in problem.what


def test_folders_of_classes_are_read_packed(tmp_path: Path) -> None:
    (tmp_path / "classes.toml").write_text(
        'name = "classes"\nlabels.encoding = "folder_names"\n'
        "labels.patterns = ['(.*/)?(?P<split>train|val)/(?P<term>sick|well)/"
        "(?P<patient>p\\d+)_\\d+\\.png']\n"
        'scope.terms = ["sick"]\nscope.no_finding = ["well"]\nterms = { sick = "pneumonia" }\n'
        'split.values = { train = "train", val = "validate" }\n'
    )
    names = ["train/sick/p1_1.png", "train/well/p2_1.png", "val/well/p3_1.png"]
    files = {name: name.encode() for name in names}
    folder = tmp_path / "set"
    folder.mkdir()
    found = []
    for place, make in (
        (folder / "data.zip", lambda: pack_zip(folder / "data.zip", files)),
        (folder, lambda: None),
    ):
        make()
        check = check_source(str(tmp_path / "classes.toml"), place)
        assert not check.problems
        assert check.table is not None
        found.append(check.table.images.select("patient", "official_split"))
    assert found[0].equals(found[1])
    assert found[0].rows() == [("p1", "train"), ("p2", "train"), ("p3", "validate")]


def test_masks_in_an_archive_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "masks.toml").write_text(
        'name = "masks"\nlabels.encoding = "mask_values"\n'
        "labels.case = 'images/(?P<case>c\\d+)\\.png'\n"
        'labels.mask = "masks/{case}.png"\nlabels.values = { "255" = "tumor" }\n'
        'terms = { tumor = "lung_lesion" }\n'
    )
    folder = tmp_path / "set"
    folder.mkdir()
    pack_zip(folder / "all.zip", {"images/c1.png": b"1", "masks/c1.png": b"1"})
    check = check_source(str(tmp_path / "masks.toml"), folder)
    (problem,) = check.problems
    assert "all.zip: masks are read from folders: unpack it" in str(problem)


def test_rows_that_name_a_table_in_an_archive_are_traced_to_it(tmp_path: Path) -> None:
    table, files = nih(b"1")
    folder = as_one_archive(tmp_path, table, files)
    check = check_source("nih_chestxray14", folder)
    assert check.table is not None
    assert [one.path for one in check.table.inputs] == ["archive/Data_Entry_2017.csv"]
    assert isinstance(check.table.images["path"], pl.Series)
