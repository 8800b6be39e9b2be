"""Who taught what: counted from the table, and through the runs that a run came from."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.settings import Recipe
from labelassemble.training.licence_ledger import (
    describe_ledger,
    list_terms,
    make_ledger,
    read_ledger,
)

FREE = {"commercial": True, "derivatives": True, "sharing": True}


NAMES = ["a/1", "a/2", "b/1", "b/2"]
TABLE = AssembledTable(
    classes=("mass", "nodule"),
    records=pl.DataFrame({"record": NAMES, "split": ["train"] * 3 + ["validate"]}),
    members=pl.DataFrame({"record": NAMES, "source": ["a", "a", "b", "b"]}),
    cells=pl.DataFrame(
        {
            "record": NAMES,
            "class": ["mass", "mass", "mass", "nodule"],
            "source": ["a", "a+b", "b", "b"],
            "label": [1.0, 0.0, None, 1.0],
        }
    ),
    scopes={"a": ("mass",), "b": ("mass", "nodule")},
    manifest={
        "sources": {
            "a": {"licence": "CC BY 4.0", "title": "A"},
            "b": {"licence": "mine", "permits": {"sharing": False}},
        }
    },
)


def settings(**training: Any) -> Recipe:
    source = {"name": "a", "manifest": "a.toml", "folder": "/a"}
    return Recipe.model_validate(
        {"name": "one", "output": "/out", "sources": [source], "training": training}
    )


def write_run(folder: Path, ledger: object) -> Path:
    folder.mkdir()
    (folder / "settings.json").write_text("{}")
    (folder / "licences.json").write_text(json.dumps(ledger))
    return folder


PARENT = {
    "sources": {
        "old": {"title": "", "licence": "CC0", "permits": FREE, "run": None},
        "a": {"title": "", "licence": "CC BY 4.0", "permits": FREE, "run": None},
    },
    "weights": ["old", "a"],
    "classes": {"mass": {"old": 7}},
    "untold": ["pre-trained weights w.pt"],
}


def test_known_training_labels_are_counted_for_each_who_said_them() -> None:
    ledger = make_ledger(settings(), TABLE)
    assert ledger["classes"] == {"mass": {"a": 2, "b": 1}, "nodule": {}}
    assert ledger["weights"] == ["a", "b"]
    forbid, unsaid = list_terms(ledger)
    assert forbid == {"b": "b (mine): sharing of weights"}
    assert unsaid == {"b": "b (mine): commercial use, derivatives"}
    card = "\n".join(describe_ledger(ledger))
    assert "| mass | a (2), b (1) |" in card
    assert "Forbids, as its terms say: b (mine): sharing of weights." in card


def test_what_a_run_came_from_taught_it_too(tmp_path: Path) -> None:
    run = write_run(tmp_path / "first", PARENT)
    for how in ({"start_from": str(run)}, {"teachers": [str(run)]}):
        ledger = make_ledger(settings(**how), TABLE)
        assert ledger["classes"] == {"mass": {"old": 7, "a": 2, "b": 1}, "nodule": {}}
        assert ledger["weights"] == ["old", "a", "b"]
        assert ledger["sources"]["old"]["run"] == "first"
        assert ledger["sources"]["a"]["run"] is None
        assert ledger["untold"] == ["pre-trained weights w.pt"]


def test_new_classes_alone_learn_from_the_new_table(tmp_path: Path) -> None:
    run = write_run(tmp_path / "first", PARENT)
    tuned = {"frozen_stages": "all", "new_classes_only": True}
    recipe = settings(start_from=str(run), fine_tune=tuned)
    ledger = make_ledger(recipe, TABLE)
    assert ledger["classes"] == {"mass": {"old": 7}, "nodule": {}}
    assert ledger["weights"] == ["old", "a"]
    assert set(ledger["sources"]) == {"old", "a"}


@pytest.mark.parametrize("start", ["run", "checkpoint"])
def test_whose_terms_nobody_tells_is_named(start: str, tmp_path: Path) -> None:
    place = tmp_path / "earlier"
    if start == "run":
        place.mkdir()
        (place / "settings.json").write_text("{}")
    ledger = make_ledger(settings(start_from=str(place)), TABLE)
    assert ledger["untold"] == [f"the {start} earlier"]
    assert "nobody tells its terms" in "\n".join(describe_ledger(ledger))
    assert read_ledger(place) is None
    model = {"model": {"pretrained": "package:efficientnet_lite0"}}
    recipe = Recipe.model_validate({**settings().model_dump(mode="json"), **model})
    told = make_ledger(recipe, TABLE)["untold"]
    assert told == ["pre-trained weights package:efficientnet_lite0"]
