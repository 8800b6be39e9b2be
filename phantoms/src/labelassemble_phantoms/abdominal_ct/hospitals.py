"""Four simulated hospitals that each draw one kind of lesion, a full reference, and the truth.

They exist to test methods against a known truth. They are not for training anything that is used
on patients.
"""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from jaxtyping import UInt8

from labelassemble.errors import SettingsError
from labelassemble.storage.write_aside import write_folder_aside
from labelassemble_phantoms.abdominal_ct.clinics import CLINICS, find_clinic
from labelassemble_phantoms.abdominal_ct.lesion_model import LESIONS
from labelassemble_phantoms.abdominal_ct.nifti import write_nifti
from labelassemble_phantoms.abdominal_ct.recipe_files import (
    FOLDERS,
    clinic_manifest_text,
    clinic_readme_text,
    clinic_recipe_text,
)
from labelassemble_phantoms.abdominal_ct.scanner import STYLES
from labelassemble_phantoms.abdominal_ct.truth_files import (
    SimulatedVolume,
    lesion_table,
    volume_truth_table,
)
from labelassemble_phantoms.abdominal_ct.volume import (
    AbdominalCt,
    check_shape,
    draw_ct_patient,
    find_pancreas,
    simulate_abdomen,
)
from labelassemble_phantoms.each_patient import PatientNumber, each_patient

_Progress = Callable[[int, int], None]
"""Called with how many patients are done and how many there are."""
_Field = Literal["abdomen", "pancreas"]
"""How much of a person is kept: the hospital's scan, or a block around the pancreas."""
BLOCK_MM = 192.0
"""Length of that block from right to left; a pancreas is some 150 mm long."""


def simulate_abdominal_hospitals(
    folder: Path,
    patients_per_hospital: int = 60,
    test_patients: int = 60,
    *,
    shape: tuple[int, int, int] = (128, 128, 64),
    seed: int = 0,
    progress: _Progress | None = None,
    complete: bool = False,
    field: _Field = "abdomen",
    workers: int = 1,
) -> Path:
    """Write four hospitals and a reference below ``folder``; return the path of a recipe.

    Each holds ``images/*.nii.gz``, ``masks/*.nii.gz`` and ``manifest.toml``. ``pdac_clinic``,
    ``cyst_clinic`` and ``pannet_clinic`` draw their own lesion only, though some of their patients
    have the others too; the people of ``normals`` have none, and all three were looked for.
    ``reference`` holds other people, scanned by each hospital in turn, with everything drawn.
    ``truth.csv`` and ``lesions.csv`` say everything of every volume.

    Patient p of a hospital is the same whatever the other numbers are: a larger simulation of the
    same seed and shape only adds to a smaller one. The files are written aside and then renamed.

    Args:
        folder: must not exist, or be empty.
        patients_per_hospital: 1 or more.
        test_patients: 1 or more.
        shape: voxels along x, y and z, 16 to 640 each.
        seed: 0 or more.
        progress: called after every patient.
        complete: every hospital draws all three lesions, as the reference does: for experiments
            that hide a part of it.
        field: ``pancreas`` keeps a block around the gland, ``BLOCK_MM`` long and of cubic voxels,
            as after localising it (Alves 2022, detection of PDAC on CT): a fraction of
            the voxels, and few of the other organs that look like lesions.
        workers: processes that simulate at once; the files are the same.

    Raises:
        SettingsError: a number out of range, or a folder that holds something already.
    """
    _check(folder, patients_per_hospital, test_patients, shape, seed)
    folder = folder.absolute()
    counts = [test_patients if name == "reference" else patients_per_hospital for name in FOLDERS]
    patients = [(group, one) for group, count in enumerate(counts) for one in range(count)]
    truth, lesions = [], []
    with write_folder_aside(folder) as aside:
        for name in FOLDERS:
            (aside / name / "images").mkdir(parents=True)
            (aside / name / "masks").mkdir()
        scan = partial(_scan, aside, seed, shape, complete, field)
        made = each_patient(scan, patients, workers)
        done = 0
        for name, count in zip(FOLDERS, counts, strict=True):
            records = []
            for record in islice(made, count):
                records.append(record)
                done += 1
                if progress is not None:
                    progress(done, len(patients))
            (aside / name / "manifest.toml").write_text(
                clinic_manifest_text(name, complete), encoding="utf-8"
            )
            truth.append(volume_truth_table(name, records))
            lesions.append(lesion_table(name, records, complete))
        pl.concat(truth).write_csv(aside / "truth.csv")
        pl.concat(lesions).write_csv(aside / "lesions.csv")
        (aside / "README.md").write_text(clinic_readme_text(seed, complete), encoding="utf-8")
        (aside / "recipe.toml").write_text(clinic_recipe_text(complete), encoding="utf-8")
    return folder / "recipe.toml"


def _scan(
    folder: Path,
    seed: int,
    shape: tuple[int, int, int],
    complete: bool,
    field: _Field,
    key: PatientNumber,
) -> SimulatedVolume:
    """Write one patient; person and scan have random numbers of their own."""
    place = folder / FOLDERS[key[0]]
    clinic, names = find_clinic(place.name), tuple(CLINICS)
    hospital = names[key[1] % len(names)] if place.name == "reference" else place.name
    style = STYLES[hospital]

    def numbers(part: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(*key, part)))

    person = draw_ct_patient(numbers(0), style, clinic.frequency)
    side, centre = BLOCK_MM / shape[0], find_pancreas(person)
    where = ((side, side, side), centre) if field == "pancreas" else (None, None)
    ct = simulate_abdomen(person, style, shape, numbers(1), *where)
    who = f"{clinic.letters}{key[1]:05d}"
    image = f"{who}.nii.gz"
    looked_for = LESIONS if complete else clinic.looked_for
    drawn = _draw(ct, {name: clinic.values[name] for name in looked_for}, clinic.values)
    write_nifti(place / "images" / image, ct.hu, ct.affine, style.orientation)
    write_nifti(place / "masks" / image, drawn, ct.affine, style.orientation)
    return SimulatedVolume(
        image=image,
        hospital=hospital,
        patient=who,
        age=person.age,
        sex=person.sex,
        habitus=person.anatomy.habitus,
        phase=ct.phase,
        spacing_mm=ct.spacing_mm,
        slice_mm=style.slice_mm,
        orientation=style.orientation,
        lesions=ct.lesions,
    )


def _draw(
    ct: AbdominalCt, lesions: Mapping[str, int], values: Mapping[str, int]
) -> UInt8[np.ndarray, "x y z"]:
    """A mask with the voxel values of some lesions, and of the pancreas where it has a value.

    A lesion that is not drawn counts as pancreas, as it would where nobody looked for it.
    """
    mask = np.zeros(ct.hu.shape, dtype=np.uint8)
    if "pancreas" in values:
        mask[ct.organ("pancreas") | ct.organ("pancreatic_duct")] = values["pancreas"]
    for kind, value in lesions.items():
        mask[ct.mask(kind)] = value
    return mask


def _check(
    folder: Path, patients: int, test_patients: int, shape: tuple[int, int, int], seed: int
) -> None:
    for name, number, low, high in (
        ("patients_per_hospital", patients, 1, 99_999),
        ("test_patients", test_patients, 1, 99_999),
        ("seed", seed, 0, 2**63 - 1),
    ):
        if not low <= number <= high:
            raise SettingsError(
                f"{name} between {low} and {high}", f"{name} = {number}", "Choose one in range"
            )
    check_shape(shape)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(
            "a folder that does not exist yet, or is empty",
            f"{folder}, which holds something",
            "Name another folder, or remove this one",
        )
