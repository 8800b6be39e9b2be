"""Sources whose terms forbid a use, or do not say, are left out, and the price told in labels."""

import shutil
from pathlib import Path

import pytest

from labelassemble.assembly.table_folder import read_assembled
from labelassemble.cli import main
from labelassemble.errors import SettingsError
from labelassemble.pipeline.assemble_sources import assemble_sources, open_assembled
from labelassemble.settings import Recipe

FREE = "permits = { commercial = true, derivatives = true, sharing = true }"


@pytest.fixture
def own(recipe: Recipe, hospitals: Path, tmp_path: Path) -> Recipe:
    """The hospitals' manifests where a test may change them."""
    sources = []
    for one in recipe.sources:
        place = tmp_path / f"{one.name}.toml"
        shutil.copy(one.manifest, place)
        sources.append(one.model_copy(update={"manifest": str(place)}))
    return recipe.model_copy(
        update={"sources": tuple(sources), "output": tmp_path / "out", "classes": ()}
    )


def change(recipe: Recipe, source: str, line: str) -> None:
    place = next(Path(one.manifest) for one in recipe.sources if one.name == source)
    text = place.read_text()
    assert FREE in text
    place.write_text(text.replace(FREE, line))


def ask(recipe: Recipe, *uses: str) -> Recipe:
    asked = {"licence": "open", **({"uses": uses} if uses else {})}
    return recipe.model_copy(update={"assembly": recipe.assembly.model_copy(update=asked)})


def test_what_forbids_is_left_out_and_its_price_told(own: Recipe) -> None:
    everything = assemble_sources(own)
    change(own, "east", "permits = { commercial = false, derivatives = true, sharing = true }")
    change(own, "north", "")
    table = assemble_sources(ask(own))
    assert set(everything.scopes) - set(table.scopes) == {"east", "north"}
    assert set(table.members["source"]) == set(table.scopes)
    told = table.manifest["left_out"]
    assert isinstance(told, dict)
    assert told["sources"]["east"]["forbids"] == ["commercial use"]
    assert told["sources"]["east"]["unsaid"] == []
    assert told["sources"]["north"]["forbids"] == []
    assert told["sources"]["north"]["unsaid"] == [
        *("commercial use", "derivatives", "sharing of weights")
    ]
    # Nobody shares an image here: what is left in the table and what is lost are all there was.
    counts = {
        (name, state): number
        for name, state, number in everything.cells.filter(
            everything.cells["state"].cast(str).is_in(["positive", "negative"])
        )
        .group_by("class", "state")
        .len()
        .rows()
    }
    left = {
        (name, state): number
        for name, state, number in table.cells.group_by("class", "state").len().rows()
    }
    for name, row in told["price"].items():
        for state in ("positive", "negative"):
            total, lost = row[state]
            assert total == counts.get((name, state), 0), (name, state)
            assert total - lost == left.get((name, state), 0), (name, state)
    assert open_assembled(ask(own))[0].scopes == table.scopes


def test_only_the_uses_that_are_asked_for_count(own: Recipe) -> None:
    change(own, "east", "permits = { commercial = false, derivatives = true, sharing = true }")
    table = assemble_sources(ask(own, "sharing"))
    assert "east" in table.scopes
    assert "left_out" not in table.manifest
    assert "north" in assemble_sources(own).scopes


def test_the_command_says_it(
    own: Recipe, hospitals: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "hospitals"
    shutil.copytree(hospitals.parent, folder)
    manifest = folder / "east" / "manifest.toml"
    text = manifest.read_text().replace(FREE, "")
    manifest.write_text(text.replace("none needed: simulated, no person", "CC BY-NC-ND 4.0"))
    words = [str(folder / "recipe.toml"), "--images.size", "32", "--classes", "effusion", "edema"]
    words += ["--assembly.allow-unscored-classes", "--output", str(tmp_path / "out")]
    assert main(["assemble", *words, "--licence", "open"]) == 0
    said = capsys.readouterr().out
    assert (
        "- east (CC BY-NC-ND 4.0) forbids commercial use, derivatives, sharing of weights" in said
    )
    assert "What that costs, in labels of images" in said
    told = read_assembled(tmp_path / "out" / "assembled").manifest
    left = told["left_out"]
    assert isinstance(left, dict)
    assert set(left["sources"]) == {"east"}


def test_nothing_that_stays_is_one_error(
    own: Recipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for one in own.sources:
        change(own, one.name, "")
    with pytest.raises(SettingsError, match="no person\\) does not speak of") as caught:
        assemble_sources(ask(own))
    assert "permits = {" in caught.value.do
    assert not (tmp_path / "out" / "assembled").exists()
