"""What is changed and then read: images, volumes, sources, manifests, recipes, own files."""

import contextlib
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import tifffile
from PIL import Image
from tests.pacs_tree import make_object
from tests.public_forms.forms import FORMS

from benchmarks.mutations.subject import OverMemoryError, RefusedError, Subject
from benchmarks.torture.trials import RUN
from labelassemble.cli import main
from labelassemble.errors import LabelAssembleError, MachineError
from labelassemble.files.mask_image import read_mask_image
from labelassemble.files.read_image import read_image
from labelassemble.files.read_size import read_size
from labelassemble.files.volume_file import open_volume_file
from labelassemble.recipe import read_recipe
from labelassemble.sources.manifest_file import load_manifest


def command(*words: str) -> str:
    """Give what a command says.

    Raises:
        RefusedError: it ended with a message.
        OverMemoryError: that there is no memory.
    """
    said, told = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(told):
        try:
            status = main(list(words))
        except SystemExit as error:
            status = error.code if isinstance(error.code, int) else 2
    if status not in (0, 3):
        if "enough memory" in told.getvalue():
            raise OverMemoryError
        raise RefusedError(told.getvalue() or said.getvalue())
    return said.getvalue()


def attempt(read: Callable[[Path], object], path: Path) -> object:
    """Read a file.

    Raises:
        RefusedError: it was refused with a message.
    """
    try:
        return read(path)
    except MachineError as error:
        raise OverMemoryError from error
    except LabelAssembleError as error:
        raise RefusedError(str(error)) from error


def _read_image(folder: Path) -> None:
    path = next(folder.iterdir())
    refused = None
    for read in (read_image, read_size, read_mask_image):
        try:
            attempt(read, path)
        except RefusedError as error:
            # What a mask must be beyond a image, most of these are not.
            refused = error if read is not read_mask_image else refused
    if refused:
        raise refused


def _read_volume(folder: Path) -> None:
    def whole(path: Path) -> object:
        file = open_volume_file(path)
        return [file.read(at, at + 1) for at in range(min(file.shape[-1], 64))]

    attempt(whole, next(folder.iterdir()))


def make_images() -> list[Subject]:
    """Small images of every kind."""
    draw = np.random.default_rng(0)
    grey = draw.integers(0, 256, (40, 56), dtype=np.uint8)
    deep = grey.astype(np.uint16) * 200
    made = dict[str, bytes]()

    def pillow(name: str, kind: str, mode: str = "L", **options: object) -> None:
        memory = io.BytesIO()
        Image.fromarray(grey).convert(mode).save(memory, kind, **options)
        made[name] = memory.getvalue()

    for name, kind, mode, options in (
        *(("a.png", "PNG", "L", {}), ("b.png", "PNG", "P", {}), ("c.png", "PNG", "LA", {})),
        *(("d.png", "PNG", "1", {}), ("a.jpg", "JPEG", "L", {}), ("b.jpg", "JPEG", "CMYK", {})),
        *(("c.jpg", "JPEG", "RGB", {"progressive": True}), ("a.webp", "WEBP", "RGB", {})),
        *(("b.webp", "WEBP", "RGB", {"lossless": True}), ("a.bmp", "BMP", "L", {})),
        *(("a.jp2", "JPEG2000", "L", {}), ("a.gif", "GIF", "L", {}), ("a.pgm", "PPM", "L", {})),
        *(("lzw.tif", "TIFF", "L", {"compression": "tiff_lzw"}), ("a.tga", "TGA", "L", {})),
    ):
        pillow(name, kind, mode, **options)
    for name, values, options in (
        *(("a.tif", grey, {}), ("b.tif", deep, {"compression": "zlib"})),
        *(("c.tif", deep.astype(np.float32), {}), ("d.tif", np.stack([grey, grey]), {})),
    ):
        memory = io.BytesIO()
        tifffile.imwrite(memory, values, photometric="minisblack", **options)
        made[name] = memory.getvalue()
    for name, syntax in (("a.dcm", None), ("b.dcm", "1.2.840.10008.1.2.1.99")):
        memory, one = io.BytesIO(), make_object(WindowCenter=2000, WindowWidth=3000)
        if syntax:
            one.file_meta.TransferSyntaxUID = syntax
        one.save_as(memory, enforce_file_format=True)
        made[name] = memory.getvalue()
    return [Subject({name: data}, _read_image, (name,)) for name, data in made.items()]


