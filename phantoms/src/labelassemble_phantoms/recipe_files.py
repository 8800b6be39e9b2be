"""The text that goes with simulated hospitals: manifests, a recipe, and a page that explains."""

from collections.abc import Iterable

from labelassemble_phantoms.finding_model import FINDINGS
from labelassemble_phantoms.hospital_style import HOSPITALS
from labelassemble_phantoms.label_files import ANNOTATED, FINDING_WORDS

_NOTES = {
    "north": "Digital films of people who stand. A list of four findings, or No Finding.",
    "east": "Portable films of people in bed. 1 present, 0 absent, -1 uncertain, blank not looked"
    " for.",
    "west": "Digitised films of long ago. YES or NO.",
    "reference": "Other people, in the style of each hospital in turn, with the truth of all"
    " findings.",
}

_TRUTH = "The truth of all findings, for experiments that hide a part of it."

_COLUMNS = {
    "north": ("Image Index", "Patient ID", "View Position", "Patient Age", "Patient Gender"),
    "east": ("Path", "Patient", "AP/PA", "Age", "Sex"),
    "west": ("image_id", "person", "projection", "age", "sex"),
    "reference": ("image", "patient", "view", "age", "sex"),
}
"""Columns of image, patient, view, age and sex."""


def manifest_text(name: str, complete: bool = False) -> str:
    """Return the manifest (TOML) of a hospital or of the reference; see ``label_table``."""
    form = "reference" if complete else name
    image, patient, view, age, sex = _COLUMNS[form]
    looked_for = FINDINGS if form == "reference" else ANNOTATED[name]
    terms = _quoted(FINDING_WORDS[finding] for finding in looked_for)
    if form == "north":
        labels = f"""[labels]
encoding = "delimited_list"
column = "Finding Labels"
separator = "|"

[scope]
terms = {terms}
no_finding = ["No Finding"]
"""
    else:
        values = {
            "east": '{ "1" = "positive", "0" = "negative", "-1" = "uncertain", "" = "unknown" }',
            "west": '{ "YES" = "positive", "NO" = "negative" }',
            "reference": '{ "1" = "positive", "0" = "negative" }',
        }[form]
        labels = f"""[labels]
encoding = "finding_columns"
columns = {terms}
values = {values}
"""
    title = "Reference" if name == "reference" else f"Hospital {name}"
    return f"""name = "{name}"
title = "{title} (simulated)"
modality = "X-ray"
region = "chest"
licence = "none needed: simulated, no person"
permits = {{ commercial = true, derivatives = true, sharing = true }}
notes = "{_TRUTH if complete else _NOTES[name]} For testing methods, not for clinical use."

[table]
file = "labels.csv"
image = "{image}"
patient = "{patient}"
view = "{view}"
age = "{age}"
sex = "{sex}"

[images]
folder = "images"

{labels}"""


def recipe_text(size: int, complete: bool = False) -> str:
    """Return a recipe (TOML) for all four folders; ``size`` is the side of their images.

    With ``complete`` it says what each hospital would annotate, for ``partial-labels``.
    """
    kept = "\n".join(f"{name} = {_quoted(ANNOTATED[name])}" for name in HOSPITALS)
    parts = f"\n[experiment.parts]\n{kept}\n" if complete else ""
    sources = "\n".join(
        f'[[sources]]\nname = "{name}"\nmanifest = "{name}/manifest.toml"\nfolder = "{name}"\n'
        f'split = "{"test" if name == "reference" else "train"}"\n'
        for name in (*HOSPITALS, "reference")
    )
    return f"""name = "Three simulated hospitals"
output = "results"
classes = {_quoted(FINDINGS)}
methods = ["single", "masked"]
seeds = [0]

{sources}
[assembly]
similar_images = "ignore"  # simulated people are more alike than real ones: none is another

[images]
size = {min(size, 96)}

[model]
backbone = "small"

[losses]
warm_up_epochs = 2.0

[training]
epochs = 25
batch_size = 64
{parts}"""


def readme_text(seed: int) -> str:
    """Return the page that says what lies in the folder."""
    looked_for = "\n".join(
        f"- `{name}/`: {', '.join(ANNOTATED[name])}. {_NOTES[name]}" for name in HOSPITALS
    )
    return f"""# Three simulated hospitals (seed {seed})

Simulated chest radiographs with known truth, for testing methods. No person was X-rayed; nothing
here is fit for training what is used on patients.

Each hospital annotates a part of the findings, in words of its own:

{looked_for}
- `reference/`: {_NOTES["reference"]} `masks/`: bit i of a pixel is set where finding i of this
  list lies: {", ".join(FINDINGS)}.
- `truth.csv`: labels and severities (0 to 1) of every image. Never train on it.
- `recipe.toml`: `labelassemble run recipe.toml`.
"""


def _quoted(names: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"
