"""Three simulated hospitals that each annotate a part, a full reference, the truth, and a recipe.

They exist to test methods against a known truth. They are not for training anything that is used
on patients.
"""

from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import polars as pl

from labelassemble.errors import SettingsError
from labelassemble.storage.write_aside import write_folder_aside
from labelassemble_phantoms.chest_radiograph import (
    LARGEST,
    SMALLEST,
    Radiograph,
    draw_patient,
    simulate_radiograph,
)
from labelassemble_phantoms.each_patient import PatientNumber, each_patient
from labelassemble_phantoms.hospital_reader import read_radiograph
from labelassemble_phantoms.hospital_style import HOSPITALS
from labelassemble_phantoms.label_files import ANNOTATED, SimulatedImage, label_table, truth_table
from labelassemble_phantoms.recipe_files import manifest_text, readme_text, recipe_text

VISITS = (0.55, 0.27, 0.18)
"""Shares of the patients who come once, twice and three times; the reference's come once."""
BLANK_SHARE = 0.15
"""Share of the cells that east's readers leave blank."""

_Progress = Callable[[int, int], None]
"""Called with how many patients are done and how many there are."""


def simulate_hospitals(
    folder: Path,
    patients_per_hospital: int = 400,
    test_patients: int = 400,
    *,
    size: int = 128,
    seed: int = 0,
    progress: _Progress | None = None,
    complete: bool = False,
    workers: int = 1,
) -> Path:
    """Write three hospitals and a reference below ``folder``; return the path of a recipe.

    ``north``, ``east`` and ``west`` hold ``images/*.png``, ``labels.csv`` and ``manifest.toml``;
    each annotates other findings in another encoding (`label_files`), with readers who miss what
    is hardly visible (`hospital_reader`). ``reference`` holds other people, in turn in the style of
    each hospital, one image each, with the truth of all findings and ``masks/*.png``: bit i of a
    pixel is set where finding i of `FINDINGS` lies. ``truth.csv`` says everything of every image.

    Patient p of a hospital is the same whatever the other numbers are: a larger simulation of the
    same seed and size only adds to a smaller one. The files are written aside and then renamed.

    Args:
        folder: must not exist, or be empty.
        patients_per_hospital: 1 or more.
        test_patients: 1 or more.
        size: side of the images in pixels, 32 to 2048.
        seed: 0 or more.
        progress: called after every patient.
        complete: every hospital writes the truth of all findings, as the reference does: for
            experiments that hide a part of it.
        workers: processes that simulate at once; the files are the same.

    Raises:
        SettingsError: a number out of range, or a folder that holds something already.
    """
    _check(folder, patients_per_hospital, test_patients, size, seed)
    folder = folder.absolute()
    names = (*HOSPITALS, "reference")
    counts = [test_patients if name == "reference" else patients_per_hospital for name in names]
    patients = [(group, one) for group, count in enumerate(counts) for one in range(count)]
    truth = []
    with write_folder_aside(folder) as aside:
        for name in names:
            (aside / name / "images").mkdir(parents=True)
        (aside / "reference" / "masks").mkdir()
        made = each_patient(partial(_visit, aside, seed, size), patients, workers)
        done = 0
        for name, count in zip(names, counts, strict=True):
            records = []
            for visits in islice(made, count):
                records += visits
                done += 1
                if progress is not None:
                    progress(done, len(patients))
            label_table(name, records, complete).write_csv(aside / name / "labels.csv")
            (aside / name / "manifest.toml").write_text(
                manifest_text(name, complete), encoding="utf-8"
            )
            truth.append(truth_table(name, records))
        pl.concat(truth).write_csv(aside / "truth.csv")
        (aside / "README.md").write_text(readme_text(seed), encoding="utf-8")
        (aside / "recipe.toml").write_text(recipe_text(size, complete), encoding="utf-8")
    return folder / "recipe.toml"


def _visit(folder: Path, seed: int, size: int, key: PatientNumber) -> list[SimulatedImage]:
    """Write all images of one patient; every one has random numbers of its own."""
    group, patient = key
    names = tuple(HOSPITALS)
    reference = group == len(names)
    place = folder / ("reference" if reference else names[group])
    hospital = names[patient % len(names)] if reference else place.name
    style = HOSPITALS[hospital]

    def numbers(*key: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(group, patient, *key)))

    generator = numbers(0)
    person = draw_patient(generator, style)
    visits = 1 if reference else 1 + int(generator.choice(len(VISITS), p=VISITS))
    who = f"{place.name[0].upper()}{patient:05d}"
    records = []
    for visit in range(visits):
        radiograph = simulate_radiograph(person, style, size, numbers(1, visit))
        image = f"{who}_{visit:03d}.png"
        _write(place / "images" / image, radiograph.image)
        if reference:
            _write(place / "masks" / image, _pack(radiograph))
        reader = numbers(2, visit)
        opinions = read_radiograph(radiograph, reader, may_doubt=hospital == "east")
        asked = {name: bool(reader.random() >= BLANK_SHARE) for name in ANNOTATED["east"]}
        record = SimulatedImage(
            image=image,
            hospital=hospital,
            patient=who,
            age=person.age,
            sex=person.sex,
            view=radiograph.view,
            habitus=person.anatomy.habitus,
            severity=radiograph.severity,
            labels=radiograph.labels,
            opinions=opinions,
            asked=asked,
        )
        records.append(record)
    return records


def _pack(radiograph: Radiograph) -> np.ndarray:
    packed: np.ndarray = np.packbits(radiograph.masks, axis=0, bitorder="little")[0]
    return packed


def _write(path: Path, image: np.ndarray) -> None:
    _, content = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 4])
    path.write_bytes(content.tobytes())


def _check(folder: Path, patients: int, test_patients: int, size: int, seed: int) -> None:
    for name, number, low, high in (
        ("patients_per_hospital", patients, 1, 99_999),
        ("test_patients", test_patients, 1, 99_999),
        ("size", size, SMALLEST, LARGEST),
        ("seed", seed, 0, 2**63 - 1),
    ):
        if not low <= number <= high:
            raise SettingsError(
                f"{name} between {low} and {high}", f"{name} = {number}", "Choose one in range"
            )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(
            "a folder that does not exist yet, or is empty",
            f"{folder}, which holds something",
            "Name another folder, or remove this one",
        )
