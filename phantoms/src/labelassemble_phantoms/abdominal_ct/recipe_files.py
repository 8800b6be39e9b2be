"""The text that goes with simulated abdominal CT: manifests, a recipe, and a page that explains."""

from collections.abc import Iterable

from labelassemble_phantoms.abdominal_ct.clinics import CLINICS, LESION_WORDS, find_clinic
from labelassemble_phantoms.abdominal_ct.lesion_model import LESIONS

FOLDERS: tuple[str, ...] = (*CLINICS, "reference")


def clinic_manifest_text(name: str, complete: bool = False) -> str:
    """Return the manifest (TOML) of a hospital or of the reference.

    With ``complete`` it speaks of all three lesions.
    """
    clinic = find_clinic(name)
    looked_for = LESIONS if complete else clinic.looked_for
    terms = {clinic.values[kind]: LESION_WORDS[kind] for kind in looked_for}
    if "pancreas" in clinic.values:
        terms[clinic.values["pancreas"]] = ""
    values = ", ".join(f'"{value}" = "{terms[value]}"' for value in sorted(terms))
    title = "Reference" if name == "reference" else name.replace("_", " ").capitalize()
    notes = (
        "The truth of all lesions, for experiments that hide a part." if complete else clinic.notes
    )
    return f"""name = "{name}"
title = "{title} (simulated)"
modality = "CT"
region = "abdomen"
licence = "none needed: simulated, no person"
permits = {{ commercial = true, derivatives = true, sharing = true }}
citation = "none needed: simulated by labelassemble_phantoms.abdominal_ct"
notes = "{notes} For testing methods, not for clinical use."

[labels]
encoding = "mask_values"
case = 'images/(?P<case>{clinic.letters}\\d{{5}})\\.nii\\.gz'
mask = "masks/{{case}}.nii.gz"
values = {{ {values} }}

[images]
glob = "images/*.nii.gz"
"""


def clinic_recipe_text(complete: bool = False) -> str:
    """Return a recipe (TOML) for all folders: small 3-D networks, for a processor.

    Many small patches in small batches teach a processor's networks soonest. The last epoch is
    kept: few scans validate, and choose badly. Candidates reach down to predictions of 0.1, so that
    the free-response ROC has something to count.
    With ``complete`` it says what each hospital would draw, for experiments that hide the rest.
    """
    kept = "\n".join(f"{name} = {_quoted(CLINICS[name].looked_for)}" for name in CLINICS)
    parts = f"\n[experiment.parts]\n{kept}\n" if complete else ""
    sources = "\n".join(
        f'[[sources]]\nname = "{name}"\nmanifest = "{name}/manifest.toml"\nfolder = "{name}"\n'
        f'split = "{"test" if name == "reference" else "train"}"\n'
        for name in FOLDERS
    )
    return f"""name = "Four simulated hospitals: lesions of the pancreas"
output = "results"
vocabulary = "abdominal_ct"
classes = {_quoted(LESIONS)}
methods = ["single", "label-assemble"]
seeds = [0]

[losses]
bce_views = "weak"
dice_weight = 0.5
warm_up_epochs = 1.0

[training]
epochs = 8
learning_rate = 0.003

[detection]
task = "detection"
network = "unet_small"
width = 8
levels = 3
patches_per_epoch = 1000
batch_size = 4
window_overlap = 0.25
exclusive = {_quoted(LESIONS)}
chosen_by = "last"

[detection.volumes]
spacing_mm = [4.0, 4.0, 4.0]
window_hu = [-100.0, 240.0]

[detection.patches]
size = [24, 24, 12]

[detection.candidates]
rule = "dynamic_threshold"
threshold = 0.1
most = 10

{sources}{parts}"""


def clinic_readme_text(seed: int, complete: bool = False) -> str:
    """Return the page that says what lies in the folder."""
    lines = []
    for name in FOLDERS:
        clinic = find_clinic(name)
        looked_for = LESIONS if complete else clinic.looked_for
        values = {kind: clinic.values[kind] for kind in looked_for}
        if "pancreas" in clinic.values:
            values["pancreas"] = clinic.values["pancreas"]
        said = ", ".join(f"{value} {kind}" for kind, value in values.items())
        lines.append(f"- `{name}/`: {clinic.notes} Voxel values of masks: {said}.")
    return f"""# Four simulated hospitals: lesions of the pancreas (seed {seed})

Simulated CT of the upper abdomen with known truth, for testing methods. No person was scanned;
nothing here is fit for training what is used on patients.

{chr(10).join(lines)}
- `truth.csv`: everything of every volume; `lesions.csv`: every lesion, drawn in its folder or not.
  Never train on them.
- `recipe.toml`: the sources, the vocabulary and the classes.
{_COMPLETE if complete else ""}
In each folder `images/` holds volumes in HU (int16) and `masks/` the voxel values; both are NIfTI
with the same affine, in mm. What a hospital did not look for is unknown, not absent.
"""


_COMPLETE = """
This simulation is complete: every hospital's masks show all three lesions, whatever its notes say.
"""


def _quoted(names: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"
