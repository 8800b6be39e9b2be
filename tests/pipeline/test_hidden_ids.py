"""Ids by a key on the whole way: nothing that is written tells who anybody is."""

import base64
import hashlib
import io
import re
import zipfile
import zlib

import cv2
import numpy as np
import polars as pl
import pytest
from tests.pacs_tree import make_object, write_tree

from labelassemble.assembly.table_folder import read_assembled
from labelassemble.errors import SettingsError, SourceError
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.pipeline.audit_assembled import audit_assembled
from labelassemble.pipeline.export_table import FORMS, export_table
from labelassemble.pipeline.predict_images import predict_images
from labelassemble.pipeline.predict_options import PredictOptions
from labelassemble.pipeline.run_recipe import run_recipe
from labelassemble.recipe import read_recipe

RECIPE = """
name = "ours"
output = "out"
vocabulary = "chest_radiograph"
images.size = 32
assembly.validation_fraction = 0.3
assembly.allow_unscored_classes = true
assembly.ids_key = "safe/ids.key"
model.backbone = "small"
training.epochs = 1
training.batch_size = 16
training.tensorboard = true
evaluation.replicates = 50
[[sources]]
name = "{name}"
manifest = "{name}.toml"
folder = "{name}"
missing_images = "exclude"
"""
MANIFEST = """
name = "north"
[table]
file = "labels.csv"
key = "AccessionNumber"
[headers]
keep = { Modality = ["DX", "CR"], ViewPosition = ["PA", "AP"] }
exclude = { StudyDescription = ["*Q*"] }
[labels]
encoding = "finding_columns"
columns = ["Mass", "Effusion"]
values = { 1 = "positive", 0 = "negative" }
[split]
test_from = 2024-07-19
"""
ROOT = "1.2.276.7238010.3"
YEARS = ("20230719", "20240719", "20240719")

PLAIN = [form for form in FORMS if form not in ("nnunet", "yolo")]
"""Forms of names and labels; the others lead to image files, which tell who it is."""


def tell_of(study):
    """What the headers of a study say, and nobody may read."""
    patient = (study + 1) // 2
    return {
        "PatientID": f"MRN{7390400 + patient}",
        "PatientName": f"Zoetermeer{patient}^Anna",
        "PatientBirthDate": f"19{40 + patient}1127",
        "AccessionNumber": f"QX{5550100 + study}",
        "StudyInstanceUID": f"{ROOT}.{study}",
        "StudyDate": YEARS[patient % 3],
        "StudyDescription": "Thorax Dr. Quist" if study % 7 == 0 else "Thorax",
    }


def write_hospital(folder, studies, first=1):
    """A tree of studies, one of them without a row, and a table with a row without a study."""
    objects, rows = [], []
    for study in range(first, first + studies):
        for image, view in ((1, "PA"), (2, "LL")):
            facts = tell_of(study)
            uid = f"{facts['StudyInstanceUID']}.1"
            made = make_object(study, 1, image, ViewPosition=view, **facts)
            made.SeriesInstanceUID, made.SOPInstanceUID = uid, f"{uid}.{image}"
            made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
            objects.append(made)
        if study > first:
            rows.append(f"{facts['AccessionNumber']},{study % 2},{study // 2 % 2}")
    rows.append(f"{tell_of(999)['AccessionNumber']},1,0")
    write_tree(folder, objects)
    (folder / "labels.csv").write_text("\n".join(["AccessionNumber,Mass,Effusion", *rows]) + "\n")


