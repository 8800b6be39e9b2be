from pathlib import Path
from typing import Any

import pytest
import torch

from labelassemble.errors import RunError
from labelassemble.images.store import ImageStore
from labelassemble.training.pretrain_folder import (
    PretrainRow,
    describe_pretraining,
    empty_folder,
    is_finished,
    read_state,
    write_encoder,
    write_state,
)
from labelassemble.weights_settings import InputSettings

DESCRIPTION: dict[str, Any] = {"settings": {"pretrain": {"seed": 0}}, "records_sha256": "a"}
ROWS = [PretrainRow(0, 3, 0.1, 1.0 / 3.0, 12.5), PretrainRow(1, 6, 0.0, 0.25, 12.5)]


def test_state_comes_back_to_the_bit(tmp_path: Path) -> None:
    assert read_state(tmp_path, DESCRIPTION) is None
    weight = torch.randn(3)
    state = {"description": DESCRIPTION, "network": {"weight": weight}, "optimiser": {}}
    write_state(tmp_path, state, ROWS)
    found = read_state(tmp_path, DESCRIPTION)
    assert found is not None
    assert torch.equal(found["network"]["weight"], weight)
    assert [PretrainRow(*row) for row in found["log"]] == ROWS
    lines = (tmp_path / "log.csv").read_text().splitlines()
    assert lines[0] == "epoch,step,learning_rate,masked_patch_loss,images_per_second"
    assert float(lines[1].split(",")[3]) == 1.0 / 3.0
    other = {**DESCRIPTION, "settings": {"pretrain": {"seed": 2}}}
    with pytest.raises(RunError, match=r"pretrain.seed = 2 \(there: 0\)"):
        read_state(tmp_path, other)


def test_finished_is_what_its_description_says(tmp_path: Path) -> None:
    assert not is_finished(tmp_path, DESCRIPTION)
    (tmp_path / "last.ckpt").touch()
    (tmp_path / "mine.txt").touch()
    path = write_encoder(
        tmp_path, {"w": torch.zeros(2, 3).T}, InputSettings(), DESCRIPTION, ROWS, 20
    )
    assert is_finished(tmp_path, DESCRIPTION)
    assert not (tmp_path / "last.ckpt").exists()
    path.write_bytes(b"")
    with pytest.raises(RunError, match="others, or none"):
        is_finished(tmp_path, DESCRIPTION)
    empty_folder(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine.txt"]


def test_names_order_and_content_of_images_decide(make_recipe: Any) -> None:
    recipe = make_recipe()
    store, changed = (
        ImageStore(Path("none"), 0, 8, {}, {"a": "1", "b": last}, {}) for last in ("2", "3")
    )
    prints = {
        describe_pretraining(recipe, records, held)["records_sha256"]
        for records, held in ((["a", "b"], store), (["b", "a"], store), (["a", "b"], changed))
    }
    assert len(prints) == 3
    assert "resume" not in describe_pretraining(recipe, ["a"], store)["settings"]["pretrain"]
