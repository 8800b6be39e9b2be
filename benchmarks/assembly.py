"""Real label tables into one assembled table, as whole processes, against a plain pandas merge."""

import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.memory import peak_bytes
from benchmarks.row import Row
from benchmarks.take_turns import ROUNDS, tell_round

AIM_SECONDS, AIM_BYTES = 4.0, 1e9
FACTORS = (1, 2, 4, 8)
SOURCES = (
    "nih_chestxray14",
    "nih_google",
    "rsna_pneumonia",
    "siim_pneumothorax",
    "vindr_cxr_kaggle",
)
IDENTITIES = {
    "Data_Entry_2017_v2020.csv": ("Image Index", "Patient ID"),
    "BBox_List_2017.csv": ("Image Index",),
    "google2019_nih-chest-xray-labels.csv": ("Image Index", "Patient ID"),
    "stage_2_detailed_class_info.csv": ("patientId",),
    "stage_2_train_labels.csv": ("patientId",),
    "rsna_to_nih.csv": ("rsna_image", "nih_image"),
    "siim-pneumothorax-train-rle.csv": ("ImageId",),
    "vinbigdata-train.csv": ("image_id",),
    "train_val_list.txt": (),
    "test_list.txt": (),
}
"""Tables, and the columns whose names a copy must change so that it is other images."""


def measure() -> Iterator[Row]:
    """Seconds and peak memory of whole processes, at 1, 2, 4 and 8 times the rows.

    Copies have names of their own: as many more images, patients, overlaps and conflicts.
    """
    default = Path(__file__).parents[2] / "shared" / "data"
    tables = Path(os.environ.get("LABELASSEMBLE_REAL_DATA", default)) / "tables"
    if not tables.is_dir():
        yield Row("assemble real tables", f"not measured: no tables at {tables}")
        return
    with tempfile.TemporaryDirectory() as name:
        for factor in FACTORS:
            folder = Path(name) / str(factor)
            count = write_copies(tables, folder, factor)
            pairs = []
            for number in range(ROUNDS):
                pairs.append((run("assemble", folder), run("merge", folder)))
                (ours, _), (plain, _) = pairs[-1]
                tell_round(number, {"ours": ours, "plain": plain})
            aim = f"; aim: {AIM_SECONDS:g} s, {AIM_BYTES / 1e9:g} GB" if factor == 1 else ""
            for place, (quantity, unit) in enumerate((("", "s"), (", peak memory", "MB"))):
                yield Row(
                    f"assemble {count:,} rows of 5 sources{quantity}",
                    f"whole processes; plain: pandas, merge alone: no overlaps, conflicts, split, "
                    f"reasons{aim}",
                    unit,
                    [ours[place] for ours, _ in pairs],
                    [plain[place] for _, plain in pairs],
                )


def run(way: str, folder: Path) -> tuple[float, float]:
    """Wall seconds of a process, and its peak memory in MB."""
    command = [sys.executable, "-m", "benchmarks.assembly", way, str(folder)]
    started = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    said = json.loads(done.stdout.splitlines()[-1])
    return seconds, said["peak"] / 1e6


def write_copies(tables: Path, folder: Path, factor: int) -> int:
    """Write every table ``factor`` times over, with other names; gives the rows in all."""
    folder.mkdir()
    rows = 0
    for name, columns in IDENTITIES.items():
        header, lines = read_lines(tables, name)
        copies = [line for copy in range(factor) for line in rename(lines, header, columns, copy)]
        text = "\n".join([*([header] if columns else []), *copies]) + "\n"
        (folder / name).write_text(text, encoding="utf-8")
        if (
            name in ("Data_Entry_2017_v2020.csv", "google2019_nih-chest-xray-labels.csv")
            or name in ("siim-pneumothorax-train-rle.csv", "vinbigdata-train.csv")
            or name == "stage_2_detailed_class_info.csv"
        ):
            rows += len(copies)
    return rows


def read_lines(tables: Path, name: str) -> tuple[str, list[str]]:
    packed = tables / f"{name}.gz"
    if packed.is_file():
        text = gzip.decompress(packed.read_bytes()).decode()
    else:
        with zipfile.ZipFile(tables / f"kaggle_{name}.zip") as archive:
            text = archive.read(archive.namelist()[0]).decode()
    lines = text.splitlines()
    return ("", lines) if name.endswith(".txt") else (lines[0], lines[1:])