def make_volumes() -> list[Subject]:
    """Small volumes of every kind."""
    voxels = np.random.default_rng(0).integers(-900, 900, (9, 8, 7)).astype(np.int16)
    plain = nibabel.Nifti1Image(voxels, np.eye(4)).to_bytes()
    meta = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
        "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 1 1 2\n"
        "DimSize = 9 8 7\nElementType = MET_SHORT\nElementDataFile = LOCAL\n"
    )
    nrrd = (
        "NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 9 8 7\n"
        "space directions: (1,0,0) (0,1,0) (0,0,2)\nkinds: domain domain domain\nendian: little\n"
        "encoding: gzip\nspace origin: (0,0,0)\n\n"
    )
    raw = voxels.tobytes(order="F")
    made = {
        "a.nii": plain,
        "a.nii.gz": gzip.compress(plain, mtime=0),
        "b.nii": nibabel.Nifti2Image(voxels, np.eye(4)).to_bytes(),
        "a.mha": meta.encode() + raw,
        "a.nrrd": nrrd.encode() + gzip.compress(raw, mtime=0),
    }
    return [Subject({name: data}, _read_volume, (name,)) for name, data in made.items()]


def _write_form(form: object, folder: Path) -> dict[str, bytes]:
    form.write(folder)  # type: ignore[attr-defined]
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def make_sources(folder: Path) -> list[Subject]:
    """Public sets in the forms in which they circulate, checked, or drafted."""
    made = []
    for at, form in enumerate(FORMS):
        files = _write_form(form, folder / str(at))

        def check(below: Path, form: object = form) -> object:
            place = str(form.folder(below))  # type: ignore[attr-defined]
            source: str = form.source  # type: ignore[attr-defined]
            if source:
                return command("check", source, place)
            return command("draft", place, "--output", str(below / "drafted.toml"))

        made.append(Subject(files, check, tuple(files)))
    return made


def make_manifests(folder: Path) -> list[Subject]:
    """Manifests of public sets, changed, and checked on folders of theirs."""
    made = []
    for at, form in enumerate(one for one in FORMS if one.source):
        manifest = (Path(load_manifest.__code__.co_filename).parent / "manifests").joinpath(
            f"{form.source}.toml"
        )
        files = _write_form(form, folder / str(at))
        inner = {f"set/{name}": data for name, data in files.items()}

        def check(below: Path, form: object = form) -> object:
            place = str(form.folder(below / "set"))  # type: ignore[attr-defined]
            return command("check", str(below / "manifest.toml"), place)

        text = manifest.read_bytes()
        made.append(Subject({**inner, "manifest.toml": text}, check, ("manifest.toml",)))
    return made


def make_recipes(recipe: Path) -> list[Subject]:
    """A recipe, read."""
    text = recipe.read_bytes()

    def read(below: Path) -> object:
        return attempt(read_recipe, below / "recipe.toml")

    return [Subject({"recipe.toml": text}, read, ("recipe.toml",))]


def make_own(made: Path, image: Path) -> list[Subject]:
    """A table, a run and its packed model, read by commands.

    Args:
        made: an output folder with all of them; the model beside it.
        image: what the model predicts for.
    """
    pack = made.with_suffix(".laz")
    files = {
        path.relative_to(made).as_posix(): path.read_bytes()
        for path in sorted(made.rglob("*"))
        if path.is_file() and not path.name.endswith(".lock") and path.suffix != ".html"
    }
    files["mine.laz"] = pack.read_bytes()

    def export(below: Path) -> object:
        command("export", str(below), "csv", str(below / "table.csv"))
        return (below / "table.csv").read_bytes()

    def predict(model: str) -> Callable[[Path], object]:
        def run(below: Path) -> object:
            table = below / "predicted.csv"
            command("predict", str(below / model), str(image), "--output", str(table))
            return table.read_bytes()

        return run

    def pick(start: str) -> tuple[str, ...]:
        return tuple(name for name in files if name.startswith(start))

    table = {name: files[name] for name in pick("assembled/")}
    run = {name: files[name] for name in pick(RUN.as_posix())}
    return [
        Subject(table, export, tuple(table), own=True),
        Subject(run, predict(RUN.as_posix()), tuple(run), own=True),
        Subject({"mine.laz": files["mine.laz"]}, predict("mine.laz"), ("mine.laz",), own=True),
    ]