def list_ids(studies):
    """Everything that must not be found, as bytes."""
    texts = set()
    for study in studies:
        facts = tell_of(study)
        facts["Birth"] = facts["PatientBirthDate"]
        texts |= {facts[name] for name in ("PatientID", "AccessionNumber", "StudyInstanceUID")}
        texts |= {f"Zoetermeer{(study + 1) // 2}", facts["PatientBirthDate"], facts["StudyDate"]}
        date = facts["StudyDate"]
        texts |= {f"{date[:4]}-{date[4:6]}-{date[6:]}", facts["PatientID"][3:], "Quist"}
    texts -= {"2024-07-19"}  # the recipe's own day
    ids = set()
    for text in texts:
        plain = text.encode()
        ids |= {plain, plain.lower(), text.encode("utf-16-le"), text.encode("utf-16-be")}
        ids.add(plain.hex().encode())
        ids |= {hashlib.new(one, plain).hexdigest().encode() for one in ("sha256", "md5", "sha1")}
        ids |= {hashlib.sha256(plain).digest()}
        for shift in range(3):
            ids.add(base64.b64encode(bytes(shift) + plain)[4:-4])
    return {one for one in ids if len(one) >= 5}


def unpack(data, depth=0):
    """A file's bytes, and all that is packed in them."""
    yield data
    if depth > 4:
        return
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for one in archive.infolist():
                yield one.filename.encode()
                yield from unpack(archive.read(one), depth + 1)
    if data[:4] == b"PAR1":
        for name, column in pl.read_parquet(data).to_dict().items():
            yield name.encode()
            cells = column.cast(pl.List(pl.String)) if column.dtype == pl.List else column
            plain = cells if column.dtype == pl.Binary else cells.cast(pl.String, strict=False)
            for cell in plain.drop_nulls():
                yield bytes(cell) if isinstance(cell, bytes) else str(cell).encode()
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        for found in re.finditer(rb"(?:zTXt|iTXt|tEXt)[^\0]*\0+", data):
            try:
                yield zlib.decompressobj().decompress(data[found.end() :])
            except zlib.error:
                yield data[found.end() : found.end() + 2000]
    for found in re.finditer(rb"base64,([A-Za-z0-9+/=]+)", data):
        yield from unpack(base64.b64decode(found[1]), depth + 1)


def find_ids(folder, ids):
    """Which ids stand in which files below a folder, names of files included."""
    found = set()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix().encode()
        parts = [name, *(unpack(path.read_bytes()) if path.is_file() else ())]
        found |= {(path.name, one) for part in parts for one in ids if one in part}
    return found


@pytest.fixture
def north(tmp_path):
    write_hospital(tmp_path / "north", 24)
    (tmp_path / "north.toml").write_text(MANIFEST)
    (tmp_path / "recipe.toml").write_text(RECIPE.format(name="north"))
    return tmp_path


def test_nothing_that_is_written_tells_an_id(north):
    said = []
    run_recipe(read_recipe(north / "recipe.toml"), said.append)
    out = north / "out"
    audit_assembled(out)
    for form in PLAIN:
        export_table(out, form, out / "exports" / f"{form}{FORMS[form].suffix}")
    for form, place in (("yolo", "boxes"), ("nnunet", "Dataset501_Lesions")):
        with pytest.raises(SettingsError, match="as the table hides who is who"):
            export_table(out, form, out / "exports" / place)
        assert not (out / "exports" / place).exists()
    run = out / "runs" / "masked-seed0"
    images = [north / "north"]
    key = north / "safe" / "ids.key"
    options = PredictOptions(output=out / "predicted.csv", ids_key=key)
    predict_images(run, images, said.append, said.append, options)
    files = [one for one in out.rglob("*") if one.is_file()]
    assert {"audit.html", "report.html", "learned.parquet", "predictions.parquet"} <= {
        one.name for one in files
    }
    ids = list_ids([*range(1, 25), 999])
    assert find_ids(north / "north", ids), "the search finds what there is"
    assert find_ids(out, ids) == set()
    secret = key.read_text().strip()
    assert find_ids(out, {secret.encode(), bytes.fromhex(secret)}) == set()
    table = read_assembled(out / "assembled")
    images = set(table.members["image"])
    predicted = pl.read_csv(out / "predicted.csv")["file"]
    assert images <= set(predicted), "the same image, the same hash"


