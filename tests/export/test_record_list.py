"""The lists of records, read by the files beside them: by PyTorch and by TorchIO."""

import ast
import importlib.util
from importlib.resources import files

import numpy as np
import pytest
import torch

from labelassemble.assembly.table_folder import read_assembled, write_table
from labelassemble.pipeline.export_table import export_table


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_plain_pytorch_dataset(boxed, tmp_path):
    write_table(boxed, tmp_path / "assembled")
    written, _ = export_table(tmp_path / "assembled", "torch", tmp_path / "mine")
    module = load(written / "torch_dataset.py")
    train = module.TableDataset("train")
    assert train.classes == ["mass", "nodule"]
    assert [len(module.TableDataset(split)) for split in ("train", "validate", "test")] == [3, 1, 2]
    labels = {row["record"]: row for row in boxed.labels().to_dicts()}
    for split in ("train", "validate", "test"):
        for item in module.TableDataset(split):
            told = [labels[item["record"]][name] for name in train.classes]
            assert item["known"].tolist() == [one is not None for one in told]
            assert item["label"].tolist() == [one or 0.0 for one in told]
    keep = ("image", "label", "known")
    simple = module.TableDataset("train", transform=lambda one: {name: one[name] for name in keep})
    (batch,) = torch.utils.data.DataLoader(simple, batch_size=3)
    assert batch["image"].shape == (3, 1, 30, 40)
    assert batch["image"].max() == pytest.approx(80 / 255)
    assert train[0]["boxes"][:, 4].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("reader", ["torch_dataset", "torchio_subjects"])
def test_what_reads_it_needs_nothing_of_ours(reader):
    text = (files("labelassemble.export") / "templates" / f"{reader}.py.txt").read_text("utf-8")
    nodes = list(ast.walk(ast.parse(text)))
    names = {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert names - {"torchio"} <= {"json", "pathlib", "numpy", "torch", "PIL"}


# torchio's own calls, to nibabel among others.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_torchio_s_subjects(volumes, tmp_path):
    pytest.importorskip("torchio")
    table = read_assembled(volumes / "assembled")
    written, _ = export_table(volumes, "torchio", tmp_path / "mine")
    module = load(written / "torchio_subjects.py")
    subjects = [one for split in ("train", "validate") for one in module.list_subjects(split)]
    assert len(subjects) == table.records.height == 6
    assert module.classes() == list(table.classes)
    assert module.drawn_classes() == ["pancreatic_lesion", "pdac", "pancreatic_cyst"]
    labels = {row["record"]: row for row in table.labels().to_dicts()}
    for subject in subjects:
        told = [labels[subject["record"]][name] for name in table.classes]
        assert subject["known"].tolist() == [one is not None for one in told]
        state = subject["state"].data
        assert state.shape[1:] == subject["image"].data.shape[1:]
        np.testing.assert_allclose(subject["state"].affine, subject["image"].affine)
        lesion, pdac, cyst = (one.unique().tolist() for one in state)
        if subject["source"] == "two":
            assert cyst == lesion == [0, 1]
            assert state[0].sum() > state[1].sum() + state[2].sum()
        else:
            assert cyst == [2]
            # Who looked for adenocarcinomas alone does not rule other lesions out.
            assert set(lesion) == ({1, 2} if 1 in pdac else {2})
