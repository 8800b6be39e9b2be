import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from labelassemble.cli.command_help import explain_settings
from labelassemble.errors import SettingsError
from labelassemble.recipe import (
    add_later_settings,
    check_recipe,
    read_recipe,
    resolve_paths,
    write_recipe,
)
from labelassemble.setting_types import PathText
from labelassemble.settings import CrosswalkSettings, Recipe

GOOD = """
name = "Three hospitals"
output = "out"
[[sources]]
name = "north"
manifest = "north/manifest.toml"
folder = "north"
[training]
epochs = 2
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_paths_are_taken_from_the_recipes_folder(tmp_path: Path) -> None:
    recipe = read_recipe(write(tmp_path, GOOD))
    assert recipe.output == tmp_path / "out"
    assert recipe.sources[0].folder == tmp_path / "north"
    assert recipe.sources[0].manifest == str(tmp_path / "north" / "manifest.toml")
    assert recipe.vocabulary == ""
    assert recipe.training.epochs == 2


def settings_below(model: BaseModel, place: str = "") -> Iterator[tuple[str, BaseModel]]:
    """Give every table of settings of a recipe with its place."""
    yield place, model
    for name in type(model).model_fields:
        value = getattr(model, name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, BaseModel):
                yield from settings_below(one, f"{place}{name}.")


def parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for one in get_args(annotation):
        yield from parts(one)


def kind_of(model: BaseModel, name: str) -> PathText | type[Path] | None:
    """Say how a setting may be a path."""
    field = type(model).model_fields[name]
    if Path in parts(field.annotation):
        return Path
    return next((one for one in field.metadata if isinstance(one, PathText)), None)


def relative_to_recipe(model: BaseModel) -> BaseModel:
    """Give every setting that may be a path a relative one."""
    given: dict[str, object] = {}
    for name, field in type(model).model_fields.items():
        value, kind = getattr(model, name), kind_of(model, name)
        if isinstance(value, BaseModel):
            given[name] = relative_to_recipe(value)
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            given[name] = tuple(relative_to_recipe(one) for one in value)
        elif kind is Path:
            several = get_args(field.annotation)[1:] == (...,)
            given[name] = (Path("x"), Path("y")) if several else Path("x")
        elif kind is not None:
            given[name] = {PathText.HUB_FOLDER: "hf:./x"}.get(kind, "x.toml")
    return model.model_copy(update=given)


def test_every_setting_that_may_be_a_path_is_resolved(tmp_path: Path) -> None:
    crosswalk = CrosswalkSettings(
        file=Path("f"), left_source="a", left_column="b", right_source="a", right_column="c"
    )
    recipe = read_recipe(write(tmp_path, GOOD))
    assembly = recipe.assembly.model_copy(update={"crosswalks": (crosswalk,)})
    recipe = relative_to_recipe(recipe.model_copy(update={"assembly": assembly}))
    assert isinstance(recipe, Recipe)
    resolved = resolve_paths(recipe, tmp_path)
    seen = []
    for place, model in settings_below(resolved):
        for name in type(model).model_fields:
            if kind_of(model, name) is not None:
                value = getattr(model, name)
                for one in value if isinstance(value, tuple) else (value,):
                    path = str(one).removeprefix("hf:")
                    assert path.startswith(str(tmp_path)), f"{place}{name} = {one}"
                seen.append(place + name)
    assert {"output", "sources.images", "assembly.crosswalks.file", "training.teachers"} < set(seen)
    assert len(seen) > 12


def test_text_that_may_be_a_path_is_marked(tmp_path: Path) -> None:
    forgotten = [
        f"{type(model).__name__}.{name}"
        for _, model in settings_below(read_recipe(write(tmp_path, GOOD)))
        for name, field in type(model).model_fields.items()
        if str in parts(field.annotation)
        and kind_of(model, name) is None
        and re.search(
            r"path of|hf:|[Ff]older|\b[Ff]ile\b(?! names)",
            explain_settings(type(model))[name],
        )
    ]
    assert forgotten == []


def test_environment_variables_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = GOOD.replace('folder = "north"', 'folder = "${HOSPITAL_DATA}/north"')
    monkeypatch.setenv("HOSPITAL_DATA", "/data")
    assert read_recipe(write(tmp_path, text)).sources[0].folder == Path("/data/north")
    monkeypatch.delenv("HOSPITAL_DATA")
    with pytest.raises(SettingsError, match=r"HOSPITAL_DATA(.|\n)*not set(.|\n)*export"):
        read_recipe(write(tmp_path, text))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("epochs = 2", "epoch = 2", "no setting 'epoch'; nearest: epochs"),
        ("epochs = 2", "epochs = 0", "training.epochs = 0: input should be greater than or equal"),
        ('folder = "north"', 'folders = "x"', "no setting 'folders'; nearest: folder"),
        ('name = "north"\n', "", "sources.0.name: it is required and missing"),
        ('name = "north"', 'name = "North Wing"', "sources.0.name = 'North Wing'"),
        ("epochs = 2", "epochs = two", "Invalid value"),
        (
            "[training]",
            '[detection]\nexclusive = ["pdac", "pannet"]\n[training]',
            "detection.exclusive names pannet, pdac, which `classes` does not",
        ),
        ('name = "Three hospitals"', "", "name: it is required and missing"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(SettingsError) as caught:
        read_recipe(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_many_mistakes_are_counted() -> None:
    with pytest.raises(SettingsError, match="2 more problems"):
        check_recipe({"a": 1, "b": 2}, "here")


def test_nested_crosswalk_keys_are_named() -> None:
    with pytest.raises(SettingsError, match="no setting 'fil'; nearest: file"):
        check_recipe(
            {
                "name": "x",
                "output": "o",
                "sources": [{"name": "a", "manifest": "m", "folder": "f"}],
                "assembly": {
                    "crosswalks": [
                        {
                            "file": "f",
                            "left_source": "a",
                            "left_column": "b",
                            "right_source": "a",
                            "right_column": "c",
                            "fil": 3,
                        }
                    ]
                },
            },
            "here",
        )


def test_missing_and_undecodable_recipes(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        read_recipe(tmp_path / "absent.toml")
    broken = tmp_path / "latin.toml"
    broken.write_bytes('name = "Häuser"'.encode("latin-1"))
    with pytest.raises(SettingsError, match="UTF-8"):
        read_recipe(broken)


def test_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert read_recipe(path).name == "Three hospitals"


def test_weights_resolve_as_file_or_stay_a_url(tmp_path: Path) -> None:
    local = GOOD + '[model]\npretrained = "weights.pt"\n'
    assert read_recipe(write(tmp_path, local)).model.pretrained == str(tmp_path / "weights.pt")
    remote = GOOD + '[model]\npretrained = "https://host/weights.pt"\n'
    assert read_recipe(write(tmp_path, remote)).model.pretrained == "https://host/weights.pt"


def test_folders_of_transformers_resolve_and_names_of_the_hub_stay(tmp_path: Path) -> None:
    (tmp_path / "models" / "mine").mkdir(parents=True)
    for given, expected in (
        ("hf:models/mine", f"hf:{tmp_path / 'models' / 'mine'}"),
        ("hf:./absent", f"hf:{tmp_path / 'absent'}"),
        ("hf:owner/model", "hf:owner/model"),
        ("timm:resnet18", "timm:resnet18"),
        ("vit_s16", "vit_s16"),
    ):
        text = GOOD + f'[model]\nbackbone = "{given}"\n'
        assert read_recipe(write(tmp_path, text)).model.backbone == expected


def test_crosswalk_files_resolve(tmp_path: Path) -> None:
    text = GOOD + (
        '[[assembly.crosswalks]]\nfile = "pairs.csv"\nleft_source = "a"\nleft_column = "x"\n'
        'right_source = "b"\nright_column = "y"\n'
    )
    recipe = read_recipe(write(tmp_path, text))
    assert recipe.assembly.crosswalks[0].file == tmp_path / "pairs.csv"


def test_saved_settings_read_back_the_same(tmp_path: Path) -> None:
    recipe = read_recipe(write(tmp_path, GOOD))
    write_recipe(recipe, tmp_path / "deep" / "settings.json")
    saved = json.loads((tmp_path / "deep" / "settings.json").read_text(encoding="utf-8"))
    assert check_recipe(saved, "saved") == recipe
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["settings.json"]


def test_settings_of_before_have_what_came_later_at_its_default(tmp_path: Path) -> None:
    recipe = read_recipe(write(tmp_path, GOOD))
    now = recipe.model_dump(mode="json")
    before = json.loads(json.dumps(now))
    del before["assembly"]["licence"], before["training"]["fine_tune"]["layer_decay"]
    del before["sources"][0]["unreadable_images"], before["experiment"]
    assert add_later_settings(before) == now
    # What version 0.1.0 saved until work was shared out by `cluster`.
    assert add_later_settings({**now, "experiment": {"tasks": 2, "task": 1}}) == now
    for strange in ({}, {"name": 3}, {**now, "gone": 1}):
        assert add_later_settings(strange) == strange


def test_thousands_of_brackets_are_no_toml(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text("name = " + "[" * 20_000, encoding="utf-8")
    with pytest.raises(SettingsError, match="TOML in"):
        read_recipe(path)