def assemble_at(folder, name, studies, first):
    """One hospital of two, whose recipes name one key."""
    write_hospital(folder / name, studies, first)
    (folder / f"{name}.toml").write_text(MANIFEST)
    recipe = RECIPE.format(name=name).replace('"out"', f'"out_{name}"')
    (folder / f"{name}_recipe.toml").write_text(recipe)
    return assemble_sources(read_recipe(folder / f"{name}_recipe.toml"))


def test_one_key_gives_the_same_hashes_in_two_hospitals(tmp_path):
    one, two = assemble_at(tmp_path, "one", 20, 1), assemble_at(tmp_path, "two", 20, 11)
    shared = set(one.members["image"]) & set(two.members["image"])
    assert len(shared) == 8, "studies 12 to 20 have a row in both; 14 is left out by its header"
    patients = [set(table.records["patient"].str.split("/").list.last()) for table in (one, two)]
    assert len(patients[0] & patients[1]) == 5
    assert one.manifest["settings"]["ids_key"] == two.manifest["settings"]["ids_key"]
    other = assemble_at(tmp_path / "elsewhere", "one", 20, 1)
    assert not set(one.members["image"]) & set(other.members["image"])


def test_order_tells_nothing_and_a_second_time_gives_the_same(north):
    recipe = read_recipe(north / "recipe.toml")
    table = assemble_sources(recipe)
    names = table.records["record"]
    assert names.equals(names.sort())
    assert table.records["group"].is_first_distinct().sum() == table.groups.height
    assert table.records.equals(assemble_sources(recipe).records)
    plain = recipe.model_copy(
        update={
            "output": north / "plain",
            "assembly": recipe.assembly.model_copy(update={"ids_key": None}),
        }
    )
    told = assemble_sources(plain)
    facts = [
        frame.select("view", "age", "sex", test=pl.col("split") == "test").sort(pl.all())
        for frame in (table.records, told.records)
    ]
    assert facts[0].equals(facts[1])
    assert table.excluded["reason"].sort().to_list() == told.excluded["reason"].sort().to_list()


@pytest.mark.parametrize(
    ("spoil", "error", "says"),
    [
        (lambda north: (north / "safe").mkdir() or (north / "safe" / "ids.key").write_text("x"),
         SettingsError, "chmod 600"),
        (lambda north: (north / "out").mkdir() or (north / "out" / "labels.csv").write_text("x"),
         SettingsError, "it may hold ids"),
        (lambda north: (north / "recipe.toml").write_text(
            RECIPE.format(name="north").replace("safe/", "out/")), SettingsError, "outside"),
        (lambda north: (north / "recipe.toml").write_text(
            RECIPE.format(name="north").replace("safe/", "north/labels.csv/")),
         SettingsError, "a folder in which one can be made"),
    ],
)  # fmt: skip
def test_a_key_that_would_not_hide_is_refused(north, spoil, error, says):
    spoil(north)
    with pytest.raises(error, match=says):
        assemble_sources(read_recipe(north / "recipe.toml"))


def test_another_key_needs_another_folder(north):
    recipe = read_recipe(north / "recipe.toml")
    assemble_sources(recipe)
    (north / "safe" / "ids.key").unlink()
    with pytest.raises(SettingsError, match="made with another"):
        assemble_sources(recipe)


def test_images_inside_other_files_are_refused(north):
    with zipfile.ZipFile(north / "north.zip", "w") as archive:
        for path in (north / "north").rglob("*"):
            archive.write(path, path.relative_to(north / "north"))
    text = RECIPE.format(name="north").replace('folder = "north"', 'folder = "north.zip"')
    (north / "recipe.toml").write_text(text)
    with pytest.raises(SourceError, match="labelassemble unpack"):
        assemble_sources(read_recipe(north / "recipe.toml"))


NAMED = """
name = "{name}"
[table]
file = "labels.csv"
image = "image"
patient = "patient"
reader = "reader"
[labels]
encoding = "delimited_list"
column = "found"
separator = "|"
[scope]
terms = ["Mass"]
no_finding = ["Nothing"]
"""


