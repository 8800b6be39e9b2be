"""The page about manifests: its keys are the models', its examples are read."""

import re
from pathlib import Path

import nibabel
import numpy as np
import pytest
from pydantic import BaseModel

from labelassemble.settings import SourceSettings
from labelassemble.sources.describe_manifest import (
    MANIFEST_TABLES,
    describe_fields,
    list_encodings,
    read_docstrings,
    rewrite_manifests,
)
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.manifest_file import builtin_manifests, parse_manifest
from labelassemble.sources.read import read_source

PAGE = (Path(__file__).parents[2] / "docs" / "manifests.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:`(?P<name>[\w./]+)`:\n\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.S)
FILES = re.compile(r"^(?:Files|Volumes) (?P<names>.*?):$", re.M | re.S)


def list_examples():
    """Title, input files, manifest and what comes out, of each example on the page."""
    for part in re.split(r"^#{1,3} ", PAGE, flags=re.M):
        title, blocks = part.partition("\n")[0], list(BLOCK.finditer(part))
        manifests = [block["text"] for block in blocks if block["kind"] == "toml"]
        if manifests:
            given = [block for block in blocks if block["kind"] != "toml"]
            files = {block["name"]: block["text"] for block in given if block["name"]}
            names = FILES.search(part)
            images = re.findall(r"`([^`]+)`", names["names"]) if names else []
            plain = [block for block in given if not block["name"]]
            said = [block["text"] for block in plain if block["kind"] == "text"]
            yield title, files, images, manifests[0], said[0] if said else None


EXAMPLES = list(list_examples())


def models():
    """Every model that a manifest is made of."""
    found = [*MANIFEST_TABLES.values(), *list_encodings().values()]
    assert all(issubclass(one, BaseModel) for one in found)
    return found


def test_the_page_is_what_the_models_say():
    assert rewrite_manifests(PAGE) == PAGE


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_key_is_explained(model):
    explained = set(read_docstrings(model)) - {"encoding"}
    assert set(model.model_fields) - {"encoding"} <= explained
    told = describe_fields()
    for name in explained:
        assert name in model.model_fields
        assert f"| `{name}` |" in told


def test_every_table_and_encoding_is_on_the_page():
    for name in list_encodings():
        assert f'encoding = "{name}"' in PAGE
        assert re.search(rf"\| `{name}` \|", PAGE)
    keys = {f"[{name}]" for name in Manifest.model_fields} | {
        f"[[{name}]]" for name in Manifest.model_fields
    }
    told = {title for title in MANIFEST_TABLES if title in keys}
    assert told == {
        "[table]",
        "[scope]",
        "[[subsets]]",
        "[boxes]",
        "[images]",
        "[headers]",
        "[split]",
        "[published]",
        "[[overlaps]]",
        "[own_names]",
        "[recognise]",
    }


def test_the_examples_named_are_built_in_and_of_that_encoding():
    manifests = builtin_manifests()
    for encoding, name in re.findall(r"\| `(\w+)` \| `(\w+)` \|", PAGE):
        assert manifests[name].labels.encoding == encoding
    assert f"\n{len(manifests)} are built in" in PAGE


def test_there_are_examples_of_every_kind():
    encodings = [parse_manifest(text, "page").labels.encoding for _, _, _, text, _ in EXAMPLES]
    assert {"delimited_list", "finding_columns", "folder_names", "box_rows", "mask_values"} <= set(
        encodings
    )
    first = EXAMPLES[0][3]
    assert len(first.strip().splitlines()) == 10


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example[0])
def test_an_example_reads_as_the_page_says(example, tmp_path):
    _, files, images, manifest, said = example
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    for name in images:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".nii.gz"):
            volume = np.arange(8, dtype=np.uint8).reshape(2, 2, 2) % 3
            nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), tmp_path / name)
        else:
            (tmp_path / name).touch()
    loaded = parse_manifest(manifest, "page")
    if not files and not images:
        return
    source = SourceSettings(name="mine", manifest="page", folder=tmp_path, missing_images="exclude")
    table = read_source(source, loaded)
    found = table.list_assessments().select("image", "term", "assessment").rows()
    if said is not None:
        assert [" ".join(row) for row in found] == said.strip().splitlines()
    assert found