def rename(lines: list[str], header: str, columns: tuple[str, ...], copy: int) -> list[str]:
    """The lines of one copy; the first keeps its names."""
    if copy == 0:
        return lines
    if not columns:
        return [f"c{copy}_{line}" for line in lines]
    places = [header.split(",").index(column) for column in columns]
    renamed = []
    for line in lines:
        cells = line.split(",")
        for place in places:
            cells[place] = f"c{copy}_{cells[place]}"
        renamed.append(",".join(cells))
    return renamed


def assemble_tables(folder: Path) -> int:
    """Everything: read, harmonise, overlaps, conflicts, split, write."""
    from labelassemble.assembly.assemble import assemble_table
    from labelassemble.assembly.table_folder import write_table
    from labelassemble.settings import AssemblySettings, CrosswalkSettings, SourceSettings
    from labelassemble.sources.manifest_file import load_manifest
    from labelassemble.sources.read import read_source
    from labelassemble.vocabulary.harmonise import harmonise
    from labelassemble.vocabulary.vocabulary import load_vocabulary

    vocabulary = load_vocabulary("chest_radiograph")
    sources = [
        SourceSettings(
            name=name,
            manifest=name,
            folder=folder,
            images=folder / "none",
            missing_images="keep",
        )
        for name in SOURCES
    ]
    tables = [
        harmonise(read_source(source, load_manifest(source.manifest)), vocabulary)
        for source in sources
    ]
    walk = CrosswalkSettings(
        file=folder / "rsna_to_nih.csv",
        left_source="rsna_pneumonia",
        left_column="rsna_image",
        right_source="nih_chestxray14",
        right_column="nih_image",
        error_column="mean_squared_error",
        error_above=10.0,
    )
    table = assemble_table(
        tables, vocabulary, AssemblySettings(crosswalks=(walk,)), sources=sources
    )
    write_table(table, folder / "assembled")
    return table.records.height


def merge_tables(folder: Path) -> int:
    """What a careful script does with pandas: one wide table, unknown kept, nothing joined."""
    import pandas as pd

    def read(name: str) -> "pd.DataFrame":
        return pd.read_csv(folder / name, dtype=str, index_col=False)

    nih = read("Data_Entry_2017_v2020.csv")
    parts = [nih["Finding Labels"].str.get_dummies("|").drop(columns="No Finding")]
    parts[0].index = pd.Index("nih/" + nih["Image Index"])
    google = read("google2019_nih-chest-xray-labels.csv")
    columns = ["Fracture", "Pneumothorax", "Airspace opacity", "Nodule or mass"]
    parts.append((google[columns] == "YES").astype("int8"))
    parts[1].index = pd.Index("google/" + google["Image Index"])
    rsna = read("stage_2_detailed_class_info.csv").drop_duplicates("patientId")
    opacity = (rsna["class"] == "Lung Opacity").astype("int8")
    opacity.index = pd.Index("rsna/" + rsna["patientId"])
    parts.append(opacity.to_frame("Lung Opacity"))
    siim = read("siim-pneumothorax-train-rle.csv")
    masked = (siim[" EncodedPixels"].str.strip() != "-1").groupby(siim["ImageId"]).any()
    masked.index = "siim/" + masked.index
    parts.append(masked.astype("int8").to_frame("Pneumothorax"))
    vindr = read("vinbigdata-train.csv")
    said = vindr.drop_duplicates(["image_id", "rad_id", "class_name"])
    votes = said.pivot_table(
        index="image_id", columns="class_name", values="rad_id", aggfunc="count"
    )
    majority = (votes.fillna(0) >= 2).astype("int8").drop(columns="No finding")
    majority.index = "vindr/" + majority.index
    parts.append(majority)
    merged = pd.concat(parts)
    merged.to_csv(folder / "merged.csv")
    return len(merged)


def main(way: str, folder: str) -> None:
    count = {"assemble": assemble_tables, "merge": merge_tables}[way](Path(folder))
    print(json.dumps({"records": count, "peak": peak_bytes()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