def write_named(folder, name):
    """Images called by persons: one broken, one missing, one of no row, ids of two spellings."""
    generator = np.random.default_rng(0)
    rows = ["image,patient,found,reader"]
    for number in range(24):
        person = f"MRN{7390400 + number // 2}"
        image = f"{person}/{name}_visit{number:03d}.png"
        (folder / name / image).parent.mkdir(parents=True, exist_ok=True)
        pixels = generator.integers(0, 255, (48, 48), dtype=np.uint8)
        cv2.imwrite(str(folder / name / image), pixels)
        said = ("Mass", "Nothing")
        spelt = person.lower() if number == 7 else person
        rows += [f"{image},{spelt},{said[(number + reader) % 2]},R{reader}" for reader in (0, 1)]
    (folder / name / image).write_bytes(b"broken")
    (folder / name / person / "unused_visit.png").write_bytes(cv2.imencode(".png", pixels)[1])
    rows.append(f"{person}/missing_visit.png,{person},Mass,R0")
    (folder / name / "labels.csv").write_text("\n".join(rows) + "\n")
    (folder / f"{name}.toml").write_text(NAMED.format(name=name))


def test_names_of_plain_images_are_not_told_either(tmp_path):
    for name in ("east", "west"):  # of the same images
        write_named(tmp_path, name)
    (tmp_path / "held_out.txt").write_text("MRN7390403/east_visit006.png\n")
    both = RECIPE.format(name="east") + 'unreadable_images = "exclude"\n'
    text = both + 'test_list = "held_out.txt"\n' + both[both.index("[[") :].replace("east", "west")
    (tmp_path / "recipe.toml").write_text(text)
    said = []
    table = assemble_sources(read_recipe(tmp_path / "recipe.toml"), tell=said.append)
    audit_assembled(tmp_path / "out")
    for form in PLAIN:
        place = tmp_path / "out" / "exports" / f"{form}{FORMS[form].suffix}"
        export_table(tmp_path / "out", form, place)
    assert any("mrn7390403" in one for one in said), "the console helps to find faults"
    assert "perhaps written in several ways" in table.manifest["doubtful_ids"][0]["what"]
    assert table.excluded.height == 4
    assert table.conflicts.height > 0
    assert table.members.height > table.records.height
    ids = {b"MRN73904", b"mrn73904", b"7390403", b"_visit"}
    assert find_ids(tmp_path / "east", ids)
    assert find_ids(tmp_path / "out", ids) == set()


@pytest.mark.parametrize("hashed", [True, False])
def test_a_reader_corrects_labels_of_hidden_images(tmp_path, hashed):
    write_named(tmp_path, "east")
    text = RECIPE.format(name="east") + 'unreadable_images = "exclude"\n'
    (tmp_path / "recipe.toml").write_text(text)
    table = assemble_sources(read_recipe(tmp_path / "recipe.toml"))
    said = table.members.join(table.cells.filter(pl.col("class") == "mass"), on="record")
    image = said["image"][0] if hashed else "MRN7390400/east_visit000.png"
    (tmp_path / "review.csv").write_text(
        f"source,image,class,answer,reader\neast,{image},mass,cannot tell,Dr Reed\n"
    )
    lists = text.replace(
        "assembly.ids_key", 'assembly.corrections = ["review.csv"]\nassembly.ids_key'
    )
    (tmp_path / "recipe.toml").write_text(lists)
    table = assemble_sources(read_recipe(tmp_path / "recipe.toml"))
    told = table.cells.filter(pl.col("reason").cast(pl.String).str.contains("Dr Reed"))
    assert told["class"].to_list() == ["mass"]
    assert told["state"].to_list() == ["uncertain"]
    if hashed:
        assert table.members.filter(image=image)["record"].to_list() == told["record"].to_list()
    assert find_ids(tmp_path / "out", {b"MRN73904", b"mrn73904", b"7390400", b"_visit"}) == set()
